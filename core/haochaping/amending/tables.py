"""The table of changes to the running profile; a change is never deleted."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, Table

from haochaping.store.tables import table
from haochaping.store.types import Id, Json, Moment, Words

profile_change: Final = table(
    "profile_change",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("key", Words, nullable=False),
    Column("value", Words, nullable=False),
    Column("source", Json, nullable=False),
    Column("reason", Words, nullable=False),
    Column("effective_at", Moment, nullable=False),
    Column("withdraws", Id),
    Column("state", Words, nullable=False),
    Column("proposed_by", Id, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("decision", Words, nullable=False, server_default=""),
    Column("applied_at", Moment),
    Column("profile_digest", Words, nullable=False, server_default=""),
    Index("ix_profile_change_state", "state", "effective_at"),
)
"""A value of a key from a moment on, as YAML, or (`withdraws`) the end of an earlier change.

`applied_at` and `profile_digest` say when a process first worked by it, and by which profile.
"""

ALL_TABLES: Final[tuple[Table, ...]] = (profile_change,)
"""All tables of this room."""
