"""The working-day calendar of a jurisdiction: due moments and working time left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from haochaping.hooks.values import Unit
from haochaping.profile.faults import Fault
from haochaping.profile.rules import CalendarRules
from haochaping.worktime.days import Days
from haochaping.worktime.deadlines import HALL_CLOSING, STAYS, Deadline, Due
from haochaping.worktime.explaining import explain
from haochaping.worktime.files import Stamp, read_all, stamp_of
from haochaping.worktime.remaining import Band, Remaining
from haochaping.worktime.years import YearCalendar

DEFAULT_RULES: Final = CalendarRules(
    "Asia/Shanghai", ((time(9), time(12)), (time(13, 30), time(17))), 45
)
SOON_WORKDAYS: Final = 2
DAY: Final = timedelta(days=1)
INSTANT: Final = timedelta(microseconds=1)
LOOK_EVERY: Final = timedelta(seconds=5)

Hours = Sequence[tuple[time, time]]


class Calendar:
    """Working days by published years, working hours and a time zone.

    `years` holds the published years in force, `problems` what is wrong with calendar files
    that had to be left out, `version` changes whenever a due date could change.
    """

    def __init__(
        self,
        years: Iterable[YearCalendar],
        rules: CalendarRules = DEFAULT_RULES,
        problems: Iterable[Fault] = (),
    ) -> None:
        self.years = tuple(sorted(years, key=lambda year: year.year))
        self.problems = tuple(problems)
        self.zone = ZoneInfo(rules.time_zone)
        self.days = Days(self.years)
        self.version = _version(self.years)
        self._folder: Path | None = None
        self._stamp: Stamp = ()
        self._looked: datetime | None = None
        self._set_hours(rules)

    @classmethod
    def load(
        cls, rules: CalendarRules = DEFAULT_RULES, *, deployment_dir: Path | None = None
    ) -> Calendar:
        """Return the calendar of the years that come with haochaping and the deployment's own.

        A year whose file is broken is left out, so its dates are provisional; never raises
        for a file.
        """
        stamp = stamp_of(deployment_dir)  # before reading: what comes meanwhile is seen later
        years, problems = read_all(deployment_dir)
        found = cls(years, rules, problems)
        found._folder, found._stamp = deployment_dir, stamp
        return found

    def refresh(self, now: datetime) -> bool:
        """Take in calendar files that came or changed since; return whether any did.

        Looks at the folder at most every `LOOK_EVERY`, so it may be called all the time. Every
        process of a deployment calls it; nothing is to be started again for a new year.
        """
        if self._looked is not None and timedelta(0) <= now - self._looked < LOOK_EVERY:
            return False
        self._looked = now
        stamp = stamp_of(self._folder)
        if stamp == self._stamp:
            return False
        fresh = Calendar.load(self.rules, deployment_dir=self._folder)
        self._stamp, self.problems = stamp, fresh.problems
        self.years, self.days, self.version = fresh.years, fresh.days, fresh.version
        return True

    def with_hours(self, hours: Hours) -> Calendar:
        """Return the same calendar with the working hours of one hall; empty keeps its own."""
        if not hours:
            return self
        own = copy(self)
        own._set_hours(replace(self.rules, working_hours=tuple(hours)))
        return own

    def _set_hours(self, rules: CalendarRules) -> None:
        """Take over the working hours of one day, in minutes after midnight."""
        self.rules = rules
        self._hours = tuple((_minutes(a), _minutes(b)) for a, b in rules.working_hours)
        self._day_minutes = sum(b - a for a, b in self._hours)
        self._lost = tuple(
            (day, self._day_minutes - self._minutes_until(half.until.hour * 60 + half.until.minute))
            for day, half in sorted(self.days.half_days.items())
        )
        self._end = lru_cache(maxsize=4096)(self._end_of)

    def is_workday(self, day: date) -> bool:
        """Say whether a local day is worked."""
        return self.days.is_workday(day)

    def add_workdays(self, day: date, count: int) -> date:
        """Return the workday `count` workdays after `day`, which is not counted itself."""
        return self.days.add(day, count)

    def workdays_between(self, first: date, last: date) -> int:
        """Count the workdays after `first` up to and including `last`, negative backwards."""
        return self.days.number(last) - self.days.number(first)

    def published(self, day: date) -> bool:
        """Say whether the holidays of a day's year are known."""
        return day.year in self.days.published

    def horizon(self, now: datetime) -> int | None:
        """Return the days until the last published year ends, None without any year."""
        last = self.days.last_published()
        return None if last is None else (date(last, 12, 31) - self.local_day(now)).days

    def horizon_near(self, now: datetime) -> bool:
        """Say whether the last published year ends soon, so that the next one is wanted."""
        left = self.horizon(now)
        return left is None or left <= self.rules.horizon_warning_days

    def local_day(self, moment: datetime) -> date:
        """Return the local day of an aware moment."""
        return moment.astimezone(self.zone).date()

    def due(self, start: datetime, deadline: Deadline) -> Due:
        """Return when a deadline that starts at an aware moment is due.

        The start day is not counted. The moment is UTC, an exclusive bound.
        """
        local = start.astimezone(self.zone)
        first = local.date()
        if deadline.unit is Unit.SAME_DAY or deadline.count == 0:
            day, tested = self._open_day(local), first
        elif deadline.unit is Unit.WORKDAY:
            day, tested = self.days.add(first, deadline.count), first + DAY
        else:
            tested = first + DAY * deadline.count
            day = tested if deadline.holiday_end == STAYS else self.days.add(tested, 0)
        fixed = deadline.unit is Unit.CALENDAR_DAY and deadline.holiday_end == STAYS
        provisional = not fixed and not self.days.all_published(tested, day)
        lines = partial(explain, self.days, first, deadline, day)
        return Due(self._end(day, deadline.cut_off), day, provisional, lines)

    def remaining(self, now: datetime, due: datetime | Due) -> Remaining:
        """Return the working time between `now` and a due moment, with its urgency."""
        moment = due.moment if isinstance(due, Due) else due
        overdue = now >= moment
        minutes = abs(self._worked(moment) - self._worked(now))
        days, rest = divmod(minutes, self._day_minutes) if self._day_minutes else (0, 0)
        return Remaining(days, rest // 60, rest % 60, overdue, self._band(now, moment))

    def _band(self, now: datetime, moment: datetime) -> Band:
        if now >= moment:
            return Band.OVERDUE
        today, last = self.local_day(now), self.local_day(moment - INSTANT)
        if today == last:
            return Band.TODAY
        left = self.workdays_between(today, last)
        return Band.SOON if left <= SOON_WORKDAYS else Band.NORMAL

    def _open_day(self, local: datetime) -> date:
        """Return the local day itself while the hall still opens on it, else the next workday."""
        closing = self._closing(local.date())
        if self.days.is_workday(local.date()) and _minutes(local.time()) < closing:
            return local.date()
        return self.days.add(local.date(), 1)

    def _end_of(self, day: date, cut_off: str) -> datetime:
        """Return the moment at which a local day ends, in UTC."""
        closing = self._closing(day) if cut_off == HALL_CLOSING else 24 * 60
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (midnight + timedelta(minutes=closing)).astimezone(UTC)

    def _worked(self, moment: datetime) -> int:
        """Return the working minutes from year 1 to a moment."""
        local = moment.astimezone(self.zone)
        day = local.date()
        before = self.days.number(day - DAY) * self._day_minutes
        before -= sum(lost for each, lost in self._lost if each < day)
        if not self.days.is_workday(day):
            return before
        half = self.days.closes(day)
        at = _minutes(local.time())
        return before + self._minutes_until(at if half is None else min(at, half))

    def _minutes_until(self, at: int) -> int:
        """Return the working minutes of a whole day up to a minute after midnight."""
        return sum(max(0, min(at, end) - start) for start, end in self._hours)

    def _closing(self, day: date) -> int:
        """Return the minute after midnight at which the hall closes on a day."""
        closing = self._hours[-1][1] if self._hours else 24 * 60
        half = self.days.closes(day)
        return closing if half is None else min(closing, half)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _version(years: Sequence[YearCalendar]) -> str:
    """Return a digest of all days off and worked."""
    days = [
        f"{year.year}:{sorted(map(str, year.holidays))}:{sorted(map(str, year.workdays))}"
        + "".join(f":{day}<{half.until}" for day, half in year.half_days.items())
        for year in years
    ]
    return hashlib.sha256("\n".join(days).encode()).hexdigest()[:16]
