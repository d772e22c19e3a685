"""Past moments are lived through in order."""

from __future__ import annotations

from datetime import timedelta

from haochaping.clock import FakeClock
from haochaping.demonstration.timeline import Timeline

HOUR = timedelta(hours=1)


def test_actions_happen_in_the_order_of_their_moments(clock: FakeClock):
    start, seen = clock.now(), []
    line = Timeline(clock)
    line.at(start + 2 * HOUR, lambda: seen.append(("second", clock.now())))
    line.at(start + HOUR, lambda: seen.append(("first", clock.now())))
    assert line.run(start + 3 * HOUR) == 2
    assert seen == [("first", start + HOUR), ("second", start + 2 * HOUR)]
    assert clock.now() == start + 3 * HOUR


def test_an_action_may_add_further_ones(clock: FakeClock):
    start, seen = clock.now(), []
    line = Timeline(clock)
    line.at(start, lambda: line.at(start + HOUR, lambda: seen.append("later")))
    line.run(start + 2 * HOUR)
    assert seen == ["later"]


def test_what_lies_in_the_future_does_not_happen(clock: FakeClock):
    seen: list[str] = []
    line = Timeline(clock)
    line.at(clock.now() + 2 * HOUR, lambda: seen.append("never"))
    line.run(clock.now() + HOUR)
    assert seen == []


def test_equal_moments_keep_the_order_of_adding(clock: FakeClock):
    seen: list[int] = []
    line = Timeline(clock)
    for number in range(5):
        line.at(clock.now(), lambda number=number: seen.append(number))
    line.run(clock.now())
    assert seen == [0, 1, 2, 3, 4]
