"""The only place that reads the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol


class Clock(Protocol):
    """Gives the time and waits; rules see the time only through it."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC, with microseconds."""
        ...

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's moment in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


class FakeClock:
    """A clock that stands still until told otherwise."""

    def __init__(self, at: datetime) -> None:
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment the clock was set to."""
        return self._now

    def wait(self, seconds: float) -> None:
        """Advance by `seconds` at once."""
        self.advance(timedelta(seconds=seconds))

    def advance(self, by: timedelta) -> None:
        """Move the clock on (or back, if negative)."""
        self._now += by

    def set(self, at: datetime) -> None:
        """Set the clock to an aware moment."""
        self._now = at.astimezone(UTC)


stopwatch: Final = time.perf_counter
"""Returns a monotonic reading in seconds, for durations only."""


def pause(seconds: float) -> None:
    """Wait outside of any rule: for a lock of the machine that is about to be free."""
    time.sleep(seconds)
