"""The analysis of a place and a period, as somebody may see it.

Supervisors see exact, live counts of any part. Rated units see one month at a time, months
that are over, in copies that change once a month, without filters; counts below the
smallest that is published are withheld, with a second one where a total would tell the
first. So no difference between two views tells a single rating.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from haochaping.analysis import anomalies, reading
from haochaping.analysis.anomalies import Anomaly, Watched
from haochaping.analysis.comparing import Comparison
from haochaping.analysis.reading import NONE, Rate, Within
from haochaping.analysis.rules import AnalysisRules
from haochaping.disclosure.suppression import Cell, suppress
from haochaping.grading import periods
from haochaping.hooks.values import Period

TREND: Final = 12
"""Months of reasons over time."""
SERIES: Final = 5
"""Reasons that are drawn over time."""
Hour = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Counted:
    """One line: counts now and before; `bad` and `was` are as they may be shown."""

    key: int | str
    comparison: Comparison
    bad: Cell
    was: Cell

    @property
    def open(self) -> bool:
        """Say whether both counts may be shown, so that the rates may be compared."""
        return self.bad.count is not None and self.was.count is not None


@dataclass(frozen=True, slots=True)
class Slot:
    """Ratings of one weekday and hour; a withheld count of bad ones withholds the rate."""

    rated: Cell
    bad: Cell


@dataclass(frozen=True, slots=True)
class Series:
    """How often a reason was chosen, month by month."""

    code: str
    counts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows, the worst first; `compared` is how many the cards watch.

    Hours are left out (None) where one item was asked for: they are not kept by item.
    """

    period: Period
    before: Period
    total: Counted
    reasons: tuple[Counted, ...]
    kinds: Mapping[str, tuple[Counted, ...]]
    hours: Mapping[Hour, Slot] | None
    months: tuple[str, ...]
    series: tuple[Series, ...]
    anomalies: tuple[Anomaly, ...]
    compared: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: which part, which month or quarter."""

    within: Within
    period: Period

    @property
    def below(self) -> bool:
        """Say whether small counts are withheld."""
        return self.within.shown


def earlier(period: Period) -> Period:
    """Return the period of the same kind before a month or quarter."""
    day = period.first - timedelta(days=1)
    return periods.of_month(day) if periods.is_month(period) else periods.of_quarter(day)


def make(conn: Connection, asked: Asked, rules: AnalysisRules) -> Report:
    """Return the analysis."""
    now, before = asked.period, earlier(asked.period)
    both = [*_names(before), *_names(now)]
    below = rules.below if asked.below else 0
    totals = reading.totals(conn, asked.within, both)
    total = Comparison(_sum(totals, now), _sum(totals, before))
    trend = _trend(now)
    chosen = reading.by_reason(conn, asked.within, list(dict.fromkeys([*trend, *both])))
    base = _baseline(now, rules)
    kinds, watched = {}, []
    for kind in reading.KINDS:
        found = reading.by_kind(conn, asked.within, list(dict.fromkeys([*both, *base])), kind)
        kinds[kind] = _lines(_compared(found, now, before), below)
        visible = {line.key for line in kinds[kind] if line.bad.count is not None}
        watched += [
            Watched(kind, subject, _of(parts, _names(now)), _of(parts, base))
            for subject, parts in found.items()
            if subject in visible and _several(kind, found, asked.within)
        ]
    return Report(
        period=now,
        before=before,
        total=_line("", total, below),
        reasons=_reasons(chosen, asked, total, below),
        kinds=kinds,
        hours=None if asked.within.item else _hours(conn, asked, below),
        months=trend,
        series=_series(chosen, trend, below),
        anomalies=tuple(_explained(conn, asked, anomalies.find(watched, rules.anomaly), below)),
        compared=len(watched),
    )


def _names(period: Period) -> list[str]:
    return [month.name for month in periods.months_of(period)]


def _trend(period: Period) -> tuple[str, ...]:
    last = periods.of_month(period.last)
    return tuple(month.name for month in periods.months_until(last, TREND))


def _baseline(period: Period, rules: AnalysisRules) -> list[str]:
    last = periods.before(periods.of_month(period.first))
    return [month.name for month in periods.months_until(last, rules.anomaly.months)]


def _several(kind: str, found: Mapping[int, object], within: Within) -> bool:
    """Leave out what the reader narrowed the page to, unless it is what the page is about."""
    return len(found) > 1 or not within.narrow or getattr(within, kind) != 0


def _sum(totals: Mapping[str, Rate], period: Period) -> Rate:
    return _of(totals, _names(period))


def _of(parts: Mapping[str, Rate], months: Iterable[str]) -> Rate:
    whole = NONE
    for month in months:
        whole = whole.plus(parts.get(month, NONE))
    return whole


def _compared(
    found: Mapping[int, Mapping[str, Rate]], now: Period, before: Period
) -> dict[int | str, Comparison]:
    return {
        subject: Comparison(_sum(parts, now), _sum(parts, before))
        for subject, parts in found.items()
    }


def _lines(compared: Mapping[int | str, Comparison], below: int) -> tuple[Counted, ...]:
    """Return the lines with ratings in the period, by bad ratings; small counts withheld."""
    bad = suppress({key: each.now.bad for key, each in compared.items()}, below)
    was = suppress({key: each.before.bad for key, each in compared.items()}, below)
    lines = (
        Counted(key, each, bad[key], was[key]) for key, each in compared.items() if each.now.rated
    )
    return tuple(sorted(lines, key=_worst))


def _worst(line: Counted) -> tuple[int, int, str]:
    """Order by what is shown: a withheld count must not be told by its place."""
    return (-(line.bad.count or 0), -line.comparison.now.rated, str(line.key))


def _line(key: str, comparison: Comparison, below: int) -> Counted:
    [line] = _lines({key: comparison}, below) or [
        Counted(key, comparison, Cell(0), *suppress({0: comparison.before.bad}, below).values())
    ]
    return line


def _reasons(
    chosen: Mapping[str, Mapping[str, int]], asked: Asked, total: Comparison, below: int
) -> tuple[Counted, ...]:
    now, before = (
        _added(chosen[month] for month in _names(each))
        for each in (asked.period, earlier(asked.period))
    )
    rated, was = total.now.rated, total.before.rated
    return _lines(
        {
            code: Comparison(Rate(now.get(code, 0), rated), Rate(before.get(code, 0), was))
            for code in now
        },
        below,
    )


def _added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in parts:
        for code, count in each.items():
            found[code] = found.get(code, 0) + count
    return found


def _series(
    chosen: Mapping[str, Mapping[str, int]], months: tuple[str, ...], below: int
) -> tuple[Series, ...]:
    """Return the reasons chosen most, month by month, withheld as in each month's own list."""
    cells = {month: suppress(chosen[month], below) for month in months}
    seen = {
        month: {code: cell.count or 0 for code, cell in each.items()}
        for month, each in cells.items()
    }
    sums = _added(seen.values())
    first = sorted(sums, key=lambda code: (-sums[code], code))[:SERIES]
    return tuple(
        Series(code, tuple(cells[month].get(code, Cell(0)) for month in months))
        for code in first
        if sums[code]
    )


def _hours(conn: Connection, asked: Asked, below: int) -> dict[Hour, Slot]:
    found = reading.by_hour(conn, asked.within, _names(asked.period))
    bad = suppress({hour: rate.bad for hour, rate in found.items()}, below)
    rated = suppress({hour: rate.rated for hour, rate in found.items()}, below)
    return {hour: Slot(rated[hour], bad[hour]) for hour in found}


def _explained(
    conn: Connection, asked: Asked, found: list[Anomaly], below: int
) -> Iterable[Anomaly]:
    """Return the cards with what most of the bad ratings of each name."""
    reasons = {
        kind: reading.reasons_of(conn, asked.within, _names(asked.period), kind)
        for kind in {each.watched.kind for each in found}
    }
    for each in found:
        watched = each.watched
        named = reasons[watched.kind].get(watched.id, {})
        code, count = anomalies.main_reason(named, watched.now.bad, max(below, 3))
        yield replace(each, reason=code, reason_count=count)
