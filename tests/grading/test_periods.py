"""Periods are written as people write them and counted in local days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from haochaping.grading import periods


def test_a_month_is_a_closed_range_of_days():
    month = periods.parse("2026-11")
    assert (month.first, month.last) == (date(2026, 11, 1), date(2026, 11, 30))


def test_a_february_knows_leap_years():
    assert periods.parse("2028-02").last == date(2028, 2, 29)


def test_a_day_and_a_year_are_periods():
    assert periods.parse("2026-11-22").first == periods.parse("2026-11-22").last
    assert periods.parse("2026").last == date(2026, 12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2026-13",
        "2026-02-30",
        "26-11",
        "November",
        "",
        "0000",
        "2026-1",
        "9999-12",
        "1999",
        "2101-01",
        "２０２６",
    ],
)
def test_what_is_no_period_is_refused_with_an_example(text):
    with pytest.raises(periods.UnknownPeriod) as refused:
        periods.parse(text)
    assert "2026-11-22" in refused.value.detail.en


def test_a_year_is_read_as_twelve_months():
    span = periods.span(periods.parse("2026"))
    assert span.keys == tuple(f"2026-{month:02}" for month in range(1, 13))


def test_a_day_is_read_as_itself():
    assert periods.span(periods.parse("2026-11-01")).keys == ("2026-11-01",)


def test_an_odd_range_is_read_as_months_and_days():
    odd = periods.Period("odd", date(2026, 10, 30), date(2026, 12, 2))
    assert periods.span(odd).keys == (
        "2026-10-30", "2026-10-31", "2026-11", "2026-12-01", "2026-12-02",
    )  # fmt: skip


def test_months_are_counted_back_across_a_year():
    months = periods.months_until(periods.parse("2026-02"), 3)
    assert [month.name for month in months] == ["2025-12", "2026-01", "2026-02"]


def test_an_evening_in_utc_is_the_next_local_day():
    moment = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
    assert periods.local_day(moment, "Asia/Shanghai") == date(2026, 11, 17)


def test_everything_reaches_from_the_oldest_month_to_today():
    span = periods.everything("2026-09-30", date(2026, 11, 16))
    assert span.keys == ("2026-09", "2026-10", "2026-11")


def test_only_whole_months_are_months():
    assert periods.is_month(periods.parse("2026-11"))
    assert not periods.is_month(periods.parse("2026-11-22"))
