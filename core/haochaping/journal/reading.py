"""Reading the journal with cursors that move in the transaction of their effect."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select

from haochaping.clock import Clock
from haochaping.journal.tables import journal, journal_cursor
from haochaping.store import Store
from haochaping.store.upsert import upsert
from haochaping.store.watermark import START, Cursor, in_order, settled

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it stands in the journal."""

    seq: int
    xid: int
    at: datetime
    kind: str
    subject: str
    region: str
    payload: Mapping[str, Any]

    @property
    def key(self) -> str:
        """A key that is the same whenever this event is delivered again."""
        return f"journal:{self.seq}"


@dataclass(frozen=True, slots=True)
class Reader:
    """A consumer: a name for its cursor and what it does with a batch.

    `handle` runs inside the transaction that moves the cursor, so its effect on the
    database happens exactly once.
    """

    name: str
    handle: Callable[[Connection, Sequence[Entry]], None]
    kinds: frozenset[str] | None = None
    """Kinds it wants; None for all."""


def read_on(store: Store, clock: Clock, reader: Reader, limit: int = BATCH) -> int:
    """Take the next batch in one transaction; return how many entries were passed."""
    if not waiting(store, reader.name):
        return 0
    with store.write() as conn:
        entries = following(conn, locked_cursor(conn, reader.name), limit)
        if not entries:
            return 0
        wanted = [e for e in entries if reader.kinds is None or e.kind in reader.kinds]
        if wanted:
            reader.handle(conn, wanted)
        move_cursor(conn, reader.name, entries[-1], clock.now())
    return len(entries)


def waiting(store: Store, name: str) -> bool:
    """Say whether there is anything settled beyond the cursor."""
    with store.read() as conn:
        return bool(following(conn, cursor_of(conn, name), 1))


def lag(conn: Connection, name: str) -> int:
    """Return how many journal rows lie beyond the cursor."""
    cursor = cursor_of(conn, name)
    return int(
        conn.execute(
            select(func.count()).select_from(journal).where(settled(conn, journal, cursor))
        ).scalar_one()
    )


def following(conn: Connection, cursor: Cursor, limit: int) -> list[Entry]:
    """Return the settled entries after `cursor`, in order."""
    statement = (
        select(journal)
        .where(settled(conn, journal, cursor))
        .order_by(*in_order(conn, journal))
        .limit(limit)
    )
    return [entry_of(row) for row in conn.execute(statement).mappings()]


def entry_of(row: RowMapping) -> Entry:
    """Return the entry that a journal row holds."""
    return Entry(
        seq=row["seq"],
        xid=row["xid"],
        at=row["at"],
        kind=row["kind"],
        subject=row["subject"],
        region=row["region"],
        payload=json.loads(row["payload"]),
    )


def cursor_of(conn: Connection, name: str) -> Cursor:
    """Return how far the reader `name` has come."""
    row = conn.execute(
        select(journal_cursor.c.xid, journal_cursor.c.seq).where(journal_cursor.c.name == name)
    ).first()
    return START if row is None else Cursor(row.xid, row.seq)


def locked_cursor(conn: Connection, name: str) -> Cursor:
    """Return the cursor and keep others from moving it until the transaction ends."""
    start = {"name": name, "xid": START.xid, "seq": START.seq}
    upsert(conn, journal_cursor, [start], ["name"], ["name"])
    row = conn.execute(
        select(journal_cursor.c.xid, journal_cursor.c.seq)
        .where(journal_cursor.c.name == name)
        .with_for_update()
    ).one()
    return Cursor(row.xid, row.seq)


def move_cursor(conn: Connection, name: str, to: Entry, at: datetime) -> None:
    """Set the cursor of `name` to `to`."""
    row = {"name": name, "xid": to.xid, "seq": to.seq, "at": at}
    upsert(conn, journal_cursor, [row], ["name"], ["xid", "seq", "at"])
