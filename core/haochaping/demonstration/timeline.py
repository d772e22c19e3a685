"""Past days replayed in order: actions at their moments, under a clock that is moved."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

from haochaping.clock import FakeClock

Action = Callable[[], object]


class Timeline:
    """Actions by moment; an action may add further ones, those after the end never run."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._order = count()
        self._waiting: list[tuple[datetime, int, Action]] = []

    def at(self, moment: datetime, action: Action) -> None:
        """Have something done at a moment; in the order of adding where moments are equal."""
        heapq.heappush(self._waiting, (moment, next(self._order), action))

    def run(self, end: datetime) -> int:
        """Do everything up to `end` and set the clock to it; return how much was done."""
        done = 0
        while self._waiting and self._waiting[0][0] <= end:
            moment, _, action = heapq.heappop(self._waiting)
            self._clock.set(moment)
            action()
            done += 1
        self._clock.set(end)
        return done
