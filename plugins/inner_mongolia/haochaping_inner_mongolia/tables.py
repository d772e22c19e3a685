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
    Column("told_state", Text, nullable=False, server_default=""),
    Column("told_by", Text, nullable=False, server_default=""),
    Column("told_at", BigInteger),
    Column("restored_at", BigInteger),
)
"""One proposal and what became of it. Moments are microseconds since 1970 UTC.

`told_state` is the state that the person was told about last, `told_by` how: sms, letter (not
handed over yet), handed. `restored_at` is set once all ratings of an ended entry are back.
"""

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
    Column("since_at", BigInteger, nullable=False, server_default="0"),
)
"""Who is listed now: the one look-up of intake."""

restored: Final = Table(
    "inner_mongolia_restored",
    metadata,
    Column("region", Text, primary_key=True),
    Column("served_month", Integer, primary_key=True, autoincrement=False),
    Column("evaluation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", BigInteger, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("period", Text, nullable=False),
    Column("done_at", BigInteger),
)
"""Ratings that an ended entry gives back; `done_at` is empty until they count again."""

candidate: Final = Table(
    "inner_mongolia_candidate",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("person_index", Text, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("case_no", Text, nullable=False),
    Column("occurrence_no", Integer, nullable=False),
    Column("newest_at", BigInteger, nullable=False),
    Column("bad", Integer, nullable=False),
    Column("units", Integer, nullable=False),
    Column("malicious", Integer, nullable=False),
    Column("flags", Text, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", BigInteger),
    Column("decided_at", BigInteger),
    Column("note", Text, nullable=False, server_default=""),
)
"""Raters whose bad ratings a person should look at. Nobody is listed by being here.

`state`: open, proposed, dismissed. `flags` is JSON: integrity signals and how many.
"""

WAITING: Final = text("state = 'open'")
Index(
    "uq_inner_mongolia_candidate_open",
    candidate.c.person_index,
    unique=True,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)

_LISTED: Final = Words(
    "识别依法认定的恶意评价人，只存密钥哈希", "To know who is listed, by keyed hash"
)
_FILE: Final = Words("认定、申诉和解除的书面材料", "The file of a decision, its appeal and its end")
_SEEN: Final = Words(
    "供人工核查的评价规律，一年后删除", "Patterns for people to look into, deleted after a year"
)

PERSONAL: Final = (
    PersonalColumn("inner_mongolia_entry.person_index", _LISTED, "audit"),
    PersonalColumn("inner_mongolia_entry.case_no", _FILE, "audit"),
    PersonalColumn("inner_mongolia_entry.evidence", _FILE, "audit"),
    PersonalColumn("inner_mongolia_entry.decision", _FILE, "audit"),
    PersonalColumn("inner_mongolia_entry.appeal", _FILE, "audit"),
    PersonalColumn("inner_mongolia_entry.closing", _FILE, "audit"),
    PersonalColumn("inner_mongolia_listed.person_index", _LISTED, "days"),
    PersonalColumn("inner_mongolia_candidate.person_index", _SEEN, "days"),
    PersonalColumn("inner_mongolia_candidate.case_no", _SEEN, "days"),
    PersonalColumn("inner_mongolia_candidate.note", _SEEN, "days"),
)
"""What is personal here, what for, and how long it is kept."""

NEUTRAL: Final = (
    "inner_mongolia_entry.told_state",
    "inner_mongolia_entry.told_by",
    "inner_mongolia_restored.region",
    "inner_mongolia_restored.period",
    "inner_mongolia_candidate.flags",
    "inner_mongolia_candidate.state",
)
"""Columns of words that say nothing about a person."""
