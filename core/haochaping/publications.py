"""What is published regularly, and what of the profile's timetable is overdue.

A new kind of publication is one line of `KINDS` (and its name in the profile's schema).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, select

from haochaping.appraisal.tables import appraisal_period
from haochaping.bulletins.kept import State
from haochaping.bulletins.rules import Edition
from haochaping.bulletins.tables import bulletin
from haochaping.disclosure.tables import review_batch, typical_case
from haochaping.disclosure.typical import PUBLISHED
from haochaping.grading import figures, periods
from haochaping.grading.tables import period_closing
from haochaping.hooks.values import Period
from haochaping.opendata.tables import release
from haochaping.profile.rules import Timed

_MOST: Final = 400
"""Rows looked at for the newest period: names of periods are not in the order of their days."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest publication of a kind: the last day it tells of, and when it came out."""

    covers: date
    at: datetime
    period: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of publication: where it is on the site, how its newest is found."""

    href: str
    newest: Callable[[Connection, ZoneInfo], Newest | None]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the timetable today: what is due next, and the period that is overdue, if any."""

    timed: Timed
    place: int
    href: str
    newest: Newest | None
    due: date
    overdue: Period | None


def _of_periods(statement: Select[Any]) -> Callable[[Connection, ZoneInfo], Newest | None]:
    """Return how to find the newest of publications that belong to periods: name and moment."""

    def newest(conn: Connection, zone: ZoneInfo) -> Newest | None:
        rows = conn.execute(statement.limit(_MOST)).all()
        found = [(periods.parse(name), at) for name, at in rows if ":" not in name]
        if not found:
            return None
        period, at = max(found, key=lambda one: (one[0].last, one[1]))
        return Newest(period.last, at, period.name)

    return newest


def _of_moments(statement: Select[Any]) -> Callable[[Connection, ZoneInfo], Newest | None]:
    """Return how to find the newest of publications that come out one by one: their moments."""

    def newest(conn: Connection, zone: ZoneInfo) -> Newest | None:
        at = conn.execute(statement.limit(1)).scalar()
        return None if at is None else Newest(at.astimezone(zone).date(), at)

    return newest


_appraised: Final = appraisal_period.c
_APPRAISED: Final = _of_periods(
    select(_appraised.period, _appraised.published_at)
    .where(_appraised.published_at.is_not(None))
    .order_by(_appraised.published_at.desc())
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "boards": Kind(
            "/boards",
            _of_periods(
                select(period_closing.c.period, period_closing.c.closed_at).order_by(
                    period_closing.c.closed_at.desc()
                )
            ),
        ),
        "open_data": Kind(
            "/open-data",
            _of_periods(
                select(release.c.period, release.c.made_at).order_by(release.c.made_at.desc())
            ),
        ),
        "appraisal": Kind("/honours", _APPRAISED),
        "honours": Kind("/honours", _APPRAISED),
        "bulletins": Kind(
            "/bulletins",
            _of_periods(
                select(bulletin.c.period, bulletin.c.issued_at)
                .where(bulletin.c.state == State.ISSUED, bulletin.c.edition == Edition.PUBLIC)
                .order_by(bulletin.c.issued_at.desc())
            ),
        ),
        "reviews": Kind(
            "/reviews",
            _of_moments(
                select(review_batch.c.published_at).order_by(review_batch.c.published_at.desc())
            ),
        ),
        "typical_cases": Kind(
            "/typical-cases",
            _of_moments(
                select(typical_case.c.published_at)
                .where(typical_case.c.state == PUBLISHED)
                .order_by(typical_case.c.published_at.desc())
            ),
        ),
    }
)
"""Kinds of publications by the profile's word for them."""


def timetable(
    conn: Connection, lines: tuple[Timed, ...], today: date, zone: ZoneInfo
) -> tuple[Line, ...]:
    """Return the timetable as it stands on a local day."""
    if not lines:
        return ()
    started = periods.parse(figures.lifetime(conn, today).keys[0]).first
    return tuple(
        _line(conn, each, place, (today, zone, started)) for place, each in enumerate(lines)
    )


def overdue(
    conn: Connection, lines: tuple[Timed, ...], today: date, zone: ZoneInfo
) -> tuple[Line, ...]:
    """Return the lines that are overdue."""
    return tuple(line for line in timetable(conn, lines, today, zone) if line.overdue is not None)


def due_day(timed: Timed, period: Period) -> date:
    """Return the last day on which the publication of a period is in time."""
    months = period.last.year * 12 + period.last.month - 1 + timed.month
    year, month = divmod(months, 12)
    return date(year, month + 1, min(timed.day, monthrange(year, month + 1)[1]))


def _line(conn: Connection, timed: Timed, place: int, now: tuple[date, ZoneInfo, date]) -> Line:
    today, zone, started = now
    kind = KINDS[timed.what]
    newest = kind.newest(conn, zone)
    late = _newest_due(timed, today)
    missing = newest is None or newest.covers < late.first
    overdue = late if missing and started <= late.last else None
    coming = due_day(timed, late if overdue else _after(timed, late))
    return Line(timed, place, kind.href, newest, coming, overdue)


def _newest_due(timed: Timed, today: date) -> Period:
    """Return the newest period whose last day for publication is over."""
    period = _of(timed, today)
    while due_day(timed, period) >= today:
        period = _of(timed, period.first - timedelta(days=1))
    return period


def _after(timed: Timed, period: Period) -> Period:
    return _of(timed, period.last + timedelta(days=1))


def _of(timed: Timed, day: date) -> Period:
    of = {"month": periods.of_month, "quarter": periods.of_quarter, "year": periods.of_year}
    return of[timed.every](day)
