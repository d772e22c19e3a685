"""Each signal by itself, and all of them over a made-up day (never a figure of the field)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from haochaping.hooks.values import OccurrenceKey
from haochaping.integrity.facts import Fact
from haochaping.integrity.rules import thresholds
from haochaping.integrity.signals import (
    DETECTORS,
    NAMES,
    detect,
    fixed_offset,
    identical_runs,
    no_applicant,
    one_source,
    own_device,
    self_rating,
)

from .day import MORNING, make

LIMITS = thresholds()


def fact(number: int = 1, seconds: float = 60, **changes: object) -> Fact:
    served = MORNING + timedelta(seconds=600 * number)
    plain = Fact(
        key=OccurrenceKey("990000", 202611, number), organization_id=1, hall_id=1, staff_id=7,
        stage="application", grade=5, channel="qr", rater=f"p{number}", applicant=True,
        served_at=served, received_at=served + timedelta(seconds=seconds), source="phone",
        device=f"d{number}", network=f"n{number}",
    )  # fmt: skip
    return replace(plain, **changes)


def about(detector, facts: list[Fact]) -> dict[str, int]:
    return {one.about: len(one.facts) for one in detector(facts, LIMITS)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_planted_cases_of_a_made_up_day_are_found_and_few_others(seed: int) -> None:
    day = make(seed)
    flagged = {one.key for found in detect(day.facts, LIMITS) for one in found.facts}
    planted = day.all_planted
    clean = {one.key for one in day.facts} - planted
    assert 0.028 <= len(planted) / len(day.facts) <= 0.032
    assert len(flagged & planted) / len(planted) >= 0.95
    assert len(flagged & clean) / len(clean) <= 0.005


@pytest.mark.parametrize("kind", ["own_phone", "burst", "one_phone", "oneself", "nobody", "robot"])
def test_every_kind_that_was_planted_is_found(kind: str) -> None:
    day = make(4)
    flagged = {one.key for found in detect(day.facts, LIMITS) for one in found.facts}
    assert len(flagged & day.planted[kind]) / len(day.planted[kind]) >= 0.9


def test_a_day_without_ratings_has_no_signals() -> None:
    assert detect([], LIMITS) == ()


def test_a_rating_at_once_on_a_device_that_staff_signed_in_with() -> None:
    assert about(own_device, [fact(seconds=5, device_staff=frozenset({7}))]) == {"staff:7": 1}


def test_a_rating_at_once_on_the_visitors_own_phone_is_no_signal() -> None:
    assert about(own_device, [fact(n, seconds=5) for n in range(1, 9)]) == {}


def test_a_rating_some_time_later_on_a_staff_device_is_no_signal() -> None:
    assert about(own_device, [fact(seconds=600, device_staff=frozenset({7}))]) == {}


@pytest.mark.parametrize("source", ["window_device", "kiosk", "hall_wifi", "helper", ""])
def test_shared_devices_are_exempt_from_the_one_device_rule(source: str) -> None:
    many = [fact(n, device="same", network="same", source=source) for n in range(1, 40)]
    assert about(one_source, many) == {}
    assert about(own_device, [replace(one, received_at=one.served_at) for one in many]) == {}


def test_one_phone_that_rates_for_five_is_a_signal_and_for_four_is_not() -> None:
    family = [fact(n, device="same") for n in range(1, 5)]
    assert about(one_source, family) == {}
    assert about(one_source, [*family, fact(5, device="same")]) == {"device:same": 5}


def test_one_person_who_rates_many_services_is_no_crowd() -> None:
    assert about(one_source, [fact(n, device="same", rater="p") for n in range(1, 20)]) == {}


def test_a_carriers_network_is_a_signal_only_when_it_rates_one_staff_member() -> None:
    crowd = [fact(n, network="carrier") for n in range(1, 14)]
    assert about(one_source, crowd) == {"network:carrier": 13}
    spread = [replace(one, staff_id=one.key.id) for one in crowd]
    assert about(one_source, spread) == {}


def test_many_fives_over_a_day_are_no_run() -> None:
    assert about(identical_runs, [fact(n) for n in range(1, 60)]) == {}


def test_eight_fives_within_a_minute_are_a_run() -> None:
    burst = [fact(n, received_at=MORNING + timedelta(seconds=6 * n)) for n in range(1, 9)]
    assert about(identical_runs, burst) == {"staff:7": 8}
    assert about(identical_runs, burst[:7]) == {}


def test_a_rare_grade_many_times_in_a_row_is_a_run() -> None:
    others = [fact(n + 100, staff_id=8) for n in range(200)]
    assert about(identical_runs, [*others, *(fact(n, grade=1) for n in range(1, 9))]) == {
        "staff:7": 8
    }


def test_staff_who_rate_themselves_are_a_signal_and_colleagues_are_not() -> None:
    facts = [fact(1, staff_rater=7), fact(2, staff_rater=8)]
    assert about(self_rating, facts) == {"staff:7": 1}


def test_services_without_applicant_are_a_signal_when_there_are_many() -> None:
    bare = [fact(n, applicant=False) for n in range(1, 6)]
    assert about(no_applicant, bare) == {"staff:7": 5}
    assert about(no_applicant, bare[:4]) == {}
    assert about(no_applicant, [replace(one, stage="consultation") for one in bare]) == {}
    assert about(no_applicant, [*bare, *(fact(n) for n in range(10, 70))]) == {}


def test_ratings_at_a_fixed_time_after_the_service_are_a_signal() -> None:
    robot = [fact(n, seconds=300 + n / 10) for n in range(1, 7)]
    assert about(fixed_offset, robot) == {"staff:7:qr:5": 6}
    assert about(fixed_offset, [fact(n, seconds=300 + 5 * n) for n in range(1, 40)]) == {}


def test_every_signal_has_a_name() -> None:
    day = make(5)
    assert {one.signal for one in detect(day.facts, LIMITS)} <= set(NAMES)
    assert len(DETECTORS) == 6
