"""Folding the ledger into the roll-up, by watermark, inside the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    func,
    literal,
    select,
    union_all,
    update,
)

from haochaping.grading.rollup import Key, counted, levels, subject_of
from haochaping.grading.tables import COUNTS, KINDS, tally, tally_cursor, tally_entry
from haochaping.store.types import Id, Words
from haochaping.store.upsert import insert, insert_or_ignore
from haochaping.store.watermark import (
    START,
    Cursor,
    StoredCursor,
    beyond,
    in_order,
    settled,
    up_to,
)

NAME: Final = "tally"
"""Name of the roll-up's cursor."""

BATCH: Final = 20_000
"""Ledger rows folded in one transaction."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What one fold did: ledger rows taken, and whether it stopped at its limit."""

    entries: int
    more: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """A stretch of settled ledger rows: after `start`, up to `end`; none can appear in it."""

    start: Cursor
    end: Cursor
    entries: int


def fold(conn: Connection, limit: int = BATCH) -> Folded:
    """Take up to `limit` settled ledger rows into the whole roll-up and move its cursor along.

    The months for boards have a fold of their own (`months`). One transaction: a crash leaves
    both or neither. Two folds wait for each other.
    """
    batch = next_batch(conn, hold_cursor(conn, NAME), limit)
    if batch is None:
        return Folded(0, False)
    _add(conn, batch)
    move_cursor(conn, NAME, batch.end)
    return Folded(batch.entries, batch.entries == limit)


def anything_after(conn: Connection, name: str) -> bool:
    """Say whether the ledger has settled rows after a reader's cursor."""
    rows = select(tally_entry.c.seq).where(settled(conn, tally_entry, stored_cursor(name)))
    return conn.execute(rows.limit(1)).first() is not None


def hold_cursor(conn: Connection, name: str) -> Cursor:
    """Return a reader's cursor and lock it until the end of the transaction."""
    wanted = select(tally_cursor.c.xid, tally_cursor.c.seq).where(tally_cursor.c.name == name)
    row = conn.execute(wanted.with_for_update()).one_or_none()
    if row is None:
        insert_or_ignore(conn, tally_cursor, [{"name": name, "xid": START.xid, "seq": START.seq}])
        row = conn.execute(wanted.with_for_update()).one()
    return Cursor(row.xid, row.seq)


def move_cursor(conn: Connection, name: str, cursor: Cursor) -> None:
    """Write how far a reader has come."""
    conn.execute(
        update(tally_cursor)
        .where(tally_cursor.c.name == name)
        .values(xid=cursor.xid, seq=cursor.seq)
    )


def stored_cursor(name: str) -> StoredCursor:
    """Return expressions that read a cursor within a statement; a missing one is the start."""
    columns = tally_cursor.c
    return StoredCursor(_part(name, columns.xid, START.xid), _part(name, columns.seq, START.seq))


def next_batch(conn: Connection, start: Cursor, limit: int) -> Batch | None:
    """Return the next settled rows after a cursor; None when there are none."""
    rows = (
        select(tally_entry.c.xid, tally_entry.c.seq)
        .where(settled(conn, tally_entry, start))
        .order_by(*in_order(conn, tally_entry))
        .limit(limit)
        .subquery("batch")
    )
    last = (
        select(rows.c.xid, rows.c.seq, func.count().over().label("entries"))
        .order_by(rows.c.xid.desc(), rows.c.seq.desc())
        .limit(1)
    )
    found = conn.execute(last).one_or_none()
    return None if found is None else Batch(start, Cursor(found.xid, found.seq), found.entries)


def within(conn: Connection, batch: Batch) -> ColumnElement[bool]:
    """Return the condition of the rows of a batch."""
    return beyond(conn, tally_entry, batch.start) & up_to(conn, tally_entry, batch.end)


def _add(conn: Connection, batch: Batch) -> None:
    """Add a batch to the roll-up in one statement: six kinds of subjects, by day and by month."""
    condition = within(conn, batch)
    parts = [each for kind in KINDS for each in _sums(kind, condition)]
    statement = insert(conn, tally).from_select([*Key._fields, *COUNTS], union_all(*parts))
    more = {name: tally.c[name] + statement.excluded[name] for name in COUNTS}
    conn.execute(statement.on_conflict_do_update(index_elements=list(Key._fields), set_=more))


def _sums(kind: str, condition: ColumnElement[bool]) -> Iterator[Select[Any]]:
    rows, subject = tally_entry.c, subject_of(kind)
    for period in levels():
        keys: list[ColumnElement[Any]] = [subject, rows.channel, rows.provenance, rows.round]
        sums: Select[Any] = select(
            period, literal(kind, Words()), *keys, *(func.sum(each) for each in counted())
        )
        yield sums.where(condition, subject.is_not(None)).group_by(period, *keys)


def _part(name: str, column: ColumnElement[int], missing: int) -> ColumnElement[int]:
    stored = select(column).where(tally_cursor.c.name == name).scalar_subquery()
    return func.coalesce(stored, missing, type_=Id())
