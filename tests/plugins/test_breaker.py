"""An observer that fails often is left out for a while; its events wait and are not lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from haochaping import hookimpl
from haochaping.clock import FakeClock
from haochaping.hooks.specs import specs
from haochaping.journal import Event, append
from haochaping.journal.observing import NotNow, Observer, deliver, retry_waiting
from haochaping.journal.tables import journal_parked
from haochaping.kit import samples
from haochaping.plugins.breaker import FAILURES, PAUSE, WINDOW, Breaker
from haochaping.store import Store


class Clock:
    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


def test_it_opens_after_many_failures_and_closes_by_itself() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.left == 0.0
        breaker.failed()
    assert breaker.left == PAUSE
    clock.at += PAUSE
    assert breaker.left == 0.0
    breaker.failed()  # the one call that was tried
    assert breaker.left == PAUSE
    clock.at += PAUSE
    breaker.done()
    breaker.failed()
    assert breaker.left == 0.0


def test_failures_far_apart_do_not_open_it_and_a_clock_put_back_ends_the_pause() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(3 * FAILURES):
        breaker.failed()
        clock.at += WINDOW / (FAILURES - 2)
    assert breaker.left == 0.0
    for _ in range(FAILURES):
        breaker.failed()
    assert breaker.left > 0
    clock.at -= 40 * 86_400
    assert breaker.left == 0.0


def test_an_observer_is_left_out_and_its_health_says_so(assemble, make, clock: FakeClock) -> None:
    calls: list[Any] = []

    @hookimpl
    def case_opened(self: Any, event: Any) -> None:
        calls.append(event)
        if len(calls) <= FAILURES:
            raise RuntimeError("away")

    hooks = assemble(make("a", case_opened=case_opened), make("b", case_opened=hookimpl(_quiet)))
    hooks.timed_by(clock)
    event = samples.passed(specs()["case_opened"])["event"]
    for _ in range(FAILURES):
        assert not hooks.observe("case_opened", "a", event=event).paused
    left_out = hooks.observe("case_opened", "a", event=event)
    assert left_out.paused == pytest.approx(PAUSE)
    assert left_out.message == "left out for 60 s after many failures"
    assert len(calls) == FAILURES
    assert hooks.observe("case_opened", "b", event=event) is None
    assert {one.plugin for one in hooks.health() if one.paused} == {"a"}

    clock.advance(timedelta(seconds=PAUSE + 1))
    assert hooks.observe("case_opened", "a", event=event) is None
    assert not [one for one in hooks.health() if one.paused]


def _quiet(self: Any, event: Any) -> None:
    return None


def test_an_event_that_waits_for_a_pause_uses_up_no_attempt(store: Store, clock: FakeClock) -> None:
    paused, taken = [True], []

    def call(entry: Any) -> None:
        if paused[0]:
            raise NotNow("left out", 30)
        taken.append(entry.subject)

    observer = Observer("plugin:x", frozenset({"case.opened"}), call)
    with store.write() as conn:
        append(conn, [Event("case.opened", "case:1")], clock.now())
    deliver(store, clock, observer)
    for _ in range(20):
        clock.advance(timedelta(seconds=31))
        assert retry_waiting(store, clock, observer) == 0
    with store.read() as conn:
        row = conn.execute(select(journal_parked)).one()
    assert (row.state, row.attempts, row.error) == ("waiting", 0, "NotNow: left out")
    paused[0] = False
    clock.advance(timedelta(seconds=31))
    assert retry_waiting(store, clock, observer) == 1
    assert taken == ["case:1"]
