"""The console's inbox: messages by account, unread first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from haochaping.delivery.tables import inbox, message
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.store.upsert import insert_or_ignore

_TEXTS: Final = (
    message.c.subject_zh,
    message.c.subject_en,
    message.c.body_zh,
    message.c.body_en,
    message.c.link,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in somebody's inbox."""

    id: int
    at: datetime
    read_at: datetime | None
    subject: Words
    body: Words
    link: str


def put(conn: Connection, message_id: int, account_ids: Iterable[int], at: datetime) -> int:
    """Put a message into inboxes, once in each; return in how many it is new."""
    rows = [
        {"id": new_id(), "account_id": account_id, "message_id": message_id, "at": at}
        for account_id in account_ids
    ]
    return insert_or_ignore(conn, inbox, rows)


def unread(conn: Connection, account_id: int) -> int:
    """Return how many messages an account has not read."""
    return conn.execute(
        select(func.count())
        .select_from(inbox)
        .where(inbox.c.account_id == account_id, inbox.c.read_at.is_(None))
    ).scalar_one()


def listing(
    conn: Connection, account_id: int, *, before: int | None = None, limit: int = 50
) -> tuple[Entry, ...]:
    """Return an account's messages, the latest first, a page at a time back from an entry."""
    statement = (
        select(inbox.c.id, inbox.c.at, inbox.c.read_at, *_TEXTS)
        .join(message, message.c.id == inbox.c.message_id)
        .where(inbox.c.account_id == account_id)
        .order_by(inbox.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(inbox.c.id < before)
    return tuple(_entry(row) for row in conn.execute(statement))


def mark_read(
    conn: Connection, account_id: int, at: datetime, entry_ids: Iterable[int] | None = None
) -> int:
    """Mark an account's entries, or all of them, as read; return how many were unread."""
    statement = update(inbox).where(inbox.c.account_id == account_id, inbox.c.read_at.is_(None))
    if entry_ids is not None:
        statement = statement.where(inbox.c.id.in_(set(entry_ids)))
    return conn.execute(statement.values(read_at=at)).rowcount


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        read_at=row.read_at,
        subject=Words(row.subject_zh, row.subject_en),
        body=Words(row.body_zh, row.body_en),
        link=row.link,
    )
