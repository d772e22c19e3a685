"""The plugin's own tables: what people saw, where units stand, talks."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, UniqueConstraint

metadata: Final = MetaData()

visit: Final = Table(
    "sichuan_visit",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("period", Text, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("reference", Text, nullable=False),
    Column("mark", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("period", "organization_id", "reference"),
)
"""Results of mystery visits (调查暗访); `mark` is in hundredths of a point, 0 to 10000."""

finding: Final = Table(
    "sichuan_finding",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("period", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("account_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("case_id", "kind", "subject_kind"),
)
"""Sham or refused rectification, found by a supervisor: which case, with evidence."""

standing: Final = Table(
    "sichuan_standing",
    metadata,
    Column("period", Text, primary_key=True),
    Column("organization_id", BigInteger, primary_key=True, autoincrement=False),
    Column("points", BigInteger, nullable=False),
    Column("bottom", Integer, nullable=False),
)
"""Where a unit stood in a settled month; `points` are hundredths, `bottom` 1 for the last."""

talk: Final = Table(
    "sichuan_talk",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("period", Text, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason_zh", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
    Column("notified_at", BigInteger, nullable=False),
    Column("acknowledged_by", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("answer", Text, nullable=False, server_default=""),
    Column("held_by", BigInteger),
    Column("held_at", BigInteger),
    Column("record", Text, nullable=False, server_default=""),
    UniqueConstraint("period", "organization_id"),
)
"""A formal talk (约谈): notified, acknowledged by the unit, held. Moments are microseconds UTC."""

NEUTRAL: Final = tuple(
    f"{table.name}.{column.name}"
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Text)
)
"""Every text here is about units and their cases, never about a rater."""
