"""One due date from the precomputed calendar, beside stepping day by day (B13).

    python benchmarks/due.py

The baseline asks chinesecalendar about every day until enough working days have passed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from chinese_calendar import is_workday
from paired import Way, compare

from haochaping.hooks.values import Unit
from haochaping.worktime import Calendar, Deadline

STARTS = [datetime(2026, 1, 5, 2, tzinfo=UTC) + timedelta(days=3 * step) for step in range(100)]
COUNT = 15
ROUNDS = 20


def stepped(start: date) -> date:
    """Return the due day by looking at one day after another."""
    day, left = start, COUNT
    while left:
        day += timedelta(days=1)
        left -= is_workday(day)
    return day


def main() -> None:
    """Check that both agree, measure and print."""
    calendar, deadline = Calendar.load(), Deadline(COUNT, Unit.WORKDAY)
    for start in STARTS:
        if calendar.due(start, deadline).day != stepped(calendar.local_day(start)):
            raise SystemExit(f"the two disagree about {start}")
    days = [calendar.local_day(start) for start in STARTS]
    compare(
        f"due date {COUNT} working days on, {len(STARTS)} starts",
        Way("chinesecalendar, day by day", lambda: [stepped(one) for one in days], len(days)),
        Way("calendar.due", lambda: _due(calendar, deadline), len(STARTS) * ROUNDS),
        most=1 / 100,
    )


def _due(calendar: Calendar, deadline: Deadline) -> None:
    for _ in range(ROUNDS):
        for start in STARTS:
            calendar.due(start, deadline)


if __name__ == "__main__":
    main()
