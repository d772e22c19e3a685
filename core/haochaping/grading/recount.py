"""Counting everything anew from evaluations and occurrences, to rebuild or check the roll-up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)

from haochaping.catalog.tables import occurrence
from haochaping.evaluation.tables import default_rating, evaluation
from haochaping.grading import months
from haochaping.grading.attributing import joined, others_joined, placed_columns
from haochaping.grading.context import CountingRules
from haochaping.grading.entries import DIMENSIONS, UNSEEN
from haochaping.grading.folding import NAME, hold_cursor
from haochaping.grading.months import MonthKey
from haochaping.grading.rollup import Change, Facts, Key, Sums, count, keys_of
from haochaping.grading.tables import (
    COUNTS,
    NOWHERE,
    attribution,
    attribution_other,
    tally,
    tally_entry,
)
from haochaping.hooks.values import EvaluationStatus, Provenance
from haochaping.store.types import Day, Id, Int, Words
from haochaping.store.watermark import Cursor, beyond

QUARTER: Final = timedelta(minutes=15)
"""Occurrences are grouped by quarter hours: every time zone's day begins with one."""

_SCALE: Final = QUARTER // timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of the roll-up that is not what the stored evaluations say.

    Counts are in `COUNTS` order; those of the narrow months have the active ones too.
    """

    key: Key | MonthKey
    expected: tuple[int, ...]
    found: tuple[int, ...]


def rebuild(conn: Connection, rules: CountingRules) -> int:
    """Write the roll-up anew in the caller's transaction; return the number of its rows."""
    cursor = hold_cursor(conn, NAME)
    sums = expected(conn, rules, cursor)
    months.clear(conn, cursor)
    months.add(conn, sums)
    return sum(1 for counts in sums.values() if any(counts))


def compare(conn: Connection, rules: CountingRules) -> tuple[Difference, ...]:
    """Return where the roll-up differs from the stored evaluations; none is right.

    Opens with the cursors' lock, so it wants a writing transaction.
    """
    cursor, of_months = hold_cursor(conn, NAME), hold_cursor(conn, months.NAME)
    wanted = expected(conn, rules, cursor)
    found = _stored(conn)
    keys = sorted(wanted.keys() | found.keys())
    nothing = [0] * len(COUNTS)
    pairs = ((key, wanted.get(key, nothing), found.get(key, nothing)) for key in keys)
    wrong = [Difference(key, tuple(a), tuple(b)) for key, a, b in pairs if a != b]
    behind = wanted if of_months == cursor else expected(conn, rules, of_months)
    narrow = months.differences(months.of_tallies(behind), months.stored(conn))
    return (*wrong, *(Difference(*each) for each in narrow))


def expected(conn: Connection, rules: CountingRules, cursor: Cursor) -> Sums:
    """Return the roll-up that belongs to a cursor: all rows, less the ledger after it.

    One statement, so that rows and ledger are seen at the same instant.
    """
    sums: Sums = defaultdict(lambda: [0] * len(COUNTS))
    for facts, change in _changes(conn, rules, cursor):
        for key in keys_of(facts):
            count(sums[key], facts.grade, change)
    return sums


def _changes(
    conn: Connection, rules: CountingRules, cursor: Cursor
) -> Iterator[tuple[Facts, Change]]:
    zone = ZoneInfo(rules.time_zone)
    rated = (_summed(_attributed(rules)), _summed(_others(rules)))
    statement = union_all(*rated, _served(), _defaults(), _tail(conn, cursor))
    for row in conn.execute(statement.execution_options(yield_per=5000)):
        day = row.day if row.quarter is None else _day(row.quarter, zone)
        yield Facts._make((day, *row[2:12])), Change(row.sign, row.first_bad)


def _summed(ratings: Select[Any]) -> Select[Any]:
    rows = ratings.subquery()
    dims = [rows.c[name] for name in (*_NAMES, "channel", "provenance", "round", "grade")]
    sums = (func.sum(rows.c.effective).label("sign"), func.sum(rows.c.bad).label("first_bad"))
    quarter = cast(null(), Id()).label("quarter")
    return select(rows.c.day, quarter, *dims, *sums).group_by(rows.c.day, *dims)


def _attributed(rules: CountingRules) -> Select[Any]:
    """Return each rating in the first of the places that answer for it, and what it counts."""
    places = (evaluation.c.region, *placed_columns())
    return _counted(rules, places).select_from(evaluation.outerjoin(attribution, joined(rules)))


def _others(rules: CountingRules) -> Select[Any]:
    """Return bad ratings once more for each further back office, which counts them alone."""
    own = attribution_other.c.organization_id.label("organization_id")
    none = [cast(null(), Id()).label(name) for name in DIMENSIONS[1:]]
    places = (literal(NOWHERE, Words()).label("region"), own, *none)
    return _counted(rules, places).join_from(evaluation, attribution_other, others_joined(rules))


def _counted(rules: CountingRules, places: Sequence[ColumnElement[Any]]) -> Select[Any]:
    rows = evaluation.c
    first_bad = (
        (rows.id == rows.first_id)
        & (rows.round == 1)
        & rows.grade.in_(rules.bad_grades)
        & rows.status.not_in(UNSEEN)
    )
    plain = [rows[name] for name in ("channel", "provenance", "round", "grade")]
    return select(
        rows.counted_on.label("day"),
        *places,
        *plain,
        case((rows.status == EvaluationStatus.EFFECTIVE, 1), else_=0).label("effective"),
        case((first_bad, 1), else_=0).label("bad"),
    )


def _defaults() -> Select[Any]:
    rows = default_rating.c
    dims = [rows[name] for name in _NAMES]
    return (
        select(
            rows.counted_on.label("day"),
            cast(null(), Id()).label("quarter"),
            *dims,
            literal("", Words()),
            literal(str(Provenance.SYSTEM_DEFAULT), Words()),
            literal(1, Int()),
            rows.grade,
            func.count(),
            literal(0, Int()),
        )
        .where(rows.set_aside_at.is_(None))
        .group_by(rows.counted_on, *dims, rows.grade)
    )


def _served() -> Select[Any]:
    rows = occurrence.c
    quarter = type_coerce(rows.served_at, Id()).op("/")(literal(_SCALE, Id()))
    dims = [rows[name] for name in _NAMES]
    return (
        select(
            type_coerce(null(), Day()).label("day"),
            type_coerce(quarter, Id()).label("quarter"),
            *dims,
            literal("", Words()),
            literal("", Words()),
            literal(1, Int()),
            literal(0, Int()),
            func.count(),
            literal(0, Int()),
        )
        .where(rows.served_at.is_not(None))
        .group_by(quarter, *dims)
    )


def _tail(conn: Connection, cursor: Cursor) -> Select[Any]:
    rows = tally_entry.c
    dims = [rows[name] for name in (*_NAMES, "channel", "provenance", "round", "grade")]
    return (
        select(
            rows.day,
            cast(null(), Id()).label("quarter"),
            *dims,
            -func.sum(rows.sign),
            -func.sum(rows.first_bad),
        )
        .where(beyond(conn, tally_entry, cursor))
        .group_by(rows.day, *dims)
    )


_NAMES: Final = ("region", *DIMENSIONS)


def _day(quarter: int, zone: ZoneInfo) -> date:
    return (_EPOCH + quarter * QUARTER).astimezone(zone).date()


def _stored(conn: Connection) -> dict[Key, list[int]]:
    rows = conn.execute(select(tally))
    found = {Key._make(row[:6]): list(row[6:]) for row in rows}
    return {key: counts for key, counts in found.items() if any(counts)}
