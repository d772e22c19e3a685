"""Counting calls, failures and time per plugin and hook, cheaply and from many threads."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from operator import sub
from typing import Final

BATCH: Final = 64
"""Calls that are noted before they are added up: adding up many at once is cheap."""


PLACES: Final = 28
"""Places of the spread of times: up to two minutes."""
NOBODY: Final = (0,) * PLACES


@dataclass(frozen=True, slots=True)
class HookHealth:
    """How one plugin's implementation of one hook has done since the start.

    `seconds` is the time of all calls, `longest` that of the slowest one.
    `last_error` says what failed last and where, without any of the data passed.
    """

    plugin: str
    hook: str
    calls: int = 0
    failures: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    last_error: str = ""
    spread: tuple[int, ...] = NOBODY
    """Calls by time: place `n` counts those of less than 2**n microseconds."""
    paused: float = 0.0
    """Seconds for which it is still left out after many failures, 0.0 when it is not."""

    def quantile(self, share: float) -> float:
        """Return the seconds within which a share of the calls was done, at most a half too long.

        0.0 when there were no calls.
        """
        wanted, seen = share * sum(self.spread), 0
        for place, count in enumerate(self.spread):
            seen += count
            if count and seen >= wanted:
                return min(self.longest, 2.0**place / 1_000_000)
        return 0.0


class Meters:
    """The running counts of all implementations of one hook.

    A call notes its moments (one before, one behind each implementation) in a queue,
    which needs no lock; every so often, and before reading, the queue is added up.
    """

    def __init__(self, hook: str, plugins: tuple[str, ...]) -> None:
        self._counts = [HookHealth(plugin, hook) for plugin in plugins]
        self._noted: deque[list[float]] = deque()
        self._lock = threading.Lock()

    def record(self, moments: list[float]) -> None:
        """Note one call of the hook."""
        self._noted.append(moments)
        if len(self._noted) >= BATCH:
            self._add_up()

    def failed(self, position: int, message: str) -> None:
        """Count a failure of the implementation at `position`."""
        with self._lock:
            count = self._counts[position]
            self._counts[position] = replace(count, failures=count.failures + 1, last_error=message)

    def readings(self) -> list[HookHealth]:
        """Return the counts of this moment."""
        self._add_up()
        with self._lock:
            return list(self._counts)

    def _add_up(self) -> None:
        with self._lock:
            columns = list(zip(*self._drained(), strict=True))
            for position, before in enumerate(columns[:-1]):
                spans = list(map(sub, columns[position + 1], before))
                self._counts[position] = _grown(self._counts[position], spans)

    def _drained(self) -> list[list[float]]:
        # Only this method takes out, under the lock, so as many as are counted are there.
        return [self._noted.popleft() for _ in range(len(self._noted))]


def _grown(count: HookHealth, spans: list[float]) -> HookHealth:
    return replace(
        count,
        calls=count.calls + len(spans),
        seconds=count.seconds + sum(spans),
        longest=max(count.longest, *spans),
        spread=_spread(count.spread, spans),
    )


def _spread(before: tuple[int, ...], spans: list[float]) -> tuple[int, ...]:
    places = list(before)
    for span in spans:
        places[min(int(span * 1_000_000).bit_length(), PLACES - 1)] += 1
    return tuple(places)
