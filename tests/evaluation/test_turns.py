"""Turns: one works at a time, who waits steps aside, and nobody waits in vain for long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from haochaping.clock import stopwatch
from haochaping.turns import Turns

LONG = 20.0
"""Seconds that no test waits."""


def test_who_has_the_turn_works_alone() -> None:
    turns, inside, most = Turns(LONG), 0, 0

    def work(_: int) -> None:
        nonlocal inside, most
        with turns.taken():
            inside += 1
            most = max(most, inside)
            Event().wait(0.001)
            inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert most == 1


def test_who_steps_aside_lets_another_in_and_takes_the_turn_again() -> None:
    turns, entered, done = Turns(LONG), Event(), Event()

    def other() -> None:
        with turns.taken():
            entered.set()
            done.wait(LONG)

    with ThreadPoolExecutor(1) as pool, turns.taken():
        with turns.aside():
            running = pool.submit(other)
            assert entered.wait(LONG)  # while this thread is within its own block
            done.set()
        running.result(LONG)
        with ThreadPoolExecutor(1) as second:
            entered.clear()
            waiting = second.submit(other)
            assert not entered.wait(0.05)  # the turn is ours again
            with turns.aside():
                waiting.result(LONG)


def test_the_turn_is_manners_and_no_lock() -> None:
    turns, holding, done = Turns(0.02), Event(), Event()

    def slow() -> None:
        with turns.taken():
            holding.set()
            done.wait(LONG)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(slow)
        assert holding.wait(LONG)
        started = stopwatch()
        with turns.taken(), turns.aside():
            pass
        assert stopwatch() - started < LONG
        assert not running.done()
        done.set()
        running.result(LONG)
    with turns.taken():  # who went on without it gave nothing back that was not theirs
        assert not turns._free.acquire(blocking=False)


def test_a_fault_gives_the_turn_back() -> None:
    turns = Turns(LONG)
    with pytest.raises(KeyError), turns.taken(), turns.aside():
        raise KeyError
    with turns.taken():
        pass


def test_who_takes_no_part_is_not_held_up() -> None:
    turns = Turns(LONG)
    with turns.taken(), ThreadPoolExecutor(1) as pool:

        def apart() -> None:
            with turns.aside():
                pass

        pool.submit(apart).result(1.0)
