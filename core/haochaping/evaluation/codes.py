"""Signed codes: who holds one may rate that one service occurrence.

A code has 25 bytes, written as 40 signs: one byte of key id and purpose, four of region
and month, eight of occurrence id, two of the last valid day, ten of a truncated
HMAC-SHA256 (80 bits). Nothing needs to be stored to check it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import IntEnum
from typing import Final

from haochaping.crypto import KEY_BYTES, Keyring
from haochaping.evaluation.crockford import decode, encode
from haochaping.evaluation.problems import BadLink, LinkExpired
from haochaping.hooks.values import OccurrenceKey

SIGNS: Final = 40
_BODY_BYTES: Final = 15
_MAC_BYTES: Final = 10
_FIRST_DAY: Final = date(2020, 1, 1)
_FIRST_YEAR: Final = 2000
_NO_CODE: Final = bytes(_BODY_BYTES + _MAC_BYTES)
_NO_KEY: Final = bytes(KEY_BYTES)


class Purpose(IntEnum):
    """What a code is good for; a code for one thing is worthless for another."""

    RATE = 1
    FOLLOW = 2


class Signer:
    """Signs and verifies codes with keys by id (1 to 15); the newest id signs.

    Keys are rotated by adding one; old ones stay until their codes have expired.
    """

    __slots__ = ("_current", "_keys")

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        """Take the keys by id. Raises ValueError when there is none or an id does not fit."""
        if not keys or not all(1 <= key_id <= 15 for key_id in keys):
            raise ValueError("a signer needs keys with ids from 1 to 15")
        self._keys = dict(keys)
        self._current = max(keys)

    @classmethod
    def of(cls, keyring: Keyring, key_ids: Sequence[int] = (1,)) -> Signer:
        """Return the signer whose keys are derived from the deployment's keyring."""
        return cls({key_id: keyring.mac(f"link/{key_id}", b"") for key_id in key_ids})

    def sign(self, purpose: Purpose, key: OccurrenceKey, last_day: date) -> str:
        """Return the code that lets its holder act on `key` up to and including `last_day`."""
        body = _body(self._current << 4 | purpose, key, last_day)
        return encode(int.from_bytes(body + self._mac(self._current, body), "big"), SIGNS)

    def verify(self, purpose: Purpose, code: str, today: date) -> OccurrenceKey:
        """Return the occurrence of a code; takes the same work whatever is wrong with it.

        Raises BadLink when it was not signed here for this purpose, LinkExpired when it
        was but its last day is over.
        """
        number = decode(code, SIGNS)
        raw = _NO_CODE if number is None else number.to_bytes(len(_NO_CODE), "big")
        body = raw[:_BODY_BYTES]
        key_id, meant_for = body[0] >> 4, body[0] & 15
        genuine = hmac.compare_digest(self._mac(key_id, body), raw[_BODY_BYTES:])
        if not (genuine and key_id in self._keys and meant_for == purpose):
            raise BadLink
        if _FIRST_DAY + timedelta(days=int.from_bytes(body[13:15], "big")) < today:
            raise LinkExpired
        return _key(body)

    def _mac(self, key_id: int, body: bytes) -> bytes:
        return hmac.digest(self._keys.get(key_id, _NO_KEY), body, "sha256")[:_MAC_BYTES]


def last_day_of(code: str) -> date:
    """Return the last day that a verified code is good for; the first of all for no code."""
    number = decode(code, SIGNS)
    raw = _NO_CODE if number is None else number.to_bytes(len(_NO_CODE), "big")
    return _FIRST_DAY + timedelta(days=int.from_bytes(raw[13:15], "big"))


def pack_place(region: str, served_month: int) -> int:
    """Return region (20 bits) and month (12 bits) as one number of 32 bits.

    Raises ValueError when the region is no 6-digit county-level code.
    """
    if len(region) != 6 or not region.isascii() or not region.isdigit():
        raise ValueError(f"a county-level region has 6 digits, not {region!r}")
    year, month = divmod(served_month, 100)
    return int(region) << 12 | ((year - _FIRST_YEAR) * 12 + month - 1)


def unpack_place(number: int) -> tuple[str, int]:
    """Return region and month of `pack_place`'s number."""
    year, month = divmod(number & 0xFFF, 12)
    return f"{number >> 12:06d}", (year + _FIRST_YEAR) * 100 + month + 1


def _body(head: int, key: OccurrenceKey, last_day: date) -> bytes:
    number = head << 32 | pack_place(key.region, key.served_month)
    number = number << 80 | key.id << 16 | (last_day - _FIRST_DAY).days
    return number.to_bytes(_BODY_BYTES, "big")


def _key(body: bytes) -> OccurrenceKey:
    region, month = unpack_place(int.from_bytes(body[1:5], "big"))
    return OccurrenceKey(region, month, int.from_bytes(body[5:13], "big"))
