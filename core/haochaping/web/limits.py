"""Rate limits: token buckets in memory, one set a process, keyed by a digest of the client."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from flask import Flask, current_app, request

from haochaping.hooks.values import Words
from haochaping.problems import Problem

BUCKETS: Final = 50_000


class TooMany(Problem):
    """A client asked too often."""

    code = "HCP-TOO-MANY"
    status = 429
    title = Words("操作过于频繁，请稍后再试", "Too many requests: try again in a moment")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` at once and `per_minute` in the long run."""

    name: str
    per_minute: float
    burst: int


RATE: Final = Limit("rate", per_minute=60, burst=300)
"""Submissions of one link or device; whole halls share an address, so that is not counted."""
FIND: Final = Limit("find", per_minute=20, burst=30)
"""Receipts and codes of one device that were wrong or expired, so that guessing does not pay."""
FIND_PLACE: Final = Limit("find_place", per_minute=200, burst=300)
"""The same of one address, which a whole hall may share: whoever changes devices meets it."""
PLUGIN_FORM: Final = Limit("plugin_form", per_minute=60, burst=120)
"""Posts of one address to the public forms of plugins; halls share an address."""
CODES: Final = Limit("codes", per_minute=4, burst=12)
"""One-time codes asked for on one device, beside the limits of each number."""
SIGN_IN: Final = Limit("sign_in", per_minute=20, burst=20)
"""Attempts to sign in, beside the lockout by name."""
DEVICE_KEY: Final = Limit("device_key", per_minute=6, burst=10)
"""Attempts to enter a device key."""
KEPT: Final = Limit("kept", per_minute=1200, burst=2400)
"""Ratings that a device kept while the line was down and sends in batches."""
REPORT: Final = Limit("report", per_minute=12, burst=30)
"""What a device says of its own health."""


class Limiter:
    """Keeps the buckets; the oldest are forgotten when there are too many."""

    def __init__(self, now: Callable[[], datetime], size: int = BUCKETS) -> None:
        self._now = now
        self._size = size
        self._lock = threading.Lock()
        self._buckets: OrderedDict[bytes, tuple[float, datetime]] = OrderedDict()

    def take(self, limit: Limit, client: str, count: int = 1) -> float:
        """Take `count`, 0 to only look; return 0, or the seconds to wait when none is left."""
        key = blake2b(f"{limit.name}\x1f{client}".encode(), digest_size=12).digest()
        now, rate = self._now(), limit.per_minute / 60
        with self._lock:
            left, since = self._buckets.pop(key, (float(limit.burst), now))
            passed = max((now - since).total_seconds(), 0.0)
            left = min(limit.burst, left + passed * rate)
            taken = left >= 1
            self._buckets[key] = (left - count if taken else left, now)
            while len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
        return 0.0 if taken else (1 - left) / rate


def check(limit: Limit, client: str = "") -> None:
    """Refuse a client who has used `limit` up; counts nothing. Raises TooMany."""
    spend(limit, client, 0)


def spend(limit: Limit, client: str = "", count: int = 1) -> None:
    """Count this request against `limit`, by address unless `client` says otherwise.

    Raises TooMany.
    """
    limiter: Limiter = current_app.extensions["haochaping.limiter"]
    wait = limiter.take(limit, client or request.remote_addr or "", count)
    if wait:
        raise TooMany(retry_after=max(1, round(wait)))


def device() -> str:
    """Return what stands for the device: a hall's visitors share an address, not all else."""
    kind = (request.headers.get("User-Agent", ""), request.headers.get("Accept-Language", ""))
    return "\x1f".join((request.remote_addr or "", *kind))


def check_finding() -> None:
    """Refuse a device or address that has guessed too often. Raises TooMany."""
    check(FIND, device())
    check(FIND_PLACE)


def spend_finding() -> None:
    """Count a code that was wrong or expired, for its device and address. Raises TooMany."""
    spend(FIND_PLACE)
    spend(FIND, device())


def install(app: Flask, now: Callable[[], datetime]) -> None:
    """Give the application its limiter."""
    app.extensions["haochaping.limiter"] = Limiter(now)
