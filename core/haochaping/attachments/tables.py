"""The table of the files that people hand in."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, UniqueConstraint

from haochaping.store.tables import table
from haochaping.store.types import Blob, Id, Int, Moment, Words

attachment: Final = table(
    "attachment",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("owner", Words, nullable=False),  # `case:17`, `evaluation:17`
    Column("kind", Words, nullable=False),  # what it is for: evidence | photo …
    Column("side", Words, nullable=False),  # who handed it in: handler | appellant | rater …
    Column("no", Int, nullable=False),  # place among the owner's files of kind and side, from 1
    Column("media", Words, nullable=False),
    Column("size", Int, nullable=False),  # bytes as they are read
    Column("name_sealed", Blob, nullable=False),
    Column("sealed", Blob, nullable=False),  # empty once it was destroyed
    Column("key_id", Id, nullable=False),
    Column("account_id", Id),  # None for the rater
    Column("idempotency_key", Words, nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("gone_at", Moment),
    UniqueConstraint("owner", "kind", "side", "no"),
    Index("ix_attachment_at", "at"),
)
"""A file and its bytes lie in one row, so a crash leaves both or neither."""
