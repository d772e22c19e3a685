"""Making texts from outside safe to keep: one normal form, no invisible signs."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e"
    "\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Control signs, bidirectional marks, zero-width spaces and halves of surrogate pairs."""

UNREADABLE: Final = "\ufffd"
"""What a decoder writes for bytes that it cannot read."""


def clean(text: str) -> str:
    """Return the text in NFC, trimmed, without control and bidirectional marks."""
    if not text or (text.isascii() and text.isprintable()):
        return text.strip()
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()


def holds_invisible(text: str) -> bool:
    """Say whether a text holds signs that `clean` takes away."""
    return _INVISIBLE.search(text) is not None


_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def holds_control(text: str) -> bool:
    """Say whether a text holds line breaks or other control signs, not counting its ends."""
    return _CONTROL.search(text.strip()) is not None


class CleanTexts(dict[str, str]):
    """Fields whose texts are clean already, so that nobody cleans them again.

    `broken` names the fields that held line breaks or other control signs before.
    """

    broken: frozenset[str] = frozenset()


def clean_all(cells: list[str]) -> list[str]:
    """Return the cells of a line, each clean; quick when there is nothing to clean."""
    whole = "".join(cells)
    if _INVISIBLE.search(whole) or not unicodedata.is_normalized("NFC", whole):
        return [clean(cell) for cell in cells]
    return [cell.strip() for cell in cells]  # a part of a text in NFC is in NFC
