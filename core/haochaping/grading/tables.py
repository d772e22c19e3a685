"""Tables of grading: the ledger of ratings, its roll-up, closed periods and awards."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    func,
)

from haochaping.store.tables import table
from haochaping.store.types import Day, Flag, Id, Int, Json, Moment, Words
from haochaping.store.watermark import order_index, xid_column

UNPLACED: Final = 0
"""The organization in the ledger of what no organization answers for: a system, a rule."""

NOWHERE: Final = "0"
"""The region in the ledger of what counts for an organization alone, beside the one that leads."""

COUNTS: Final = ("g1", "g2", "g3", "g4", "g5", "served", "first_bad")
"""The count columns of a tally row."""

tally_entry: Final = table(
    "tally_entry",
    Column("seq", Id, primary_key=True, autoincrement=True),
    xid_column(),
    Column("day", Day, nullable=False),
    Column("region", Words, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("window_id", Id),
    Column("staff_id", Id),
    Column("item_id", Id),
    Column("channel", Words, nullable=False),
    Column("provenance", Words, nullable=False),
    Column("round", Int, nullable=False),
    Column("grade", Int, nullable=False),
    Column("sign", Int, nullable=False),
    Column("first_bad", Int, nullable=False),
    Column("at", Moment, nullable=False),
    order_index("tally_entry"),
    sqlite_autoincrement=True,
)
"""The ledger: +1 for a rating that becomes effective, -1 when it stops being so.

`grade` 0 is one occurrence served, with channel and provenance empty. `first_bad` is the
change of "bad at first rating". `day` is the local day it counts on, `at` when it happened.
"""


def _counts() -> list[Column[int]]:
    return [Column(name, Id, nullable=False, server_default="0") for name in COUNTS]


tally: Final = table(
    "tally",
    Column("period", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("channel", Words, nullable=False),
    Column("provenance", Words, nullable=False),
    Column("round", Int, nullable=False),
    *_counts(),
    PrimaryKeyConstraint("period", "subject_kind", "subject_id", "channel", "provenance", "round"),
)
"""The roll-up by day (`2026-11-22`) and month (`2026-11`), as far as `tally_cursor` says."""

tally_month: Final = table(
    "tally_month",
    Column("period", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    *_counts(),
    Column("active", Id, nullable=False, server_default="0"),
    PrimaryKeyConstraint("period", "subject_kind", "subject_id"),
    sqlite_with_rowid=False,
)
"""The months of `tally` in one row a subject, first ratings without defaults, for boards.

`active` are those of `ACTIVE_PROVENANCES`. Folded with `tally` in the same transaction.
"""

tally_cursor: Final = table(
    "tally_cursor",
    Column("name", Words, primary_key=True),
    Column("xid", Id, nullable=False),
    Column("seq", Id, nullable=False),
)
"""How far each reader of the ledger has come."""

attribution: Final = table(
    "attribution",
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("first_id", Id, nullable=False),
    Column("responsible", Words, nullable=False),
    Column("organization_id", Id),
    Column("case_id", Id, nullable=False),
    PrimaryKeyConstraint("region", "served_month", "first_id"),
)
"""Who answers for the bad ratings of a chain, where that is not the staff member who was rated.

`organization_id` is the back office that is responsible. See `attributing.places`.
"""

attribution_other: Final = table(
    "attribution_other",
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("first_id", Id, nullable=False),
    Column("organization_id", Id, nullable=False),
    PrimaryKeyConstraint("region", "served_month", "first_id", "organization_id"),
)
"""Further back offices that the bad ratings of a chain count for, beside the one that leads."""

figure_correction: Final = table(
    "figure_correction",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("period", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("reason", Words, nullable=False),
    Column("case_id", Id),
    *_counts(),
    Column("active", Id, nullable=False, server_default="0"),
    Index("ix_figure_correction_period", "period", "subject_kind", "subject_id", "id"),
)
"""Changes that are shown beside the figures: all of a closed month's, and what findings moved.

