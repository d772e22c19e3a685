"""Shielded figures: snapshots that move only in batches of k ratings or at the day's end.

Refreshing a board after each customer must reveal nothing. What the public and the rated
unit see of a window, a staff member, an item or a small place is therefore a published
snapshot. Changes wait in `waiting_figure`; they are published together once at least k
more ratings wait for the subject, or once the local day they arrived on is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    tuple_,
)

from haochaping.disclosure.tables import COUNTS, published_figure, waiting_figure
from haochaping.grading import figures, periods
from haochaping.grading.folding import (
    BATCH,
    Facts,
    hold_cursor,
    move_cursor,
    read_settled,
    stored_cursor,
    subjects_of,
)
from haochaping.grading.periods import Span
from haochaping.grading.tables import tally_entry
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import ACTIVE_PROVENANCES, Period
from haochaping.store.types import Id
from haochaping.store.upsert import insert
from haochaping.store.watermark import Cursor, settled

NAME: Final = "epochs"
"""Name of this reader's cursor in the ledger."""

SHIELDED: Final = ("organization", "hall", "window", "staff", "item")
"""Kinds of subjects that snapshots are kept of; regions are never small enough to need one."""


class WaitingKey(NamedTuple):
    """Key of a waiting change."""

    subject_kind: str
    subject_id: int
    arrived_on: date
    period: str


class PublishedKey(NamedTuple):
    """Key of a published figure."""

    subject_kind: str
    period: str
    subject_id: int


@dataclass(frozen=True, slots=True)
class EpochRules:
    """Batch size and the local day's time zone."""

    k: int
    time_zone: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What one run did: ledger rows read, snapshots that moved."""

    entries: int
    figures: int


def publish(conn: Connection, rules: EpochRules, now: datetime) -> Moved:
    """Collect what is new in the ledger and publish what may be seen, in one transaction."""
    entries = collect(conn, rules.time_zone)
    today = periods.local_day(now, rules.time_zone)
    return Moved(entries, _release(conn, rules.k, today, now))


def anything(conn: Connection, today: date) -> bool:
    """Say whether a run could do anything: new ledger rows, or changes of an earlier day."""
    new = select(tally_entry.c.seq).where(settled(conn, tally_entry, stored_cursor(NAME)))
    late = select(waiting_figure.c.subject_id).where(waiting_figure.c.arrived_on < today)
    found = (conn.execute(each.limit(1)).first() for each in (new, late))
    return any(row is not None for row in found)


def collect(conn: Connection, time_zone: str) -> int:
    """Take all settled ledger rows into the waiting changes; return their number."""
    zone, cursor, taken = ZoneInfo(time_zone), hold_cursor(conn, NAME), 0
    while rows := read_settled(conn, cursor, BATCH):
        _add(conn, waiting_figure, WaitingKey._fields, _waiting(rows, zone))
        cursor = Cursor(rows[-1].xid, rows[-1].seq)
        taken += len(rows)
    if taken:
        move_cursor(conn, NAME, cursor)
    return taken


def published(
    conn: Connection, kind: str, ids: figures.Ids, span: Period | Span
) -> dict[int, Tally]:
    """Return the published figures of subjects; a year or another range is summed."""
    keys = (periods.span(span) if isinstance(span, Period) else span).keys
    rows = published_figure.c
    statement = (
        select(rows.subject_id, *(cast(func.sum(rows[name]), Id()) for name in COUNTS))
        .where(rows.subject_kind == kind, rows.period.in_(keys))
        .group_by(rows.subject_id)
    )
    if ids is not None:
        statement = statement.where(rows.subject_id.in_(ids))
    return {row[0]: figures.tally_of(row[1:]) for row in conn.execute(statement)}


def moved_at(conn: Connection, kind: str, subject: int) -> datetime | None:
    """Return when a subject's snapshot last moved; None when it never did."""
    rows = published_figure.c
    statement = select(func.max(rows.as_of, type_=rows.as_of.type)).where(
        rows.subject_kind == kind, rows.subject_id == subject
    )
    found: datetime | None = conn.execute(statement).scalar_one()
    return found


def _waiting(rows: Iterable[Row[Any]], zone: ZoneInfo) -> dict[WaitingKey, list[int]]:
    sums: dict[WaitingKey, list[int]] = defaultdict(lambda: [0] * len(COUNTS))
    for row in rows:
        if row.round != 1:
            continue
        arrived, day = row.at.astimezone(zone).date(), row.day.isoformat()
        for kind, subject in subjects_of(Facts._make(row[2:13])):
            if kind in SHIELDED:
                _count(sums[WaitingKey(kind, subject, arrived, day)], row)
                _count(sums[WaitingKey(kind, subject, arrived, day[:7])], row)
    return sums


def _count(counts: list[int], row: Row[Any]) -> None:
    counts[row.grade - 1 if row.grade else 5] += row.sign
    counts[6] += row.first_bad
    if row.grade and row.provenance in ACTIVE_PROVENANCES:
        counts[7] += row.sign


def _release(conn: Connection, k: int, today: date, now: datetime) -> int:
    rows = conn.execute(select(waiting_figure).where(_ripe(k, today))).all()
    sums: dict[PublishedKey, list[int]] = defaultdict(lambda: [0] * len(COUNTS))
    for row in rows:
        counts = sums[PublishedKey(row.subject_kind, row.period, row.subject_id)]
        for index, value in enumerate(row[4:]):
            counts[index] += value
    _add(conn, published_figure, PublishedKey._fields, sums, as_of=now)
    _forget(conn, rows)
    return len(sums)


def _ripe(k: int, today: date) -> ColumnElement[bool]:
    """Pick changes of an earlier day, and all of a subject for which k or more ratings wait."""
    rows = waiting_figure.c
    rated = rows.g1 + rows.g2 + rows.g3 + rows.g4 + rows.g5
    full: Select[Any] = (
        select(rows.subject_kind, rows.subject_id)
        .where(func.length(rows.period) == len("2026-11"))
        .group_by(rows.subject_kind, rows.subject_id)
        .having(func.sum(rated) >= k)
    )
    return or_(rows.arrived_on < today, tuple_(rows.subject_kind, rows.subject_id).in_(full))


def _forget(conn: Connection, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    statement = delete(waiting_figure).where(
        *(waiting_figure.c[name] == bindparam(f"its_{name}") for name in WaitingKey._fields)
    )
    keys = [{f"its_{name}": getattr(row, name) for name in WaitingKey._fields} for row in rows]
    conn.execute(statement, keys)


def _add(
    conn: Connection,
    table: Table,
    key_names: tuple[str, ...],
    sums: dict[Any, list[int]],
    **more: Any,
) -> None:
    if not sums:
        return
    statement = insert(conn, table)
    changes = {name: table.c[name] + statement.excluded[name] for name in COUNTS}
    changes |= {name: statement.excluded[name] for name in more}
    rows = [
        {**key._asdict(), **dict(zip(COUNTS, counts, strict=True)), **more}
        for key, counts in sorted(sums.items())
    ]
    conn.execute(statement.on_conflict_do_update(index_elements=key_names, set_=changes), rows)
