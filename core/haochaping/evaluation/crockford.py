"""Crockford's base 32, read the way people write it down."""

from __future__ import annotations

import re
from typing import Final

from haochaping.ids import ALPHABET

_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)
_PAIR_BITS: Final = 10
_PAIR_MASK: Final = (1 << _PAIR_BITS) - 1

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuv"
"""Digits of Python's base 32, into which signs are translated before they are read."""

_READ: Final = str.maketrans(
    {
        **{sign: digit for sign, digit in zip(ALPHABET, _DIGITS, strict=True)},
        **{sign.lower(): digit for sign, digit in zip(ALPHABET, _DIGITS, strict=True)},
        **dict.fromkeys("oO", "0"),
        **dict.fromkeys("iIlL", "1"),
        **dict.fromkeys("uU", "!"),
        **dict.fromkeys("- \t\r\n\u3000", None),
    }
)
_ONLY_DIGITS: Final = re.compile(r"[0-9a-v]+", re.ASCII)
_LONGEST: Final = 256


def encode(number: int, length: int) -> str:
    """Return `number` as `length` (even) signs. Raises OverflowError if it does not fit."""
    if number >> (5 * length):
        raise OverflowError(f"{number} does not fit into {length} signs")
    shifts = range(5 * length - _PAIR_BITS, -1, -_PAIR_BITS)
    return "".join([_PAIRS[(number >> shift) & _PAIR_MASK] for shift in shifts])


def decode(text: str, length: int) -> int | None:
    """Return the number of a code of `length` signs, None when it is no such code.

    Either case, dashes and spaces are fine; O is read as 0, I and L as 1.
    """
    digits = text[:_LONGEST].translate(_READ)
    if len(digits) != length or _ONLY_DIGITS.fullmatch(digits) is None:
        return None
    return int(digits, 32)


def check_sign(number: int, length: int) -> int:
    """Return the check value (0 to 31) of a number of `length` signs: Luhn, modulo 32."""
    total, doubled = 0, True
    for shift in range(0, 5 * length, 5):
        value = (number >> shift) & 31
        if doubled:
            value = 2 * value if value < 16 else 2 * value - 31
        total, doubled = total + value, not doubled
    return -total & 31
