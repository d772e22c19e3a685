"""Receipt codes: what a rater keeps to see, change or withdraw a rating.

20 signs: region and month (32 bits, so that a look-up stays in one shard), 63 random
bits, which no one can guess, and a check sign against slips of the pen.
"""

from __future__ import annotations

from typing import Final

from haochaping.evaluation.codes import pack_place, unpack_place
from haochaping.evaluation.crockford import check_sign, decode, encode
from haochaping.ids import random_key

SIGNS: Final = 20
_RANDOM_BITS: Final = 63


def new_receipt(region: str, served_month: int) -> str:
    """Return a fresh receipt code without dashes."""
    secret = int.from_bytes(random_key(8), "big") >> 1
    number = pack_place(region, served_month) << _RANDOM_BITS | secret
    return encode(number << 5 | check_sign(number, SIGNS - 1), SIGNS)


def read_receipt(text: str) -> str | None:
    """Return a receipt code as it is stored, None when it was mistyped or is none."""
    number = decode(text, SIGNS)
    if number is None or check_sign(number >> 5, SIGNS - 1) != number & 31:
        return None
    return encode(number, SIGNS)


def place_of(receipt: str) -> tuple[str, int]:
    """Return region and month of a stored receipt code."""
    number = decode(receipt, SIGNS) or 0
    return unpack_place(number >> (_RANDOM_BITS + 5))
