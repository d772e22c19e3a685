"""What a new calendar of a year would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from haochaping.hooks.values import Words
from haochaping.worktime.calendar import Calendar
from haochaping.worktime.years import YearCalendar


@dataclass(frozen=True, slots=True)
class Change:
    """A day that is worked before a change and not after it, or the reverse, or ends early.

    `until_before` and `until_after` are the local times at which a half day ends, else empty.
    """

    day: date
    before: bool
    after: bool
    until_before: str = ""
    until_after: str = ""

    @property
    def words(self) -> Words:
        """The change in words."""
        was, becomes = (
            _said(self.before, self.until_before, "放假或周末"),
            _said(self.after, self.until_after, "放假"),
        )
        return Words(
            f"{self.day.isoformat()} 原为{was.zh}，改为{becomes.zh}",
            f"{self.day.isoformat()} was {was.en}, becomes {becomes.en}",
        )


def _said(worked: bool, until: str, off: str) -> Words:
    if not worked:
        return Words(off, "off")
    return Words(f"上班到 {until}", f"worked until {until}") if until else Words("上班", "worked")


def changes(known: Calendar, new: YearCalendar) -> tuple[Change, ...]:
    """Return the days that would change if `new` came in force instead of the year known."""
    others = [year for year in known.years if (year.year, year.scope) != (new.year, new.scope)]
    after = Calendar([*others, new], known.rules)
    days = ((day, _open(known, day), _open(after, day)) for day in _days(new.year))
    return tuple(
        Change(day, before[0], then[0], before[1], then[1])
        for day, before, then in days
        if before != then
    )


def _open(known: Calendar, day: date) -> tuple[bool, str]:
    """Return whether a day is worked, and until when if it ends early."""
    half = known.days.half_days.get(day)
    return known.is_workday(day), "" if half is None else f"{half.until:%H:%M}"


def _days(year: int) -> Iterator[date]:
    """Yield the days that a year's notice may set: December before it and the year."""
    day = date(year - 1, 12, 1)
    while day.year <= year:
        yield day
        day += timedelta(days=1)
