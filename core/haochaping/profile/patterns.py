"""Which regular expressions are quick whatever they are matched against.

Python's matcher tries every way to share a text among repetitions; a repetition of
repetitions, such as `(a+)+$`, takes time that doubles with every character.
"""

from __future__ import annotations

import re
from typing import Final

from haochaping.hooks.values import Words

MOST_REPETITIONS: Final = 4
MOST_ALTERNATIVES: Final = 12
_TOKEN: Final = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P?<[^>=!]*>|P?=|[:=!>]|<[=!])|[()|]"
    r"|(?P<repeat>[*+?]|\{[0-9]*,?[0-9]*\})[?+]?|.",
    re.DOTALL,
)
_FIXED: Final = re.compile(r"\{[0-9]+\}")


def slow(pattern: str) -> Words | None:
    """Return why a pattern that compiles may be slow, None when it is quick."""
    varying, alternatives, inside = 0, 0, [False]
    closed = False  # whether the token before closed a group that varies
    for found in _TOKEN.finditer(pattern):
        token, repeat = found.group(), found["repeat"] or ""
        if closed and repeat and repeat != "?":
            return _NESTED
        closed = token == ")" and len(inside) > 1 and inside.pop()
        if token[0] == "(":
            inside.append(False)
        if token == "|" or closed or (repeat and not _FIXED.fullmatch(repeat)):
            inside[-1] = True
        alternatives += token == "|"
        varying += bool(repeat) and not _FIXED.fullmatch(repeat)
    return _MANY if varying > MOST_REPETITIONS or alternatives > MOST_ALTERNATIVES else None


_NESTED: Final = Words(
    "重复里面又有重复或选择，例如 (a+)+，匹配可能极慢",
    "a repetition holds another repetition or a choice, such as (a+)+, which may be very slow",
)
_MANY: Final = Words(
    f"不定次数的重复超过 {MOST_REPETITIONS} 处，或选择超过 {MOST_ALTERNATIVES} 处，匹配可能极慢",
    f"more than {MOST_REPETITIONS} repetitions of varying length or {MOST_ALTERNATIVES} choices,"
    " which may be very slow",
)
