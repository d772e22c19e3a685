"""Tables of disclosure: published snapshots of figures, comments on their way to the public."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    DDL,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    event,
)

from haochaping.store.tables import table
from haochaping.store.types import Day, Grams, Id, Int, Json, Moment, Words

COUNTS: Final = ("g1", "g2", "g3", "g4", "g5", "served", "first_bad", "active")
"""The count columns of a published figure."""


def _counts() -> list[Column[int]]:
    return [Column(name, Id, nullable=False, server_default="0") for name in COUNTS]


published_figure: Final = table(
    "published_figure",
    Column("subject_kind", Words, nullable=False),
    Column("period", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    *_counts(),
    Column("as_of", Moment, nullable=False),
    PrimaryKeyConstraint("subject_kind", "period", "subject_id"),
)
"""What the public and the rated unit see of windows, staff, items and small places."""

waiting_figure: Final = table(
    "waiting_figure",
    Column("subject_kind", Words, nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("arrived_on", Day, nullable=False),
    Column("period", Words, nullable=False),
    *_counts(),
    PrimaryKeyConstraint("subject_kind", "subject_id", "arrived_on", "period"),
)
"""Changes of figures that wait for their batch, by the local day they arrived on."""

review_batch: Final = table(
    "review_batch",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("day", Day, nullable=False),
    Column("size", Int, nullable=False),
    Column("published_at", Moment, nullable=False),
)
"""Comments that were published together."""

review: Final = table(
    "review",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("evaluation_id", Id, nullable=False),
    Column("occurrence_id", Id, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("item_id", Id),
    Column("grade", Int, nullable=False),
    Column("day", Day, nullable=False),
    Column("state", Words, nullable=False),
    Column("masks", Json),
    Column("failure", Words, nullable=False, server_default=""),
    Column("text", Words),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("reason", Words, nullable=False, server_default=""),
    Column("batch_id", Id),
    Column("place", Int),
    UniqueConstraint("region", "served_month", "evaluation_id"),
    ForeignKeyConstraint(["batch_id"], ["review_batch.id"]),
    Index("ix_review_state_region", "state", "region"),
    Index("ix_review_batch_id_place", "batch_id", "place"),
)
"""A comment on its way: held, waiting, approved, published, refused or withdrawn.

`text` is the redacted text, a row of its own beside the sealed original; NULL until a
publisher approves it. `place` is its random place within its batch. `day` is the date shown.
"""

review_search: Final = table(
    "review_search",
    Column("position", Id, primary_key=True, autoincrement=False),
    Column("review_id", Id, nullable=False, unique=True),
    Column("grams", Grams, nullable=False),
)
"""The words of published comments for the search; a later comment has a higher position."""

Index(
    "ix_review_search_grams", review_search.c.grams, postgresql_using="gin"
).ddl_if(dialect="postgresql")  # fmt: skip

FULL_TEXT: Final = (
    "CREATE VIRTUAL TABLE review_fts USING fts5("
    "grams, content='review_search', content_rowid='position', tokenize='unicode61')"
)
"""SQLite's index of the same. `search` keeps it: a trigger may not write to such a table here."""

event.listen(
    review_search,
    "after_create",
    DDL(FULL_TEXT).execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call]
)
