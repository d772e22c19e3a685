"""Tables of the appraisal: frozen and published periods, measures by people, objections."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKeyConstraint, Index, Table, UniqueConstraint

from haochaping.store.tables import table
from haochaping.store.types import Id, Json, Moment, Words

appraisal_period: Final = table(
    "appraisal_period",
    Column("period", Words, primary_key=True),
    Column("frozen_at", Moment, nullable=False),
    Column("frozen_by", Id),
    Column("objections_until", Moment, nullable=False),
    Column("published_at", Moment),
    Column("published_by", Id),
    ForeignKeyConstraint(["period"], ["period_closing.period"]),
)
"""A closed period on its way to publication; `frozen_by` is empty when the worker froze it."""

appraisal_measure: Final = table(
    "appraisal_measure",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("period", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("kind", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("points", Id, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    Column("withdrawn_by", Id),
    Column("withdrawn_at", Moment),
    ForeignKeyConstraint(["period"], ["appraisal_period.period"]),
    Index("ix_appraisal_measure_subject", "period", "subject_kind", "subject_id"),
)
"""A consequence that a person decided on; `points` are hundredths, `evidence` links."""

appraisal_objection: Final = table(
    "appraisal_objection",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("period", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("matter", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("raised_by", Id, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", Words, nullable=False),
    Column("decision", Words, nullable=False, server_default=""),
    Column("points", Id, nullable=False, server_default="0"),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    ForeignKeyConstraint(["period"], ["appraisal_period.period"]),
    UniqueConstraint("period", "subject_kind", "subject_id", "matter"),
    Index("ix_appraisal_objection_state", "state", "due_at"),
)
"""An objection: `matter` is `score`, `award:<no>` or `measure:<id>`, each objected to once.

`state` is open, upheld or rejected; `points` (hundredths) is what an upheld one adds.
"""

ALL_TABLES: Final[tuple[Table, ...]] = (appraisal_period, appraisal_measure, appraisal_objection)
"""All tables of this room, parents first."""
