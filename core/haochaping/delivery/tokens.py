"""Access tokens of message platforms: fetched when needed, kept in memory until they end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from haochaping.clock import Clock

MARGIN: Final = timedelta(minutes=5)
"""A token is renewed this long before the platform ends it."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a platform hands out, and for how many seconds."""

    value: str
    seconds: int


class Tokens:
    """One platform's token, shared by the threads of a process."""

    def __init__(self, clock: Clock, fetch: Callable[[], Token]) -> None:
        """Take the clock and the request that fetches a token; it raises OutgoingFault."""
        self._clock = clock
        self._fetch = fetch
        self._lock = threading.Lock()
        self._value = ""
        self._until: datetime | None = None

    def value(self) -> str:
        """Return a token that still holds."""
        with self._lock:
            now = self._clock.now()
            if self._until is None or now >= self._until:
                token = self._fetch()
                life = max(timedelta(seconds=token.seconds) - MARGIN, timedelta(seconds=60))
                self._value, self._until = token.value, now + life
            return self._value

    def forget(self) -> None:
        """Fetch a new one next time: the platform did not know the old one any more."""
        with self._lock:
            self._until = None
