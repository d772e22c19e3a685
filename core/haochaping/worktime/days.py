"""Which days are worked, counted in constant time.

Every workday has a number: the count of workdays up to and including it, from year 1.
Days of unpublished years count Monday to Friday, so the number of a day is the number of
weekdays before it plus a correction, which published years keep in an array.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import date

from haochaping.hooks.values import Words
from haochaping.worktime.years import LOCAL, YearCalendar


def _weekdays_up_to(ordinal: int) -> int:
    """Count Mondays to Fridays up to and including a day; day 1 of year 1 was a Monday."""
    weeks, rest = divmod(ordinal, 7)
    return weeks * 5 + min(rest, 5)


def _nth_weekday(number: int) -> int:
    """Return the ordinal of the weekday with that number."""
    weeks, rest = divmod(number - 1, 5)
    return weeks * 7 + rest + 1


class Days:
    """The days of all published years in arrays, weekends beyond them."""

    __slots__ = (
        *("_first", "_holidays", "_last", "_numbers", "_ordinals", "_workdays"),
        *("half_days", "published"),
    )

    def __init__(self, years: Iterable[YearCalendar]) -> None:
        known = sorted(years, key=lambda year: (year.scope == LOCAL, year.year))
        self.published = frozenset(year.year for year in known if year.scope != LOCAL)
        self._holidays: dict[date, Words] = {}
        self._workdays: dict[date, Words] = {}
        for year in known:
            self._take(year)
        halves = {day: half for year in known for day, half in year.half_days.items()}
        self.half_days = {day: one for day, one in halves.items() if self._is_worked(day)}
        special = self._holidays.keys() | self._workdays.keys()
        ends = [date(year.year, month, day) for year in known for month, day in ((1, 1), (12, 31))]
        self._first = min((*ends, *special), default=date(1, 1, 2)).toordinal()
        self._last = max((*ends, *special), default=date(1, 1, 2)).toordinal()
        self._numbers = array("i", [_weekdays_up_to(self._first - 1)])
        self._ordinals = array("i")
        self._count()

    def _take(self, year: YearCalendar) -> None:
        """Add a year's days; what a local year says of a day stands over the national one."""
        for day, name in year.holidays.items():
            self._workdays.pop(day, None)
            self._holidays[day] = name
        for day, name in year.workdays.items():
            self._holidays.pop(day, None)
            self._workdays[day] = name

    def _count(self) -> None:
        """Give every day of the published years its number."""
        for ordinal in range(self._first, self._last + 1):
            worked = self._is_worked(date.fromordinal(ordinal))
            self._numbers.append(self._numbers[-1] + worked)
            if worked:
                self._ordinals.append(ordinal)

    def _is_worked(self, day: date) -> bool:
        if day in self._workdays:
            return True
        return day not in self._holidays and day.weekday() < 5

    def number(self, day: date) -> int:
        """Return how many workdays there are up to and including `day`."""
        ordinal = day.toordinal()
        if ordinal < self._first:
            return _weekdays_up_to(ordinal)
        if ordinal > self._last:
            beyond = _weekdays_up_to(ordinal) - _weekdays_up_to(self._last)
            return self._numbers[-1] + beyond
        return self._numbers[ordinal - self._first + 1]

    def numbered(self, number: int) -> date:
        """Return the workday with that number."""
        before = self._numbers[0]
        if number <= before:
            return date.fromordinal(_nth_weekday(number))
        if number > self._numbers[-1]:
            beyond = number - self._numbers[-1]
            return date.fromordinal(_nth_weekday(_weekdays_up_to(self._last) + beyond))
        return date.fromordinal(self._ordinals[number - before - 1])

    def is_workday(self, day: date) -> bool:
        """Say whether a day is worked."""
        return self._is_worked(day)

    def add(self, day: date, count: int) -> date:
        """Return the workday `count` workdays after `day` (before it, if negative).

        `day` itself is not counted; with 0, the day itself or the next workday.
        """
        if count > 0:
            return self.numbered(self.number(day) + count)
        number = self.number(day) + (0 if self.is_workday(day) else 1)
        return self.numbered(number + count)

    def name(self, day: date) -> Words | None:
        """Return the holiday that a day is off for, or worked for; None on ordinary days."""
        return self._holidays.get(day) or self._workdays.get(day)

    def all_published(self, first: date, last: date) -> bool:
        """Say whether every year from `first` to `last` has been published."""
        if first.year == last.year:
            return first.year in self.published
        return self.published.issuperset(range(first.year, last.year + 1))

    def closes(self, day: date) -> int | None:
        """Return the minute after midnight at which a half day ends, None on whole days."""
        half = self.half_days.get(day)
        return None if half is None else half.until.hour * 60 + half.until.minute

    def last_published(self) -> int | None:
        """Return the last year whose holidays are known, None without any."""
        return max(self.published, default=None)
