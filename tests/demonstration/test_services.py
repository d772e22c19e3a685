"""Services are drawn for working hours, counters and invented applicants."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from haochaping.catalog.pushes import parse_push
from haochaping.demonstration.chance import Chance
from haochaping.demonstration.places import Counter, Offer
from haochaping.demonstration.services import Almanac, Life, applicant, push_body
from haochaping.hooks.values import Words

DAY = date(2026, 11, 16)
ZONE = ZoneInfo("Asia/Shanghai")
COUNTERS = tuple(
    Counter("H1", f"0{n}", n, Words(f"{n}号窗口"), (f"S{n}",), (Offer("I-1", "O-1"),))
    for n in range(1, 4)
)


@pytest.fixture
def almanac() -> Almanac:
    return Almanac(Chance("seed"), COUNTERS, ZONE)


def test_a_day_is_the_same_in_every_run(almanac: Almanac):
    again = Almanac(Chance("seed"), COUNTERS, ZONE)
    assert list(almanac.of_day(DAY, 20)) == list(again.of_day(DAY, 20))


def test_services_lie_before_their_push_and_on_their_day(almanac: Almanac):
    for one in almanac.of_day(DAY, 50):
        assert one.served_at < one.pushed_at
        assert one.served_at.astimezone(ZONE).date() == DAY


def test_case_numbers_are_unique(almanac: Almanac):
    numbers = [one.case_no for one in almanac.of_day(DAY, 100, ["late"])]
    assert len(set(numbers)) == 101


def test_a_fate_is_given_to_a_service_of_its_own(almanac: Almanac):
    assert [one.fate for one in almanac.of_day(DAY, 2, ["late"])] == ["", "", "late"]


def test_the_last_days_are_busier(almanac: Almanac):
    today = date(2026, 11, 20)
    assert almanac.count(DAY, today) >= Life().busy[0]
    assert almanac.count(date(2026, 3, 2), today) <= Life().quiet[1]


def test_a_life_begins_with_the_first_day_of_its_first_month():
    days = list(Life(months=12).days_until(date(2026, 11, 20)))
    assert (days[0], days[-1]) == (date(2025, 11, 1), date(2026, 11, 20))
    assert next(Life(months=1).days_until(date(2026, 1, 5))) == date(2025, 12, 1)


def test_the_body_is_one_that_a_push_accepts(almanac: Almanac):
    services = list(almanac.of_day(DAY, 5))
    assert len(parse_push(push_body(services))) == 5
    assert parse_push(push_body(services, named=False))[0].applicant is None


def test_identity_numbers_are_invented_and_have_a_right_check_digit():
    for number in range(1, 430):
        text = applicant(number)["certificate_no"]
        assert text.startswith("990000")
        assert len(text) == 18
        value = sum(int(d, 11 if d == "X" else 10) * 2 ** (17 - n) for n, d in enumerate(text[:17]))
        last = 10 if text[17] == "X" else int(text[17])
        assert (value + last) % 11 == 1
