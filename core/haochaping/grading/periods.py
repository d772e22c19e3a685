"""Periods: a day, a month, a quarter, a year, and the months behind one."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from haochaping.hooks.values import Period, Words
from haochaping.problems import Problem

_FORM: Final = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?", re.ASCII)
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
"""Years that a period may lie in, so that the days before and after it can be written."""
ALL: Final = "all"
"""Name of the period without bounds."""


class UnknownPeriod(Problem):
    """A period was not written as a day, a month, a quarter or a year."""

    code = "HCP-UNKNOWN-PERIOD"
    status = 400
    title = Words("看不懂这个时期", "This period is not understood")


@dataclass(frozen=True, slots=True)
class Span:
    """A period as the tallies know it: keys of the roll-up, and the local days it holds."""

    keys: tuple[str, ...]
    first: date
    last: date


def parse(text: str) -> Period:
    """Return the period written as `2026`, `2026-Q4`, `2026-11` or `2026-11-22`, 2000 to 2100.

    Raises UnknownPeriod.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise _unknown(text)
    year, quarter, month, day = (int(part) if part else None for part in found.groups())
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise _unknown(text)
    try:
        if quarter is not None:
            return of_quarter(date(year, 3 * quarter, 1))
        return _period(year, month, day)
    except ValueError:
        raise _unknown(text) from None


def of_day(day: date) -> Period:
    """Return the period of one local day."""
    return Period(day.isoformat(), day, day)


def of_month(day: date) -> Period:
    """Return the month that holds a local day."""
    last = monthrange(day.year, day.month)[1]
    return Period(f"{day:%Y-%m}", day.replace(day=1), day.replace(day=last))


def of_quarter(day: date) -> Period:
    """Return the quarter of the calendar year that holds a local day, as `2026-Q4`."""
    number = (day.month + 2) // 3
    last = of_month(date(day.year, 3 * number, 1)).last
    return Period(f"{day.year:04}-Q{number}", date(day.year, 3 * number - 2, 1), last)


def of_year(day: date) -> Period:
    """Return the year that holds a local day."""
    return Period(f"{day.year:04}", date(day.year, 1, 1), date(day.year, 12, 31))


def before(month: Period) -> Period:
    """Return the month before a month."""
    return of_month(month.first - timedelta(days=1))


def months_until(month: Period, count: int) -> tuple[Period, ...]:
    """Return `count` months, the oldest first, the last being `month`."""
    found = [month]
    while len(found) < count:
        found.insert(0, before(found[0]))
    return tuple(found)


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the local day of an aware moment."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def midnight(day: date, time_zone: str) -> datetime:
    """Return the moment, UTC, at which a local day begins."""
    return datetime.combine(day, time(0), ZoneInfo(time_zone)).astimezone(UTC)


def moments(period: Period, time_zone: str) -> tuple[datetime, datetime]:
    """Return the moments, UTC, at which a period begins and at which it is over."""
    return midnight(period.first, time_zone), midnight(period.last + timedelta(days=1), time_zone)


def is_month(period: Period) -> bool:
    """Say whether a period is one calendar month."""
    return of_month(period.first).name == period.name


def kind(period: Period) -> str:
    """Return `day`, `month`, `quarter` or `year`."""
    known = {each(period.first).name: name for name, each in _KINDS.items()}
    return known.get(period.name, "day")


def months_of(period: Period) -> tuple[Period, ...]:
    """Return the calendar months that lie wholly in a period, the oldest first."""
    names = (key for key in _keys(period.first, period.last) if len(key) == len("2026-11"))
    return tuple(parse(name) for name in names)


def last_over(today: date) -> tuple[Period, Period, Period]:
    """Return the newest month, quarter and year that are over on a local day."""
    month = before(of_month(today))
    quarter = of_quarter(of_quarter(today).first - timedelta(days=1))
    return month, quarter, of_year(date(today.year - 1, 1, 1))


def span(period: Period) -> Span:
    """Return whole months as month keys and the remaining days as day keys."""
    return Span(tuple(_keys(period.first, period.last)), period.first, period.last)


def everything(oldest_key: str | None, newest: date) -> Span:
    """Return the span without bounds: all months from the oldest key to the newest day's."""
    first = date.fromisoformat(f"{(oldest_key or newest.isoformat())[:7]}-01")
    keys = _keys(first, of_month(newest).last)
    return Span(tuple(keys), date.min, date.max)


def _keys(first: date, last: date) -> Iterator[str]:
    day = first
    while day <= last:
        month = of_month(day)
        if day == month.first and month.last <= last:
            yield month.name
            day = month.last
        else:
            yield day.isoformat()
        day += timedelta(days=1)


def _period(year: int, month: int | None, day: int | None) -> Period:
    if month is None:
        return of_year(date(year, 1, 1))
    if day is None:
        return of_month(date(year, month, 1))
    return of_day(date(year, month, day))


def _unknown(text: str) -> UnknownPeriod:
    return UnknownPeriod(
        Words(
            f"看不懂时期“{text[:40]}”：请写 {FIRST_YEAR} 至 {LAST_YEAR} 间的年（2026）、"
            "季度（2026-Q4）、月（2026-11）或日（2026-11-22）",
            f"“{text[:40]}” is no period: write a year (2026), a quarter (2026-Q4), a month"
            f" (2026-11) or a day (2026-11-22) from {FIRST_YEAR} to {LAST_YEAR}",
        ),
        period=text[:40],
    )


_KINDS: Final[Mapping[str, Callable[[date], Period]]] = {
    "month": of_month,
    "quarter": of_quarter,
    "year": of_year,
}
