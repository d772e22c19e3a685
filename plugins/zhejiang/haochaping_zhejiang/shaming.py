"""The shaming board (晾晒): units with late cases, published on fixed days, kept as published.

A case is on it from the moment its reply was due until there is one. What was published on a
day stays as it was; a case that turns out void later is shown as a correction beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, insert, or_, select, update

from haochaping.doors.rows import insert_or_ignore
from haochaping.hooks.rectification import CaseEvent, CaseState, DeadlineEvent
from haochaping.hooks.services import Services
from haochaping.hooks.values import Words
from haochaping.store.types import from_micros, micros
from haochaping_zhejiang.tables import late, listing, published

REPLY: Final = "reply"
SHOWN: Final = 26
"""Publications that the page offers, the newest first."""
_OVER: Final = (CaseState.REPLIED, CaseState.CLOSED)


@dataclass(frozen=True, slots=True)
class Line:
    """A unit on a board: late cases, the longest delay in days, since when, how often.

    `corrected` are the cases that count today, where that differs from what was published.
    """

    unit: Words
    cases: int
    longest_days: int
    first_day: date
    times: int
    corrected: int | None


@dataclass(frozen=True, slots=True)
class Board:
    """A publication: its day, the units on it, and those of the one before that are clear now."""

    day: date
    lines: tuple[Line, ...]
    cleared: tuple[Words, ...]
    days: tuple[date, ...]


class Shaming:
    """The shaming board of one deployment."""

    def __init__(self, settings: Mapping[str, Any], services: Services) -> None:
        found = settings.get("shaming", {})
        self._weekdays = frozenset(found.get("weekdays", (1,)))
        self._services = services

    def heard(self, event: DeadlineEvent) -> None:
        """Note that a case is late: its reply was due and is not there."""
        if event.deadline != REPLY or event.level != 0:
            return
        row = {
            "public_id": event.case.public_id,
            "organization_id": event.case.organization_id,
            "since_at": micros(event.case.due_at or event.at),
        }
        with self._services.records.transaction() as conn:
            insert_or_ignore(conn, late, [row])

    def moved(self, event: CaseEvent) -> None:
        """Note that a late case was answered or has ended; a void one was none."""
        if event.case.state not in _OVER:
            return
        mine = late.c.public_id == event.case.public_id
        with self._services.records.transaction() as conn:
            still = update(late).where(mine, late.c.ended_at.is_(None))
            conn.execute(still.values(ended_at=micros(event.at)))
            if event.details.get("outcome") == "void":
                conn.execute(update(late).where(mine).values(void=1))

    def publish(self) -> bool:
        """Publish today's board if today is a day for it; once a day, whoever asks."""
        now = self._services.now()
        day = now.astimezone(self._services.worktime.zone).date()
        if day.isoweekday() not in self._weekdays:
            return False
        with self._services.records.transaction() as conn:
            row = {"day": day.isoformat(), "at": micros(now)}
            if not insert_or_ignore(conn, published, [row]):
                return False
            rows = [{"day": day.isoformat(), **one} for one in _open(conn, now)]
            if rows:
                conn.execute(insert(listing), rows)
        self._services.audit("shamed", f"board:{day.isoformat()}", {"units": len(rows)})
        return True

    def over(self, first: date, last: date) -> tuple[tuple[int, int, int, int], ...]:
        """Return the units shown between two days: id, times, most cases, longest delay."""
        found = defaultdict(list)
        for row in self._services.lookup.all("zhejiang_listing"):
            if first.isoformat() <= row["day"] <= last.isoformat():
                found[row["organization_id"]].append((row["cases"], row["longest_days"]))
        lines = [
            (unit, len(shown), max(cases for cases, _ in shown), max(days for _, days in shown))
            for unit, shown in found.items()
        ]
        return tuple(sorted(lines, key=lambda one: (-one[1], -one[2], one[0])))

    def board(self, wanted: str = "") -> Board | None:
        """Return the publication of a day, the newest one for any other; None before the first."""
        with self._services.records.transaction() as conn:
            newest = select(published.c.day, published.c.at).order_by(published.c.day.desc())
            days = {row.day: row.at for row in conn.execute(newest.limit(SHOWN))}
            if not days:
                return None
            day = wanted if wanted in days else next(iter(days))
            rows = conn.execute(select(listing).where(listing.c.day == day)).all()
            history = _history(conn, day)
            now = _counts(conn, from_micros(days[day]))
            before = _units_before(conn, day)
        ids = {row.organization_id for row in rows}
        names = self._services.catalog.names("organization", sorted(ids | before))
        lines = [
            Line(
                unit=names[row.organization_id].name,
                cases=row.cases,
                longest_days=row.longest_days,
                first_day=history[row.organization_id][0],
                times=history[row.organization_id][1],
                corrected=_differs(now.get(row.organization_id, 0), row.cases),
            )
            for row in rows
            if row.organization_id in names
        ]
        return Board(
            day=date.fromisoformat(day),
            lines=tuple(sorted(lines, key=lambda one: (-one.cases, -one.longest_days))),
            cleared=tuple(names[one].name for one in sorted(before - ids) if one in names),
            days=tuple(date.fromisoformat(one) for one in days),
        )


def _differs(now: int, then: int) -> int | None:
    return None if now == then else now


def _open(conn: Connection, at: datetime) -> Sequence[dict[str, int]]:
    """Return the units with late cases at a moment: how many, and the longest delay in days."""
    found = defaultdict(list)
    still = late.c.ended_at.is_(None), late.c.void == 0, late.c.since_at <= micros(at)
    for row in conn.execute(select(late).where(*still)):
        found[row.organization_id].append(at - from_micros(row.since_at))
    return [
        {"organization_id": unit, "cases": len(spans), "longest_days": _days(max(spans))}
        for unit, spans in sorted(found.items())
    ]


def _days(span: timedelta) -> int:
    """Return a delay in days, a begun one counts."""
    return span.days + (1 if span % timedelta(days=1) else 0)


def _counts(conn: Connection, at: datetime) -> dict[int, int]:
    """Return how many cases were late at a moment, by all that is known today."""
    moment = micros(at)
    then = late.c.since_at <= moment, or_(late.c.ended_at.is_(None), late.c.ended_at > moment)
    query = select(late.c.organization_id, func.count()).where(*then, late.c.void == 0)
    return {unit: count for unit, count in conn.execute(query.group_by(late.c.organization_id))}


def _history(conn: Connection, day: str) -> dict[int, tuple[date, int]]:
    """Return when each unit was first on the board, and how often up to a day."""
    columns = listing.c.organization_id, func.min(listing.c.day), func.count()
    query = select(*columns).where(listing.c.day <= day).group_by(listing.c.organization_id)
    return {unit: (date.fromisoformat(first), n) for unit, first, n in conn.execute(query)}


def _units_before(conn: Connection, day: str) -> set[int]:
    """Return the units of the publication before a day."""
    earlier = select(func.max(published.c.day)).where(published.c.day < day).scalar_subquery()
    query = select(listing.c.organization_id).where(listing.c.day == earlier)
    return set(conn.execute(query).scalars())
