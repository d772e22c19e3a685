"""Tables of disclosure: published snapshots of figures, comments on their way to the public."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    DDL,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
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
    Column("useful", Int, nullable=False, server_default="0"),
    UniqueConstraint("region", "served_month", "evaluation_id"),
    ForeignKeyConstraint(["batch_id"], ["review_batch.id"]),
    Index("ix_review_state_region", "state", "region"),
    Index("ix_review_batch_id_place", "batch_id", "place"),
)
"""A comment on its way: held, waiting, approved, published, refused or withdrawn.

`text` is the redacted text, a row of its own beside the sealed original; NULL until a
publisher approves it. `place` is its random place within its batch. `day` is the date shown.
`useful` counts votes.
"""

Index("ix_review_useful", review.c.useful.desc(), review.c.batch_id.desc(), review.c.place)

review_tag: Final = table(
    "review_tag",
    Column("option", Words, nullable=False),
    Column("review_id", Id, nullable=False),
    PrimaryKeyConstraint("option", "review_id"),
    Index("ix_review_tag_review_id", "review_id"),
)
"""Options that the rater of a comment chose, to be narrowed to once the comment is published."""

review_vote: Final = table(
    "review_vote",
    Column("review_id", Id, nullable=False),
    Column("visitor", Words, nullable=False),
    Column("network", Words, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("review_id", "visitor"),
    Index("ix_review_vote_network", "review_id", "network"),
    Index("ix_review_vote_at", "at"),
)
"""One vote of a visitor for a comment. Both are keyed hashes, and erased after some time."""


def _words_of(name: str, owner: str) -> Table:
    """Declare the words of published texts, for the search; a later text has a higher position.

    PostgreSQL has a GIN index on them.
    """
    made = table(
        name,
        Column("position", Id, primary_key=True, autoincrement=False),
        Column(owner, Id, nullable=False, unique=True),
        Column("grams", Grams, nullable=False),
    )
    indexed = Index(f"ix_{name}_grams", made.c.grams, postgresql_using="gin")
    indexed.ddl_if(dialect="postgresql")
    return made


def _indexed(words: Table, full_text: str) -> None:
    """Declare SQLite's index of the same. `search` keeps it: a trigger may not write to it here."""
    made = DDL(full_text)  # type: ignore[no-untyped-call]
    event.listen(words, "after_create", made.execute_if(dialect="sqlite"))


review_search: Final = _words_of("review_search", "review_id")
"""The words of published comments."""
_indexed(
    review_search,
    "CREATE VIRTUAL TABLE review_fts USING fts5("
    "grams, content='review_search', content_rowid='position', tokenize='unicode61')",
)

typical_case: Final = table(
    "typical_case",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("public_id", Words, nullable=False, unique=True),
    Column("region", Words, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("occurrence_id", Id),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("staff_id", Id),
    Column("item_id", Id),
    Column("grade", Int, nullable=False),
    Column("state", Words, nullable=False),
    Column("version", Int, nullable=False),
    Column("title", Words, nullable=False),
    Column("said", Words, nullable=False),
    Column("found", Words, nullable=False),
    Column("done", Words, nullable=False),
    Column("learnt", Words, nullable=False),
    Column("english", Words, nullable=False),
    Column("masked", Json, nullable=False),
    Column("failure", Words, nullable=False, server_default=""),
    Column("note", Words, nullable=False, server_default=""),
    Column("begun_by", Id, nullable=False),
    Column("written_by", Id, nullable=False),
    Column("written_at", Moment, nullable=False),
    Column("published_at", Moment),
    Column("withdrawn_by", Id),
    Column("withdrawn_at", Moment),
    Column("reason", Words, nullable=False, server_default=""),
    Index("ix_typical_case_published_at", "published_at", "id"),
)
"""What is told of a closed case: draft, signing, published, withdrawn or dropped.

Texts are kept with personal details masked. `masked` says why, `failure` which plugin could
not look; a new `version` with every change. At most one of a case is not withdrawn or dropped.
"""

_live: Final = typical_case.c.state.in_(("draft", "signing", "published"))
Index(
    "ix_typical_case_live",
    typical_case.c.case_id,
    unique=True,
    sqlite_where=_live,
    postgresql_where=_live,
)

typical_signature: Final = table(
    "typical_signature",
    Column("typical_id", Id, nullable=False),
    Column("version", Int, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("typical_id", "version", "account_id"),
)
"""Who signed which version of a typical case; those of earlier versions do not count."""

typical_search: Final = _words_of("typical_search", "typical_id")
"""The words of published typical cases."""
_indexed(
    typical_search,
    "CREATE VIRTUAL TABLE typical_fts USING fts5("
    "grams, content='typical_search', content_rowid='position', tokenize='unicode61')",
)