The counts are what was added (negative: taken away). `reason` is one of `corrections.REASONS`.
"""

period_closing: Final = table(
    "period_closing",
    Column("period", Words, primary_key=True),
    Column("closed_at", Moment, nullable=False),
    Column("profile_digest", Words, nullable=False),
    Column("appraised", Flag, nullable=False),
    Column("failures", Json, nullable=False),
)
"""Periods whose figures are frozen; `failures` are plugins that did not appraise it."""

frozen_figure: Final = table(
    "frozen_figure",
    Column("period", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    *_counts(),
    Column("active", Id, nullable=False, server_default="0"),
    Column("cases", Json, nullable=False),
    PrimaryKeyConstraint("period", "subject_kind", "subject_id"),
    ForeignKeyConstraint(["period"], ["period_closing.period"]),
)
"""The figures of a closed period as they were when it was closed."""

award: Final = table(
    "award",
    Column("period", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("plugin", Words, nullable=False),
    Column("no", Int, nullable=False),
    Column("kind", Words, nullable=False),
    Column("name", Json, nullable=False),
    Column("reason", Json, nullable=False),
    Column("points", Id, nullable=False),
    Column("level", Int, nullable=False),
    Column("evidence", Json, nullable=False, server_default="[]"),
    PrimaryKeyConstraint("period", "subject_kind", "subject_id", "plugin", "no"),
    Index("ix_award_subject_kind_subject_id", "subject_kind", "subject_id"),
)
"""What the figures of a subject led to; `points` are hundredths, `evidence` label and link."""

grading_fact: Final = table(
    "grading_fact",
    Column("period", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("name", Words, nullable=False),
    Column("over", Id, nullable=False),
    Column("under", Id, nullable=False),
    Column("source", Words, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("period", "subject_kind", "subject_id", "name"),
)
"""Facts from elsewhere that feed indicators: `over` of `under`, by name; `source` says where."""

score_basis: Final = table(
    "score_basis",
    Column("digest", Words, primary_key=True),
    Column("data", Json, nullable=False),
)
"""Indicators and formulas that scores were reckoned by, under the SHA-256 of the data."""

score: Final = table(
    "score",
    Column("period", Words, nullable=False),
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("basis", Words, nullable=False),
    Column("profile_digest", Words, nullable=False),
    Column("code_version", Words, nullable=False),
    Column("places", Int, nullable=False),
    Column("total", Id),
    Column("core", Id),
    Column("inputs", Json, nullable=False),
    Column("detail", Json, nullable=False),
    PrimaryKeyConstraint("period", "subject_kind", "subject_id"),
    ForeignKeyConstraint(["period"], ["period_closing.period"]),
    ForeignKeyConstraint(["basis"], ["score_basis.digest"]),
)
"""Scores of a closed period as they were: `total` and `core` are scaled by 10^`places`,
`inputs` all that went in, `detail` what each indicator added, exactly."""

local_answer: Final = table(
    "local_answer",
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("evaluation_id", Id, nullable=False),
    Column("code", Words, nullable=False),
    Column("day", Day, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("item_id", Id),
    PrimaryKeyConstraint("region", "served_month", "evaluation_id", "code"),
    Index("ix_local_answer_day", "day"),
)
"""Answers to local questions in effective first ratings: `code` is that of the answer, `day`
the local day the rating counts on."""

SUBJECTS: Final[dict[str, ColumnElement[int]]] = {
    "organization": func.nullif(tally_entry.c.organization_id, UNPLACED, type_=Id()),
    "hall": tally_entry.c.hall_id,
    "window": tally_entry.c.window_id,
    "staff": tally_entry.c.staff_id,
    "item": tally_entry.c.item_id,
}
"""Kinds of subjects that have a column of their own; `region` is the region code as a number."""

KINDS: Final = ("region", *SUBJECTS)
"""All kinds of subjects that figures are kept of."""

ALL_TABLES: Final[tuple[Table, ...]] = (
    tally_entry,
    tally,
    tally_month,
    tally_cursor,
    attribution,
    attribution_other,
    figure_correction,
    period_closing,
    frozen_figure,
    award,
    grading_fact,
    score_basis,
    score,
    local_answer,
)
