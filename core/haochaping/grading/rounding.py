"""Rounding exact fractions once, by a named mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import floor
from typing import Final

MODES: Final = ("half_up", "truncate", "half_even")
"""half_up: away from zero on a tie; truncate: towards zero; half_even: a tie to the even digit."""


def rounded(value: Fraction, mode: str, places: int) -> Fraction:
    """Return `value` with `places` decimal places. Raises ValueError for an unknown mode."""
    scale = 10**places
    scaled = abs(value) * scale
    if mode not in MODES:
        raise ValueError(f"unknown rounding {mode!r}; known are {', '.join(MODES)}")
    whole = _ROUND[mode](scaled)
    return Fraction(whole if value >= 0 else -whole, scale)


def shown(value: Fraction, mode: str, places: int) -> str:
    """Return the rounded value as decimal text with exactly `places` digits."""
    exact = rounded(value, mode, places)
    digits = str(abs(exact.numerator) * (10**places // exact.denominator)).rjust(places + 1, "0")
    sign = "-" if exact < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _half_up(scaled: Fraction) -> int:
    return floor(scaled + Fraction(1, 2))


_ROUND: Final[Mapping[str, Callable[[Fraction], int]]] = {
    "half_up": _half_up,
    "truncate": floor,
    "half_even": round,
}
