"""API keys recognised a moment ago: a busy system's key is not looked up for every request.

A key that another process revokes stops at most `FRESH_SECONDS` later; in the process that
revokes it, at once. Its expiry and its scopes are checked for every request.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from haochaping.access import api_keys
from haochaping.access.api_keys import ApiKey, ScopeMissing
from haochaping.access.bearer import mac_of
from haochaping.clock import stopwatch
from haochaping.crypto import Keyring

FRESH_SECONDS: Final = 1.0
_MOST: Final = 1000
"""Keys remembered at once; only good ones are, so guessing fills nothing."""

Look = Callable[[], AbstractContextManager[Connection]]


class KnownKeys:
    """The keys that this process recognised within the last second."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._known: dict[str, tuple[ApiKey, float]] = {}

    def recognise(self, look: Look, key: str, scope: str, at: datetime) -> ApiKey:
        """Return the key's record. Raises KeyRefused or ScopeMissing."""
        mac, now = mac_of(self._keyring, key), stopwatch()
        found, since = self._known.get(mac, (None, 0.0))
        if found is None or now - since > FRESH_SECONDS or _expired(found, at):
            with look() as conn:
                found = api_keys.authenticate_mac(conn, mac, at)
            self._keep(mac, found, now)
        if scope not in found.scopes:
            raise ScopeMissing(scope=scope)
        return found

    def forget(self) -> None:
        """Look every key up again: one has changed."""
        self._known = {}

    def _keep(self, mac: str, found: ApiKey, now: float) -> None:
        if len(self._known) >= _MOST:
            self.forget()
        self._known[mac] = (found, now)


def _expired(found: ApiKey, at: datetime) -> bool:
    return found.expires_at is not None and found.expires_at <= at
