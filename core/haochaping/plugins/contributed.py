"""Calling what plugins contributed as code: pages, resources and jobs, each behind a breaker.

They run much later than the hook that named them, one by one and for one caller only. What
fails again and again is left out for a while, so that it costs nobody else time or connections;
it is counted and shown like a hook.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from haochaping.clock import stopwatch
from haochaping.containment import Result, contained
from haochaping.plugins.answers import described
from haochaping.plugins.breaker import Breaker, Seconds
from haochaping.plugins.health import HookHealth, Meters
from haochaping.problems import Problem

T = TypeVar("T")

FIRST: Final = 0
"""The place of the one implementation that each meter counts."""


class LeftOut(Exception):
    """What was asked for is left out for some seconds, after many failures."""

    def __init__(self, left: float) -> None:
        self.left = left
        super().__init__(f"left out for {left:.0f} s after many failures")


class Contributed:
    """The calls of what plugins contributed, from any thread."""

    def __init__(self) -> None:
        self._seconds: Seconds = stopwatch
        self._lock = threading.Lock()
        self._counted: dict[tuple[str, str], _Counted] = {}

    def call(self, plugin: str, name: str, act: Callable[[], T]) -> Result[T]:
        """Run `act`, a plugin's page or job called `name`, unless it is left out just now.

        Never raises: the result's error is what it raised, or LeftOut. A Problem is no failure:
        it refuses in words, or says that the database is away.
        """
        counted = self._of(plugin, name)
        left = counted.breaker.left
        if left:
            return Result(name, None, LeftOut(left), 0.0)
        started = stopwatch()
        result = contained(name, act)
        counted.meters.record([started, started + result.seconds])
        if result.error is None or isinstance(result.error, Problem):
            counted.breaker.done()
        else:
            counted.meters.failed(FIRST, described(result.error))
            counted.breaker.failed()
        return result

    def timed_by(self, seconds: Seconds) -> None:
        """Count pauses by another clock from now on."""
        with self._lock:
            self._seconds = seconds
            for counted in self._counted.values():
                counted.breaker.timed_by(seconds)

    def health(self) -> tuple[HookHealth, ...]:
        """Return the counts of everything that was called since the start."""
        with self._lock:
            known = tuple(self._counted.values())
        return tuple(
            replace(reading, paused=counted.breaker.left)
            for counted in known
            for reading in counted.meters.readings()
        )

    def _of(self, plugin: str, name: str) -> _Counted:
        found = self._counted.get((plugin, name))
        if found is None:
            with self._lock:
                made = _Counted(plugin, name, self._seconds)
                found = self._counted.setdefault((plugin, name), made)
        return found


class _Counted:
    """One page, resource or job: its counts and its breaker."""

    def __init__(self, plugin: str, name: str, seconds: Seconds) -> None:
        self.meters = Meters(name, (plugin,))
        self.breaker = Breaker(seconds, in_a_row=True)
