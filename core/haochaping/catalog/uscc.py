"""Unified social credit codes (统一社会信用代码, GB 32100): 18 characters, check digit last."""

from __future__ import annotations

import re
from typing import Final

from haochaping.hooks.values import Words

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS: Final = tuple(pow(3, index, 31) for index in range(17))

_VALUES: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_SHAPE: Final = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


def check_digit(body: str) -> str:
    """Return the check digit of the first 17 characters. Raises KeyError for a foreign sign."""
    total = sum(_VALUES[sign] * weight for sign, weight in zip(body, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def looks_like(code: str) -> bool:
    """Say whether a code has the shape of a credit code, whatever its check digit."""
    return _SHAPE.fullmatch(code) is not None


def is_valid(code: str) -> bool:
    """Say whether a code is a credit code with the right check digit."""
    return looks_like(code) and check_digit(code[:17]) == code[17]


def fault(code: str) -> Words | None:
    """Return what is wrong with a code that should be a credit code, None if nothing is."""
    if not looks_like(code):
        return Words(
            f"「{code}」不是统一社会信用代码：应为 18 位，第 3–8 位是数字，不含 I、O、S、V、Z",
            f"“{code}” is no unified social credit code: 18 characters are expected, the 3rd to "
            "8th are digits, and I, O, S, V, Z do not occur",
        )
    if is_valid(code):
        return None
    expected = check_digit(code[:17])
    return Words(
        f"统一社会信用代码「{code}」的校验码不对：末位应为 {expected}，请核对是否抄错",
        f"The check digit of the credit code “{code}” is wrong: the last character should be "
        f"{expected}; please look for a slip of the pen",
    )
