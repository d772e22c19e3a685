"""How much working time is left."""

from __future__ import annotations

import pytest

from haochaping.hooks.values import Unit
from haochaping.worktime import Band, Calendar, Deadline

from .conftest import At


def test_working_time_left_is_told_in_days_and_hours(calendar: Calendar, at: At) -> None:
    left = calendar.remaining(at("2026-11-16 14:00"), at("2026-11-20 00:00"))
    assert (left.days, left.hours, left.minutes) == (3, 3, 0)
    assert left.words.zh == "剩 3 个工作日 3 小时"
    assert left.words.en == "3 workdays 3 hours left"


def test_a_break_at_noon_is_no_working_time(calendar: Calendar, at: At) -> None:
    before = calendar.remaining(at("2026-11-16 12:00"), at("2026-11-16 17:00"))
    after = calendar.remaining(at("2026-11-16 13:30"), at("2026-11-16 17:00"))
    assert (before.hours, before.minutes) == (after.hours, after.minutes) == (3, 30)


def test_holidays_are_no_working_time(calendar: Calendar, at: At) -> None:
    left = calendar.remaining(at("2026-09-30 17:00"), at("2026-10-09 00:00"))
    assert (left.days, left.hours, left.minutes) == (1, 0, 0)


@pytest.mark.parametrize(
    ("now", "band"),
    [
        ("2026-11-20 00:00", Band.OVERDUE),
        ("2026-11-19 23:59", Band.TODAY),
        ("2026-11-19 00:00", Band.TODAY),
        ("2026-11-18 10:00", Band.SOON),
        ("2026-11-17 10:00", Band.SOON),
        ("2026-11-16 10:00", Band.NORMAL),
    ],
)
def test_bands_follow_the_days_left(calendar: Calendar, at: At, now: str, band: Band) -> None:
    left = calendar.remaining(at(now), at("2026-11-20 00:00"))
    assert left.band is band
    assert left.overdue is (band is Band.OVERDUE)
    assert left.band.label.zh


def test_two_workdays_across_a_holiday_are_soon(calendar: Calendar, at: At) -> None:
    assert calendar.remaining(at("2026-09-30 10:00"), at("2026-10-10 00:00")).band is Band.SOON


def test_overdue_time_is_told_as_such(calendar: Calendar, at: At) -> None:
    left = calendar.remaining(at("2026-11-23 10:30"), at("2026-11-20 00:00"))
    assert left.words.zh == "已逾期 1 个工作日 1 小时"
    assert left.words.en == "overdue by 1 workday 1 hour"


def test_overdue_before_any_working_time_has_passed_is_still_overdue(
    calendar: Calendar, at: At
) -> None:
    left = calendar.remaining(at("2026-11-20 00:00"), at("2026-11-20 00:00"))
    assert (left.words.zh, left.words.en) == ("逾期", "Overdue")


def test_after_closing_on_the_last_day_nothing_is_left_but_it_is_not_late(
    calendar: Calendar, at: At
) -> None:
    left = calendar.remaining(at("2026-11-19 20:00"), at("2026-11-20 00:00"))
    assert (left.band, left.words.zh) == (Band.TODAY, "工作时间已过，尚未截止")


def test_a_due_and_its_moment_mean_the_same(calendar: Calendar, at: At) -> None:
    due = calendar.due(at("2026-11-16 10:00"), Deadline(5, Unit.WORKDAY))
    now = at("2026-11-17 10:00")
    assert calendar.remaining(now, due) == calendar.remaining(now, due.moment)
