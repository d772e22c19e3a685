"""Small tables that are asked about again and again: read whole, remembered for a second.

What another process writes is seen at most `FRESH_SECONDS` later; what this one writes is
seen at once when it says so with `forget`. A table that has grown beyond `SMALL` rows is
not remembered, its rows are looked up one by one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from haochaping.clock import stopwatch

SMALL: Final = 200
FRESH_SECONDS: Final = 1.0
_LARGE_FOR_SECONDS: Final = 60.0

Row = Mapping[str, Any]
Rows = Mapping[tuple[Any, ...], Row]
Read = Callable[[int], Sequence[Row]]
"""Reads up to so many rows of the table."""


class SmallTable:
    """The rows of one table by the values of some columns."""

    def __init__(self, read: Read, columns: Sequence[str]) -> None:
        self._read = read
        self._columns = tuple(columns)
        self._rows: Rows | None = None
        self._until = 0.0
        self._changes = 0
        self._reading = threading.Lock()

    def rows(self) -> Rows | None:
        """Return the rows, None when they are to be looked up: too many, or just being read."""
        if stopwatch() < self._until:
            return self._rows
        if not self._reading.acquire(blocking=False):
            return None
        try:
            return self._read_again()
        finally:
            self._reading.release()

    def forget(self) -> None:
        """Read the table again when it is next asked about: it has changed."""
        self._changes += 1
        self._until = 0.0

    def _read_again(self) -> Rows | None:
        before, now = self._changes, stopwatch()
        found = self._read(SMALL + 1)
        rows = self._by_key(found) if len(found) <= SMALL else None
        if before == self._changes:
            self._rows = rows
            self._until = now + (_LARGE_FOR_SECONDS if rows is None else FRESH_SECONDS)
        return rows

    def _by_key(self, found: Sequence[Row]) -> Rows:
        return {
            tuple(row[name] for name in self._columns): MappingProxyType(dict(row)) for row in found
        }
