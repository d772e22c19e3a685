"""The registry's own tables; a person appears only as a keyed hash."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, text

from haochaping.hooks.deployment import PersonalColumn
from haochaping.hooks.values import Words

metadata: Final = MetaData()

entry: Final = Table(
    "inner_mongolia_entry",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_index", Text, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("case_no", Text, nullable=False),
    Column("occurrence_no", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("proposed_by", BigInteger, nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
    Column("first_by", BigInteger),
    Column("second_by", BigInteger),
    Column("decided_at", BigInteger),
    Column("decision", Text, nullable=False, server_default=""),
    Column("term_days", Integer, nullable=False),
    Column("until_at", BigInteger),
    Column("appeal", Text, nullable=False, server_default=""),
    Column("appealed_at", BigInteger),
    Column("closing", Text, nullable=False, server_default=""),
    Column("closed_by", BigInteger),
    Column("closed_at", BigInteger),
)
"""One proposal and what became of it. Moments are microseconds since 1970 UTC."""

OPEN: Final = text("state IN ('proposed', 'seconded', 'listed', 'appealed')")
Index(
    "uq_inner_mongolia_entry_open",
    entry.c.person_index,
    unique=True,
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)

listed: Final = Table(
    "inner_mongolia_listed",
    metadata,
    Column("person_index", Text, primary_key=True),
    Column("entry_id", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False),
)
"""Who is listed now: the one look-up of intake."""

_LISTED: Final = Words(
    "识别依法认定的恶意评价人，只存密钥哈希", "To know who is listed, by keyed hash"
)
_FILE: Final = Words("认定、申诉和解除的书面材料", "The file of a decision, its appeal and its end")

PERSONAL: Final = (
    PersonalColumn("inner_mongolia_entry.person_index", _LISTED, "audit"),
    PersonalColumn("inner_mongolia_entry.case_no", _FILE, "audit"),
    PersonalColumn("inner_mongolia_entry.evidence", _FILE, "audit"),
    PersonalColumn("inner_mongolia_entry.decision", _FILE, "audit"),
    PersonalColumn("inner_mongolia_entry.appeal", _FILE, "audit"),
    PersonalColumn("inner_mongolia_entry.closing", _FILE, "audit"),
    PersonalColumn("inner_mongolia_listed.person_index", _LISTED, "days"),
)
"""What is personal here, what for, and how long it is kept."""
