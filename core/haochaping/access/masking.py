"""Showing that something is known without showing it: 138****1234, 张*."""

from __future__ import annotations

from typing import Final

_PERSON_NAME_MAX: Final = 4
_STARS_MAX: Final = 6


def name(text: str) -> str:
    """Mask a name: the family name stays; of a company's the first and last two signs stay."""
    if len(text) > _PERSON_NAME_MAX and "·" not in text and not text.isascii():
        return f"{text[:2]}****{text[-2:]}"
    return text[:1] + "*" * min(len(text) - 1, _STARS_MAX) if text else ""


def mobile(text: str) -> str:
    """Mask a telephone number: of eleven digits the first three and last four stay."""
    if len(text) == 11:
        return f"{text[:3]}****{text[-4:]}"
    return _ends(text, 0, 2)


def certificate(text: str) -> str:
    """Mask an identity number: the first and last two signs stay."""
    return _ends(text, 2, 2)


def _ends(text: str, first: int, last: int) -> str:
    hidden = len(text) - first - last
    if hidden < last + first:
        return "*" * len(text)
    return text[:first] + "*" * hidden + text[-last:]
