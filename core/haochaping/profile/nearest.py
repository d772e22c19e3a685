"""The valid word that resembles a wrong one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

LONGEST: Final = 64
"""Longer words are not compared: the comparison is quadratic."""


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the one of `words` that resembles `word` most, empty if none does."""
    if len(word) > LONGEST:
        return ""
    by_lower = {each.lower(): each for each in words}
    matches = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else ""
