"""Tables of open data: the files of each month, in pieces, in the database that all zones share."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, PrimaryKeyConstraint, UniqueConstraint

from haochaping.store.tables import table
from haochaping.store.types import Blob, Id, Int, Moment, Words

release: Final = table(
    "open_data_release",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("period", Words, nullable=False),
    Column("version", Int, nullable=False),
    Column("digest", Words, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_of", Words, nullable=False, server_default=""),
    UniqueConstraint("period", "version"),
)
"""The files of one month; a later version replaces them where something was corrected.

`made_of` is a digest over what the files were made of: while it is the same, none is made.
"""

file: Final = table(
    "open_data_file",
    Column("release_id", Id, nullable=False),
    Column("name", Words, nullable=False),
    Column("media", Words, nullable=False),
    Column("bytes", Id, nullable=False),
    Column("rows", Id),
    Column("digest", Words, nullable=False),
    PrimaryKeyConstraint("release_id", "name"),
)
"""A file of a release; `digest` is its SHA-256 in hexadecimal."""

piece: Final = table(
    "open_data_piece",
    Column("release_id", Id, nullable=False),
    Column("name", Words, nullable=False),
    Column("no", Int, nullable=False),
    Column("content", Blob, nullable=False),
    PrimaryKeyConstraint("release_id", "name", "no"),
)
"""A megabyte of a file."""
