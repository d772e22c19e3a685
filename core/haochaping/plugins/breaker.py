"""A breaker for one implementation: what fails often is left out for a while, then tried again."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from haochaping.clock import stopwatch

FAILURES: Final = 5
"""Failures within WINDOW that open the breaker."""
WINDOW: Final = 60.0
PAUSE: Final = 60.0
"""Seconds for which an open breaker leaves the implementation out."""

Seconds = Callable[[], float]
"""A clock in seconds that only goes on; of which moment it counts does not matter."""


class Breaker:
    """Opens after FAILURES within WINDOW seconds; after PAUSE seconds one call is tried.

    If that one succeeds the breaker is closed; if it fails, the pause begins again.
    `in_a_row` counts only failures without a success between them: a page that works for
    others stays, whatever one visitor sends.
    """

    def __init__(self, seconds: Seconds = stopwatch, *, in_a_row: bool = False) -> None:
        self._seconds = seconds
        self._in_a_row = in_a_row
        self._lock = threading.Lock()
        self._failed: deque[float] = deque(maxlen=FAILURES)
        self._until = float("-inf")

    @property
    def left(self) -> float:
        """Seconds for which the implementation is still left out, 0.0 when it is not.

        A clock that was put back ends the pause.
        """
        left = self._until - self._seconds()
        return left if 0.0 < left <= PAUSE else 0.0

    def timed_by(self, seconds: Seconds) -> None:
        """Count the seconds by another clock from now on."""
        self._seconds = seconds

    def failed(self) -> None:
        """Note a failure."""
        with self._lock:
            now = self._seconds()
            tried_again = self._until > float("-inf")
            self._failed.append(now)
            often = len(self._failed) == FAILURES and now - self._failed[0] <= WINDOW
            if tried_again or often:
                self._until = now + PAUSE

    def done(self) -> None:
        """Note that a call succeeded."""
        if self._until > float("-inf") or (self._in_a_row and self._failed):
            with self._lock:
                self._failed.clear()
                self._until = float("-inf")
