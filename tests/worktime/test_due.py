"""When something is due, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haochaping.hooks.rectification import PlanStep
from haochaping.hooks.values import Duration, Unit
from haochaping.worktime import Calendar, Deadline

from .conftest import At

CALENDAR = Calendar.load()


@pytest.mark.parametrize(
    ("received", "count", "due"),
    [
        ("2025-09-26", 1, "2025-09-28"),
        ("2025-09-30", 5, "2025-10-14"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-09-24", 15, "2026-10-22"),
    ],
)
def test_workdays_skip_holidays_and_count_make_up_days(
    calendar: Calendar, at: At, received: str, count: int, due: str
) -> None:
    answer = calendar.due(at(f"{received} 10:00"), Deadline(count, Unit.WORKDAY))
    assert (answer.day.isoformat(), answer.provisional) == (due, False)


def test_the_last_day_ends_at_midnight_as_an_exclusive_bound_in_utc(
    calendar: Calendar, at: At
) -> None:
    answer = calendar.due(at("2026-09-24 10:00"), Deadline(15, Unit.WORKDAY))
    assert answer.moment == datetime(2026, 10, 22, 16, 0, tzinfo=UTC)


def test_the_last_day_ends_when_the_hall_closes(calendar: Calendar, at: At) -> None:
    answer = calendar.due(at("2026-09-24 10:00"), Deadline(15, Unit.WORKDAY, "hall_closing"))
    assert answer.moment == at("2026-10-22 17:00")


def test_a_hall_has_its_own_closing_time(calendar: Calendar, at: At) -> None:
    hall = calendar.with_hours([(time(8, 30), time(18, 30))])
    answer = hall.due(at("2026-11-16 10:00"), Deadline(1, Unit.WORKDAY, "hall_closing"))
    assert answer.moment == at("2026-11-17 18:30")
    assert calendar.with_hours([]) is calendar


def test_the_start_day_is_not_counted_even_at_its_first_moment(calendar: Calendar, at: At) -> None:
    for moment in ("2026-11-16 00:00", "2026-11-16 23:59"):
        assert calendar.due(at(moment), Deadline(1, Unit.WORKDAY)).day == date(2026, 11, 17)


def test_the_local_day_decides_not_the_day_in_utc(calendar: Calendar) -> None:
    late_in_utc = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)
    assert calendar.due(late_in_utc, Deadline(1, Unit.WORKDAY)).day == date(2026, 11, 18)


def test_a_deadline_that_starts_on_a_holiday_counts_from_the_next_workday(
    calendar: Calendar, at: At
) -> None:
    assert calendar.due(at("2026-10-03 10:00"), Deadline(1, Unit.WORKDAY)).day == date(2026, 10, 8)


def test_calendar_days_count_holidays_too(calendar: Calendar, at: At) -> None:
    answer = calendar.due(at("2026-09-24 10:00"), Deadline(15, Unit.CALENDAR_DAY))
    assert answer.day == date(2026, 10, 9)


def test_a_last_day_on_a_holiday_moves_on_or_stays_as_the_rule_says(
    calendar: Calendar, at: At
) -> None:
    start = at("2026-09-24 10:00")
    assert calendar.due(start, Deadline(10, Unit.CALENDAR_DAY)).day == date(2026, 10, 8)
    stays = Deadline(10, Unit.CALENDAR_DAY, holiday_end="stays")
    assert calendar.due(start, stays).day == date(2026, 10, 4)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-16 07:00", "2026-11-16"),
        ("2026-11-16 12:30", "2026-11-16"),
        ("2026-11-16 16:59", "2026-11-16"),
        ("2026-11-16 17:00", "2026-11-17"),
        ("2026-11-21 10:00", "2026-11-23"),
        ("2026-09-30 17:30", "2026-10-08"),
        ("2026-10-10 10:00", "2026-10-10"),
    ],
)
def test_the_same_day_outside_opening_hours_is_the_next_opening_day(
    calendar: Calendar, at: At, received: str, due: str
) -> None:
    answer = calendar.due(at(received), Deadline(0, Unit.SAME_DAY))
    assert answer.day.isoformat() == due
    assert answer.lines[-1].counted


def test_a_date_beyond_the_last_published_year_is_provisional(calendar: Calendar, at: At) -> None:
    answer = calendar.due(at("2026-12-30 10:00"), Deadline(3, Unit.WORKDAY))
    assert (answer.day, answer.provisional) == (date(2027, 1, 4), True)


def test_a_date_just_within_the_last_published_year_is_not(calendar: Calendar, at: At) -> None:
    answer = calendar.due(at("2026-12-30 10:00"), Deadline(1, Unit.WORKDAY))
    assert (answer.day, answer.provisional) == (date(2026, 12, 31), False)


def test_a_date_that_no_calendar_can_change_is_never_provisional(
    calendar: Calendar, at: At
) -> None:
    stays = Deadline(15, Unit.CALENDAR_DAY, holiday_end="stays")
    assert calendar.due(at("2026-12-30 10:00"), stays).provisional is False
    moves = Deadline(15, Unit.CALENDAR_DAY)
    assert calendar.due(at("2026-12-30 10:00"), moves).provisional is True


def test_without_any_calendar_weekends_are_off_and_all_is_provisional(at: At) -> None:
    answer = Calendar([]).due(at("2026-09-30 10:00"), Deadline(2, Unit.WORKDAY))
    assert (answer.day, answer.provisional) == (date(2026, 10, 2), True)


def test_every_day_on_the_way_is_explained(calendar: Calendar, at: At) -> None:
    lines = calendar.due(at("2026-09-24 10:00"), Deadline(6, Unit.WORKDAY)).lines
    said = {line.day.isoformat()[5:]: (line.counted, line.words.zh) for line in lines}
    assert len(said) == 17
    assert said["09-24"] == (False, "2026-09-24（周四），起算事件当日，不计")
    assert said["09-25"] == (False, "2026-09-25（周五），中秋节放假，不计")
    assert said["09-28"] == (True, "2026-09-28（周一），第 1 个工作日")
    assert said["10-10"] == (True, "2026-10-10（周六），国庆节调休上班，第 6 个工作日，24:00 截止")


def test_the_explanation_is_there_in_english(calendar: Calendar, at: At) -> None:
    lines = calendar.due(at("2026-10-09 10:00"), Deadline(2, Unit.WORKDAY)).lines
    assert [line.words.en for line in lines] == [
        "2026-10-09 (Fri), the day of the start event, not counted",
        "2026-10-10 (Sat), worked for National Day, workday 1",
        "2026-10-11 (Sun), weekend, not counted",
        "2026-10-12 (Mon), workday 2, ends at 24:00",
    ]


def test_a_moved_end_is_explained(calendar: Calendar, at: At) -> None:
    lines = calendar.due(at("2026-11-13 10:00"), Deadline(1, Unit.CALENDAR_DAY)).lines
    assert [line.words.zh for line in lines[1:]] == [
        "2026-11-14（周六），第 1 天，周末，期限末日不上班，顺延",
        "2026-11-15（周日），周末，不计",
        "2026-11-16（周一），顺延后的末日，24:00 截止",
    ]


def test_an_end_that_stays_is_explained(calendar: Calendar, at: At) -> None:
    stays = Deadline(1, Unit.CALENDAR_DAY, "hall_closing", "stays")
    lines = calendar.due(at("2026-11-13 10:00"), stays).lines
    assert lines[-1].words.zh.endswith("周末，期限末日不顺延，大厅下班时截止")


def test_a_day_of_an_unpublished_year_says_so(calendar: Calendar, at: At) -> None:
    lines = calendar.due(at("2026-12-31 10:00"), Deadline(1, Unit.WORKDAY)).lines
    assert "2027 年放假安排未公布" in lines[-1].words.zh


def test_as_many_days_are_counted_as_the_rule_says(calendar: Calendar, at: At) -> None:
    for unit in (Unit.WORKDAY, Unit.CALENDAR_DAY):
        lines = calendar.due(at("2026-09-24 10:00"), Deadline(20, unit)).lines
        assert sum(line.counted for line in lines) == 20


def test_a_deadline_is_made_of_a_plans_step_or_a_plain_duration() -> None:
    step = PlanStep("reply", Duration(5, Unit.WORKDAY), "opened", "hall_closing", "stays")
    assert Deadline.of_step(step) == Deadline(5, Unit.WORKDAY, "hall_closing", "stays")
    assert Deadline.of_duration(Duration(0, Unit.SAME_DAY)) == Deadline(0, Unit.SAME_DAY)


def test_a_negative_deadline_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="negative"):
        Deadline(-1, Unit.WORKDAY)


@given(
    start=st.datetimes(datetime(2023, 6, 1), datetime(2028, 6, 1), timezones=st.just(UTC)),
    count=st.integers(1, 400),
)
def test_the_array_gives_what_stepping_day_by_day_gives(start: datetime, count: int) -> None:
    answer = CALENDAR.due(start, Deadline(count, Unit.WORKDAY))
    counted = [line.day for line in answer.lines if line.counted]
    assert len(counted) == count
    assert counted[-1] == answer.day
    assert all(CALENDAR.is_workday(day) for day in counted)
    assert answer.moment > start
