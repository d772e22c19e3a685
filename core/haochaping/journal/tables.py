"""The journal, the cursors of its readers, parked events and seals."""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, Column, Index, UniqueConstraint, event, text

from haochaping.store.tables import table
from haochaping.store.types import Blob, Id, Int, Moment, Words
from haochaping.store.watermark import order_index, xid_column

journal: Final = table(
    "journal",
    Column("seq", Id, primary_key=True, autoincrement=True),
    xid_column(),
    Column("at", Moment, nullable=False),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("region", Words, nullable=False, server_default=""),
    Column("payload", Words, nullable=False),
    Column("digest", Blob, nullable=False),
    order_index("journal"),
)
"""What happened, append-only. `payload` is canonical JSON; `digest` is the SHA-256 of the row."""

journal_cursor: Final = table(
    "journal_cursor",
    Column("name", Words, primary_key=True),
    Column("xid", Id, nullable=False, server_default="0"),
    Column("seq", Id, nullable=False, server_default="0"),
    Column("at", Moment),
)
"""How far each reader of the journal has come."""

journal_parked: Final = table(
    "journal_parked",
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("reader", Words, nullable=False),
    Column("seq", Id, nullable=False),
    Column("subject", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("attempts", Int, nullable=False, server_default="0"),
    Column("ready_at", Moment, nullable=False),
    Column("error", Words, nullable=False, server_default=""),
    UniqueConstraint("reader", "seq"),
    Index(
        "ix_journal_parked_open",
        "reader",
        "subject",
        sqlite_where=text("state <> 'done'"),
        postgresql_where=text("state <> 'done'"),
    ),
)
"""Events that a reader could not take: retried with back-off (`waiting`), then `parked`."""

journal_seal: Final = table(
    "journal_seal",
    Column("number", Int, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("first_seq", Id, nullable=False),
    Column("last_xid", Id, nullable=False),
    Column("last_seq", Id, nullable=False),
    Column("count", Int, nullable=False),
    Column("leaves", Blob, nullable=False),
    Column("root", Blob, nullable=False),
    Column("head", Blob, nullable=False),
    Column("signature", Blob, nullable=False),
    Column("public_key", Blob, nullable=False),
)
"""Sealed batches: `root` is the Merkle root of the leaves, `head` chains it to the one before."""

GUARDS: Final = {
    "sqlite": (
        "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal"
        " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
        "CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal"
        " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$",
        "CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal"
        " FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()",
    ),
}
"""What keeps the journal append-only, by dialect; migrations run the same statements."""

for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        event.listen(
            journal,
            "after_create",
            DDL(_statement).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
        )
