"""Tables of the bulletins: versions with what they say, their history, their files."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, PrimaryKeyConstraint, UniqueConstraint

from haochaping.store.tables import table
from haochaping.store.types import Blob, Id, Int, Json, Moment, Words

bulletin: Final = table(
    "bulletin",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("period", Words, nullable=False),
    Column("edition", Words, nullable=False),
    Column("version", Int, nullable=False),
    Column("state", Words, nullable=False),
    Column("content", Json, nullable=False),
    Column("digest", Words, nullable=False),
    Column("number", Words, nullable=False, server_default=""),
    Column("remarks", Words, nullable=False, server_default=""),
    Column("made_at", Moment, nullable=False),
    Column("approved_at", Moment),
    Column("issued_at", Moment),
    UniqueConstraint("period", "edition", "version"),
    Index("ix_bulletin_state_edition", "state", "edition"),
)
"""A version of a bulletin. What it says is never changed: other figures are another version.

`number` and `remarks` are the issuer's own, written while it is a draft.
"""

bulletin_move: Final = table(
    "bulletin_move",
    Column("bulletin_id", Id, nullable=False),
    Column("no", Int, nullable=False),
    Column("at", Moment, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("move", Words, nullable=False),
    Column("note", Words, nullable=False, server_default=""),
    PrimaryKeyConstraint("bulletin_id", "no"),
)
"""What was done with a bulletin, by whom (0: the worker), in order."""

bulletin_file: Final = table(
    "bulletin_file",
    Column("bulletin_id", Id, nullable=False),
    Column("name", Words, nullable=False),
    Column("media", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("content", Blob, nullable=False),
    PrimaryKeyConstraint("bulletin_id", "name"),
)
"""A file of a submitted bulletin, as it goes out."""
