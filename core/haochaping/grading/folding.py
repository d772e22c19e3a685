"""Folding the ledger into the roll-up, by watermark."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from haochaping.grading.tables import COUNTS, KINDS, tally, tally_cursor, tally_entry
from haochaping.store.types import Id
from haochaping.store.upsert import insert, insert_or_ignore
from haochaping.store.watermark import Cursor, StoredCursor, in_order, settled

NAME: Final = "tally"
"""Name of the roll-up's cursor."""

BATCH: Final = 20_000
"""Ledger rows folded in one transaction."""


class Key(NamedTuple):
    """Key of a tally row."""

    period: str
    subject_kind: str
    subject_id: int
    channel: str
    provenance: str
    round: int


class Facts(NamedTuple):
    """What ledger rows that count alike have in common."""

    day: date
    region: str
    organization_id: int
    hall_id: int | None
    window_id: int | None
    staff_id: int | None
    item_id: int | None
    channel: str
    provenance: str
    round: int
    grade: int


class Change(NamedTuple):
    """How often facts came and went: the sum of signs, and of `first_bad`."""

    sign: int
    first_bad: int


@dataclass(frozen=True, slots=True)
class Folded:
    """What one fold did: ledger rows taken, and whether it stopped at its limit."""

    entries: int
    more: bool


Sums = dict[Key, list[int]]
"""Counts in the order of `COUNTS` by key of the roll-up."""


def fold(conn: Connection, limit: int = BATCH) -> Folded:
    """Take up to `limit` settled ledger rows into the roll-up and move the cursor with them.

    One transaction: a crash leaves both or neither. Two folds wait for each other.
    """
    cursor = hold_cursor(conn, NAME)
    rows = read_settled(conn, cursor, limit)
    if rows:
        add(conn, rolled_up(alike(rows)))
        move_cursor(conn, NAME, Cursor(rows[-1].xid, rows[-1].seq))
    return Folded(len(rows), len(rows) == limit)


def waiting(conn: Connection) -> bool:
    """Say whether there is anything to fold, without taking a lock."""
    rows = select(tally_entry.c.seq).where(settled(conn, tally_entry, stored_cursor(NAME)))
    return conn.execute(rows.limit(1)).first() is not None


def hold_cursor(conn: Connection, name: str) -> Cursor:
    """Return a reader's cursor and lock it until the end of the transaction."""
    wanted = select(tally_cursor.c.xid, tally_cursor.c.seq).where(tally_cursor.c.name == name)
    row = conn.execute(wanted.with_for_update()).one_or_none()
    if row is None:
        insert_or_ignore(conn, tally_cursor, [{"name": name, "xid": 0, "seq": 0}])
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
    """Return expressions that read a cursor within a statement; a missing one reads as 0."""
    return StoredCursor(
        *(_part(name, column) for column in (tally_cursor.c.xid, tally_cursor.c.seq))
    )


def read_settled(conn: Connection, cursor: Cursor, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` settled ledger rows after a cursor, in order."""
    statement = (
        select(tally_entry)
        .where(settled(conn, tally_entry, cursor))
        .order_by(*in_order(conn, tally_entry))
        .limit(limit)
    )
    return conn.execute(statement).all()


def alike(rows: Iterable[Row[Any]]) -> dict[Facts, Change]:
    """Sum ledger rows that count alike."""
    signs: Counter[Facts] = Counter()
    first_bad: Counter[Facts] = Counter()
    for row in rows:
        facts = Facts._make(row[2:13])
        signs[facts] += row.sign
        if row.first_bad:
            first_bad[facts] += row.first_bad
    return {facts: Change(sign, first_bad[facts]) for facts, sign in signs.items()}


def rolled_up(changes: dict[Facts, Change]) -> Sums:
    """Spread changes over all their subjects, by day and by month."""
    sums: Sums = defaultdict(lambda: [0] * len(COUNTS))
    for facts, change in changes.items():
        for key in keys_of(facts):
            count(sums[key], facts.grade, change)
    return sums


def count(counts: list[int], grade: int, change: Change) -> None:
    """Add a change to counts in the order of `COUNTS`."""
    counts[grade - 1 if grade else 5] += change.sign
    counts[6] += change.first_bad


def keys_of(facts: Facts) -> Iterator[Key]:
    """Return the keys of the roll-up that facts belong to."""
    rest = (facts.channel, facts.provenance, facts.round)
    day = facts.day.isoformat()
    for kind, subject in subjects_of(facts):
        yield Key(day, kind, subject, *rest)
        yield Key(day[:7], kind, subject, *rest)


def subjects_of(facts: Facts) -> Iterator[tuple[str, int]]:
    """Return kind and id of the subjects that facts count for."""
    ids = (int(facts.region), *facts[2:7])
    for kind, subject in zip(KINDS, ids, strict=True):
        if subject is not None:
            yield kind, subject


def add(conn: Connection, sums: Sums) -> None:
    """Add counts to the roll-up; keys are taken in order, so that writers never deadlock."""
    rows = [_row(key, counts) for key, counts in sorted(sums.items()) if any(counts)]
    if not rows:
        return
    statement = insert(conn, tally)
    more = {name: tally.c[name] + statement.excluded[name] for name in COUNTS}
    conn.execute(statement.on_conflict_do_update(index_elements=list(Key._fields), set_=more), rows)


def _row(key: Key, counts: Sequence[int]) -> dict[str, Any]:
    return {**key._asdict(), **dict(zip(COUNTS, counts, strict=True))}


def _part(name: str, column: ColumnElement[int]) -> ColumnElement[int]:
    stored = select(column).where(tally_cursor.c.name == name).scalar_subquery()
    return func.coalesce(stored, 0, type_=Id())
