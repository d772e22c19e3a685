"""The only place that makes ids and reads randomness."""

from __future__ import annotations

import os
import random
import secrets
import threading
import time
from typing import Final, TypeVar

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that codes survive being read aloud."""

_PAIRS: Final = tuple(first + second for second in ALPHABET for first in ALPHABET)
"""Two signs for ten bits, the lower five first."""
_EPOCH_MS: Final = 1_704_067_200_000  # 2024-01-01 UTC
_NODE_BITS: Final = 10
_COUNTER_BITS: Final = 12
_COUNTER_MASK: Final = (1 << _COUNTER_BITS) - 1

Item = TypeVar("Item")


class IdSource:
    """Makes 63-bit ids: 41 bits of milliseconds, 10 bits of node, 12 bits of counter.

    Ids of one source never repeat and grow with time; two processes collide only if
    they drew the same node and use the same counter in the same millisecond.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = -1
        self._node = 0
        self._last = 0
        self._counter = 0

    def next(self) -> int:
        """Return a new id."""
        with self._lock:
            self._own()
            return self._next()

    def many(self, count: int) -> list[int]:
        """Return new ids, growing."""
        with self._lock:
            self._own()
            found: list[int] = []
            while len(found) < count:
                first = self._next()
                room = min(count - len(found), _COUNTER_MASK + 1 - self._counter)
                found.extend(range(first, first + room))  # the counter is the lowest part
                self._counter += room - 1
            return found

    def _own(self) -> None:
        if self._pid != os.getpid():  # a forked child must not go on as its parent
            self._pid, self._node = os.getpid(), secrets.randbits(_NODE_BITS)

    def _next(self) -> int:
        self._step()
        return ((self._last << _NODE_BITS | self._node) << _COUNTER_BITS) | self._counter

    def _step(self) -> None:
        now = time.time_ns() // 1_000_000 - _EPOCH_MS
        if now > self._last:
            self._last, self._counter = now, 0
            return
        self._counter = (self._counter + 1) & _COUNTER_MASK
        if self._counter == 0:
            self._last += 1  # a clock that stands or runs back: borrow the next millisecond


_source = IdSource()


def new_id() -> int:
    """Return a new unique id, growing with time (63 bits)."""
    return _source.next()


def new_ids(count: int) -> list[int]:
    """Return as many new unique ids, growing with time."""
    return _source.many(count)


def random_code(length: int) -> str:
    """Return `length` random signs of Crockford's base 32 (5 bits each)."""
    bits = secrets.randbits(5 * length)
    signs = [_PAIRS[bits >> place & 1023] for place in range(0, 5 * length, 10)]
    return "".join(signs)[:length]


def random_digits(length: int) -> str:
    """Return `length` random decimal digits."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def random_key(length: int) -> bytes:
    """Return `length` random bytes fit for a key."""
    return secrets.token_bytes(length)


def random_between(low: float, high: float) -> float:
    """Return a random number of the half-open range, for delays and jitter."""
    return low + (high - low) * (secrets.randbits(53) / (1 << 53))


def shuffled(items: list[Item]) -> list[Item]:
    """Return the items in an unpredictable order."""
    result = list(items)
    random.SystemRandom().shuffle(result)
    return result
