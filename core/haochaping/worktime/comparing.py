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
    """A day that is worked before a change and not after it, or the reverse."""

    day: date
    before: bool
    after: bool

    @property
    def words(self) -> Words:
        """The change in words."""
        zh, en = ("放假", "off") if self.before else ("上班", "worked")
        was_zh, was_en = ("上班", "worked") if self.before else ("放假或周末", "off")
        return Words(
            f"{self.day.isoformat()} 原为{was_zh}，改为{zh}",
            f"{self.day.isoformat()} was {was_en}, becomes {en}",
        )


def changes(known: Calendar, new: YearCalendar) -> tuple[Change, ...]:
    """Return the days that would change if `new` came in force instead of the year known."""
    others = [year for year in known.years if year.year != new.year]
    after = Calendar([*others, new], known.rules)
    days = ((day, known.is_workday(day), after.is_workday(day)) for day in _days(new.year))
    return tuple(Change(*each) for each in days if each[1] != each[2])


def _days(year: int) -> Iterator[date]:
    """Yield the days that a year's notice may set: December before it and the year."""
    day = date(year - 1, 12, 1)
    while day.year <= year:
        yield day
        day += timedelta(days=1)
