"""Signals out of the journal: who wakes, who is told "done", and what is kept back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from haochaping.clock import FakeClock
from haochaping.journal import Entry, Event, append
from haochaping.store import Store
from haochaping.store.types import micros
from haochaping.web import wakes
from haochaping.web.wakes import DONE, WAKE, JournalSignals, Signal, signal_of

WITHIN = timedelta(minutes=10)


def entry(kind: str, at: datetime, **payload: Any) -> Entry:
    return Entry(1, 0, at, kind, "s", "330106", payload)


def served(clock: FakeClock, ago: timedelta = timedelta(0), **payload: Any) -> Entry:
    plain = {"window_id": 3, "first": True, "served_at_before": None}
    plain["served_at"] = micros(clock.now() - ago)
    return entry(wakes.SERVED, clock.now(), **{**plain, **payload})


def recorded(clock: FakeClock, **payload: Any) -> Entry:
    plain = {"window_id": 3, "channel": "window_device", "grade": 5}
    return entry(wakes.RECORDED, clock.now(), **{**plain, **payload})


def test_a_service_received_just_now_wakes_its_window(clock: FakeClock) -> None:
    assert signal_of(served(clock), clock.now(), WITHIN) == Signal(WAKE, 3)


def test_a_service_that_gets_its_time_later_wakes_its_window_then(clock: FakeClock) -> None:
    assert signal_of(served(clock, first=False), clock.now(), WITHIN) == Signal(WAKE, 3)


@pytest.mark.parametrize("ago", [timedelta(minutes=11), timedelta(minutes=-11)])
def test_a_service_of_another_time_wakes_nobody(clock: FakeClock, ago: timedelta) -> None:
    assert signal_of(served(clock, ago), clock.now(), WITHIN) is None


def test_a_correction_of_a_service_wakes_nobody(clock: FakeClock) -> None:
    corrected = served(clock, first=False, served_at_before=micros(clock.now()))
    assert signal_of(corrected, clock.now(), WITHIN) is None


@pytest.mark.parametrize("payload", [{"served_at": None}, {"window_id": None}])
def test_a_service_under_way_or_without_a_window_wakes_nobody(
    clock: FakeClock, payload: dict[str, Any]
) -> None:
    assert signal_of(served(clock, **payload), clock.now(), WITHIN) is None


def test_the_staff_side_learns_done_after_a_delay_and_nothing_of_the_grade(
    clock: FakeClock,
) -> None:
    found = [signal_of(recorded(clock, grade=grade), clock.now(), WITHIN) for grade in range(1, 6)]
    low, high = wakes.DONE_DELAY_SECONDS
    assert all(one and (one.kind, one.window_id) == (DONE, 3) for one in found)
    assert all(one and low <= one.after < high for one in found)
    assert len({one.after for one in found if one}) > 1


def test_a_rating_by_phone_tells_the_window_nothing(clock: FakeClock) -> None:
    assert signal_of(recorded(clock, channel="qr"), clock.now(), WITHIN) is None


def test_other_events_are_no_signals(clock: FakeClock) -> None:
    assert signal_of(entry("case.opened", clock.now(), window_id=3), clock.now(), WITHIN) is None


def test_only_what_happens_after_the_start_is_forwarded(store: Store, clock: FakeClock) -> None:
    def happen(window_id: int) -> None:
        payload = dict(served(clock, window_id=window_id).payload)
        with store.write() as conn:
            append(conn, [Event(wakes.SERVED, "occurrence:1", payload)], clock.now())

    happen(1)
    signals = JournalSignals(store, clock, lambda: 10)
    assert signals.take() == []
    happen(2)
    happen(3)
    assert [one.window_id for one in signals.take()] == [2, 3]
    assert signals.take() == []


def test_an_empty_journal_is_a_start_too(store: Store, clock: FakeClock) -> None:
    signals = JournalSignals(store, clock, lambda: 10)
    assert signals.take() == []
    assert signals.take() == []
