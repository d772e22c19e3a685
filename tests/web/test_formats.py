"""Dates and numbers as people read them, in the time of Shanghai."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from haochaping.web import formats
from tests.web.bare import bare_app

LATE = datetime(2026, 11, 16, 17, 5, tzinfo=UTC)
"""Five past one in the morning of the 17th in Shanghai."""


@pytest.fixture(params=["zh_Hans_CN", "en"])
def reading(request: pytest.FixtureRequest) -> Iterator[str]:
    with bare_app().test_request_context(f"/?lang={request.param}"):
        yield request.param


def test_a_moment_is_shown_in_local_time(reading: str) -> None:
    expected = {"zh_Hans_CN": "2026年11月17日 01:05", "en": "17 November 2026, 01:05"}
    assert formats.moment(LATE) == expected[reading]


def test_a_bound_at_midnight_is_the_end_of_the_day_before(reading: str) -> None:
    expected = {"zh_Hans_CN": "2026年11月26日 24:00", "en": "the end of 26 November 2026"}
    assert formats.bound(datetime(2026, 11, 26, 16, tzinfo=UTC)) == expected[reading]


def test_any_other_bound_is_a_moment(reading: str) -> None:
    assert formats.bound(LATE) == formats.moment(LATE)
    assert formats.bound(None) == ""


def test_the_day_of_a_moment_is_the_local_one(reading: str) -> None:
    expected = {"zh_Hans_CN": "2026年11月17日", "en": "17 November 2026"}
    assert formats.day(LATE) == expected[reading]


def test_a_plain_day_is_taken_as_it_is(reading: str) -> None:
    expected = {"zh_Hans_CN": "2026年2月3日", "en": "3 February 2026"}
    assert formats.day(date(2026, 2, 3)) == expected[reading]


def test_months_and_times_of_day(reading: str) -> None:
    expected = {"zh_Hans_CN": "2026年11月", "en": "November 2026"}
    assert (formats.month(LATE), formats.clock_time(LATE)) == (expected[reading], "01:05")


def test_nothing_is_shown_for_what_has_not_happened(reading: str) -> None:
    assert formats.moment(None) == formats.day(None) == ""


def test_figures_have_separators_and_fixed_decimals(reading: str) -> None:
    assert formats.number(13879360) == "13,879,360"
    assert formats.number(Decimal("9.9920"), 3) == "9.992"
    assert formats.percent(Decimal("0.0000947"), 5) == "0.00947%"


def test_a_ratio_over_nothing_is_a_dash(reading: str) -> None:
    assert formats.percent(None) == "—"
