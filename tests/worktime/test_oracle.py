"""Due dates equal those of a slow reckoning that looks at one day after another."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest

from haochaping.hooks.values import Unit, Words
from haochaping.worktime import Calendar, Deadline
from haochaping.worktime.deadlines import HALL_CLOSING, MIDNIGHT, NEXT_WORKDAY, STAYS
from haochaping.worktime.years import LOCAL, HalfDay, YearCalendar

ONE = timedelta(days=1)
CHINA = timedelta(hours=8)
CLOSING, NOON = time(17), time(12)
NAME = Words("本地")
LOCAL_OFF = (date(2026, 4, 20), date(2026, 10, 10))  # the second is a national make-up day
LOCAL_WORKED = (date(2026, 11, 21),)
HALVES = (date(2026, 2, 13), date(2026, 9, 30))


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    """The published years with a jurisdiction's own days over them."""
    known = Calendar.load()
    local = YearCalendar(
        year=2026,
        document="本地通知",
        number="1号",
        published=date(2026, 1, 5),
        revision=1,
        holidays=dict.fromkeys(LOCAL_OFF, NAME),
        workdays=dict.fromkeys(LOCAL_WORKED, NAME),
        scope=LOCAL,
        half_days={day: HalfDay(NOON, NAME) for day in HALVES},
    )
    return Calendar([*known.years, local], known.rules)


class Slowly:
    """Reads the notices themselves and counts day by day, with nothing computed before."""

    def __init__(self, calendar: Calendar) -> None:
        national = [year for year in calendar.years if year.scope != LOCAL]
        self.off = {day for year in national for day in year.holidays} | set(LOCAL_OFF)
        worked = {day for year in national for day in year.workdays} - set(LOCAL_OFF)
        self.worked = worked | set(LOCAL_WORKED)

    def open(self, day: date) -> bool:
        if day in self.worked:
            return True
        return day.isoweekday() <= 5 and day not in self.off

    def next_open(self, day: date) -> date:
        while not self.open(day):
            day += ONE
        return day

    def due(self, start: datetime, deadline: Deadline) -> tuple[date, datetime]:
        local = start + CHINA
        day = self.day(local.replace(tzinfo=None), deadline)
        if deadline.cut_off == MIDNIGHT:
            end = datetime.combine(day + ONE, time())
        else:
            end = datetime.combine(day, NOON if day in HALVES else CLOSING)
        return day, end.replace(tzinfo=UTC) - CHINA

    def day(self, local: datetime, deadline: Deadline) -> date:
        day = local.date()
        if deadline.unit is Unit.SAME_DAY or deadline.count == 0:
            closes = NOON if day in HALVES else CLOSING
            ended = not self.open(day) or local.time() >= closes
            return self.next_open(day + ONE) if ended else day
        for _ in range(deadline.count):
            day += ONE
            if deadline.unit is Unit.WORKDAY:
                day = self.next_open(day)
        stays = deadline.unit is Unit.CALENDAR_DAY and deadline.holiday_end == STAYS
        return day if stays else self.next_open(day)


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_due_dates_equal_those_counted_day_by_day(calendar: Calendar, count: int) -> None:
    slowly, chance = Slowly(calendar), random.Random(20261116)
    first = datetime(2023, 12, 1, tzinfo=UTC)
    for _ in range(count):
        start = first + timedelta(minutes=chance.randrange(4 * 365 * 24 * 60))
        deadline = Deadline(
            chance.choice((0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 60)),
            chance.choice((Unit.WORKDAY, Unit.CALENDAR_DAY, Unit.SAME_DAY)),
            chance.choice((MIDNIGHT, HALL_CLOSING)),
            chance.choice((NEXT_WORKDAY, STAYS)),
        )
        due = calendar.due(start, deadline)
        assert (due.day, due.moment) == slowly.due(start, deadline), (start, deadline)


def test_local_days_stand_over_the_national_ones(calendar: Calendar) -> None:
    assert not calendar.is_workday(date(2026, 4, 20))
    assert not calendar.is_workday(date(2026, 10, 10))
    assert calendar.is_workday(date(2026, 11, 21))
    assert calendar.published(date(2026, 4, 20))


def test_a_local_year_publishes_nothing() -> None:
    local = YearCalendar(2027, "x", "y", date(2027, 1, 1), 1, {}, {}, LOCAL)
    known = Calendar([*Calendar.load().years, local])
    assert not known.published(date(2027, 3, 1))
    assert known.horizon(datetime(2026, 12, 30, tzinfo=UTC)) == 1


def test_a_half_day_ends_the_day_and_the_working_time_early(calendar: Calendar) -> None:
    whole, half = (datetime(2026, 9, day, 1, tzinfo=UTC) for day in (29, 30))  # 9:00 there
    closing = Deadline(1, Unit.WORKDAY, HALL_CLOSING)
    assert calendar.due(whole, closing).moment == datetime(2026, 9, 30, 4, tzinfo=UTC)
    assert calendar.due(half, Deadline(0, Unit.SAME_DAY)).day == date(2026, 9, 30)
    late = datetime(2026, 9, 30, 5, tzinfo=UTC)  # 13:00: closed already
    assert calendar.due(late, Deadline(0, Unit.SAME_DAY)).day == date(2026, 10, 8)
    left = calendar.remaining(whole, datetime(2026, 9, 30, 16, tzinfo=UTC))
    assert (left.days, left.hours, left.minutes) == (1, 3, 0)
    assert "只上班到 12:00" in calendar.due(whole, closing).lines[-1].words.zh
