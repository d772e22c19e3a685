"""Shielded figures: snapshots that move only in batches of k ratings or at the day's end.

Refreshing a board after each customer must reveal nothing. What the public and the rated
unit see of a window, a staff member, an item or a small place is therefore a published
snapshot. Changes wait in `waiting_figure`; they are published together once at least k
more ratings of one month wait for the subject, or once the local day they arrived on is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from haochaping.disclosure.tables import COUNTS, published_figure, waiting_figure
from haochaping.grading import figures, periods
from haochaping.grading.folding import (
    BATCH,
    Batch,
    anything_after,
    hold_cursor,
    move_cursor,
    next_batch,
    within,
)
from haochaping.grading.periods import Span
from haochaping.grading.rollup import active, counted, is_given, levels, subject_of
from haochaping.grading.tables import tally_entry
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import Period
from haochaping.store.types import Day, Id, Moment, Words
from haochaping.store.upsert import insert

NAME: Final = "epochs"
"""Name of this reader's cursor in the ledger."""

SHIELDED: Final = ("organization", "hall", "window", "staff", "item")
"""Kinds of subjects that snapshots are kept of; regions are never small enough to need one."""


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
    late = select(waiting_figure.c.subject_id).where(waiting_figure.c.arrived_on < today).limit(1)
    return anything_after(conn, NAME) or conn.execute(late).first() is not None


def collect(conn: Connection, time_zone: str) -> int:
    """Take all settled ledger rows into the waiting changes; return their number."""
    cursor, taken = hold_cursor(conn, NAME), 0
    while batch := next_batch(conn, cursor, BATCH):
        for day in _arrival_days(conn, batch, time_zone):
            _wait(conn, batch, day, time_zone)
        cursor, taken = batch.end, taken + batch.entries
    if taken:
        move_cursor(conn, NAME, cursor)
    return taken


def published(
    conn: Connection, kind: str, ids: figures.Ids, span: Period | Span
) -> dict[int, Tally]:
    """Return the published figures of subjects; a year or another range is summed."""
    keys = (periods.span(span) if isinstance(span, Period) else span).keys
    values: dict[str, Any] = {"kind": kind, "keys": keys}
    if ids is None:
        statement = _published()
    elif isinstance(ids, Select):
        statement = _published().where(published_figure.c.subject_id.in_(ids))
    else:
        statement, values["ids"] = _published(among=True), ids
    found = conn.execute(statement, values)
    return {row[0]: figures.tally_of(row[1:]) for row in found}


@cache
def _published(*, among: bool = False) -> Select[Any]:
    """Return the statement of `published`, made once; `among` some it asks for `ids` too."""
    rows = published_figure.c
    made = (
        select(rows.subject_id, *(cast(func.sum(rows[name]), Id()) for name in COUNTS))
        .where(
            rows.subject_kind == bindparam("kind", type_=Words()),
            rows.period.in_(bindparam("keys", expanding=True)),
        )
        .group_by(rows.subject_id)
    )
    return made.where(rows.subject_id.in_(bindparam("ids", expanding=True))) if among else made


def monthly(conn: Connection, kind: str, keys: Sequence[str]) -> dict[str, dict[int, Tally]]:
    """Return the published figures of all subjects of a kind by month, in one statement."""
    rows = published_figure.c
    statement = select(rows.period, rows.subject_id, *(rows[name] for name in COUNTS)).where(
        rows.subject_kind == kind, rows.period.in_(keys)
    )
    found: dict[str, dict[int, Tally]] = {key: {} for key in keys}
    for row in conn.execute(statement):
        found[row[0]][row[1]] = figures.tally_of(row[2:])
    return found


def moved_at(conn: Connection, kind: str, subject: int) -> datetime | None:
    """Return when a subject's snapshot last moved; None when it never did."""
    rows = published_figure.c
    statement = select(func.max(rows.as_of, type_=rows.as_of.type)).where(
        rows.subject_kind == kind, rows.subject_id == subject
    )
    found: datetime | None = conn.execute(statement).scalar_one()
    return found


def _arrival_days(conn: Connection, batch: Batch, time_zone: str) -> list[date]:
    at = tally_entry.c.at
    bounds = select(func.min(at, type_=at.type), func.max(at, type_=at.type))
    first, last = conn.execute(bounds.where(within(conn, batch))).one()
    day, end = periods.local_day(first, time_zone), periods.local_day(last, time_zone)
    return [day + timedelta(days=n) for n in range((end - day).days + 1)]


def _wait(conn: Connection, batch: Batch, day: date, time_zone: str) -> None:
    """Add what arrived on one local day to the waiting changes, in one statement."""
    rows = tally_entry.c
    condition = and_(
        within(conn, batch),
        rows.at >= periods.midnight(day, time_zone),
        rows.at < periods.midnight(day + timedelta(days=1), time_zone),
        rows.round == 1,
        is_given(rows.provenance),
    )
    parts = [each for kind in SHIELDED for each in _sums(kind, day, condition)]
    _add(conn, waiting_figure, union_all(*parts))


def _sums(kind: str, day: date, condition: ColumnElement[bool]) -> Iterator[Select[Any]]:
    subject = subject_of(kind)
    counts = [*counted(), active()]
    for period in levels():
        keys: list[ColumnElement[Any]] = [
            literal(kind, Words()),
            subject,
            literal(day, Day()),
            period,
        ]
        sums = select(*keys, *(func.sum(each) for each in counts))
        yield sums.where(condition, subject.is_not(None)).group_by(subject, period)


def _release(conn: Connection, k: int, today: date, now: datetime) -> int:
    """Publish what is ripe and forget that it waited; the caller holds this reader's cursor."""
    rows, ripe = waiting_figure.c, _ripe(k, today)
    keys = [rows.subject_kind, rows.period, rows.subject_id]
    totals = [func.sum(rows[name]) for name in COUNTS]
    sums = select(*keys, *totals, literal(now, Moment())).where(ripe).group_by(*keys)
    moved = _add(conn, published_figure, sums, "as_of")
    conn.execute(delete(waiting_figure).where(ripe))
    return moved


def _ripe(k: int, today: date) -> ColumnElement[bool]:
    """Pick changes of an earlier day, and those of a subject's month with k ratings or more.

    Ratings of two months make no batch together: each month's figure would move by fewer.
    """
    rows = waiting_figure.c
    rated = rows.g1 + rows.g2 + rows.g3 + rows.g4 + rows.g5
    full: Select[Any] = (
        select(rows.subject_kind, rows.subject_id, rows.period)
        .where(func.length(rows.period) == len("2026-11"))
        .group_by(rows.subject_kind, rows.subject_id, rows.period)
        .having(func.sum(rated) >= k)
    )
    month = func.substr(rows.period, 1, len("2026-11"))
    batch = tuple_(rows.subject_kind, rows.subject_id, month).in_(full)
    return or_(rows.arrived_on < today, batch)


def _add(
    conn: Connection, table: Table, sums: Select[Any] | CompoundSelect[Any], *replaced: str
) -> int:
    """Add sums, in the order of the table's columns, to its counts; return the rows touched."""
    statement = insert(conn, table).from_select([each.name for each in table.columns], sums)
    changes = {name: table.c[name] + statement.excluded[name] for name in COUNTS}
    changes |= {name: statement.excluded[name] for name in replaced}
    keys = [each.name for each in table.primary_key]
    upsert = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    return conn.execute(upsert, execution_options={"preserve_rowcount": True}).rowcount
