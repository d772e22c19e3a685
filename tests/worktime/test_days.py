"""Which days are worked."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haochaping.worktime import Calendar

CALENDAR = Calendar.load()
DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_of_a_shipped_year_is_as_the_reference_says(
    calendar: Calendar, year: int
) -> None:
    days = [date(year, 1, 1) + timedelta(days=each) for each in range(366)]
    differing = [
        day
        for day in days
        if day.year == year and calendar.is_workday(day) != chinese_calendar.is_workday(day)
    ]
    assert differing == []


def test_the_shipped_years_name_their_notices(calendar: Calendar) -> None:
    assert [(year.year, year.number) for year in calendar.years] == [
        (2024, "国办发明电〔2023〕7号"),
        (2025, "国办发明电〔2024〕12号"),
        (2026, "国办发明电〔2025〕7号"),
    ]
    assert calendar.problems == ()


@given(day=DAYS)
def test_workdays_are_numbered_one_after_the_other(day: date) -> None:
    before = CALENDAR.days.number(day - timedelta(days=1))
    assert CALENDAR.days.number(day) - before == CALENDAR.is_workday(day)


@given(day=DAYS)
def test_the_number_of_a_workday_leads_back_to_it(day: date) -> None:
    if CALENDAR.is_workday(day):
        assert CALENDAR.days.numbered(CALENDAR.days.number(day)) == day


@given(day=DAYS, count=st.integers(1, 800))
def test_adding_workdays_and_counting_between_agree(day: date, count: int) -> None:
    assert CALENDAR.workdays_between(day, CALENDAR.add_workdays(day, count)) == count


def test_workdays_can_be_counted_backwards(calendar: Calendar) -> None:
    assert calendar.add_workdays(date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert calendar.add_workdays(date(2026, 10, 3), -1) == date(2026, 9, 30)


def test_adding_nothing_moves_a_holiday_to_the_next_workday(calendar: Calendar) -> None:
    assert calendar.add_workdays(date(2026, 10, 3), 0) == date(2026, 10, 8)
    assert calendar.add_workdays(date(2026, 10, 8), 0) == date(2026, 10, 8)


def test_the_last_published_year_gives_the_horizon(calendar: Calendar, at: object) -> None:
    assert calendar.published(date(2026, 12, 31))
    assert not calendar.published(date(2027, 1, 1))
    assert callable(at)
    assert calendar.horizon(at("2026-12-01 10:00")) == 30
    assert calendar.horizon_near(at("2026-12-01 10:00"))
    assert not calendar.horizon_near(at("2026-11-01 10:00"))
    assert Calendar([]).horizon_near(at("2026-11-01 10:00"))


def test_a_year_missing_in_the_middle_counts_weekends_and_is_provisional(
    calendar: Calendar,
) -> None:
    holed = Calendar([year for year in calendar.years if year.year != 2025])
    assert holed.is_workday(date(2025, 10, 1))
    assert not holed.is_workday(date(2026, 10, 1))
    assert not holed.days.all_published(date(2024, 12, 1), date(2026, 1, 5))


def test_the_version_changes_with_the_days(calendar: Calendar) -> None:
    assert calendar.version == Calendar.load().version
    assert calendar.version != Calendar(calendar.years[:-1]).version
