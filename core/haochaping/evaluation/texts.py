"""Cleaning what raters write: one form of every sign, nothing invisible."""

from __future__ import annotations

import unicodedata
from typing import Final

_LINE_ENDS: Final = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\x85": "\n"}
_KEPT: Final = frozenset("\n\t")
_REMOVED: Final = frozenset({"Cc", "Cs"})
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE: Final = frozenset("\u200b\u2060\ufeff\u00ad\ufffe\uffff")


def clean(text: str) -> str:
    """Return the text in NFC, without control, bidirectional and invisible marks.

    Every line break becomes a line feed; spaces at both ends go. Emoji and rare Chinese signs stay.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    for end, line_feed in _LINE_ENDS.items():
        text = text.replace(end, line_feed)
    kept = "".join(sign for sign in text if _may_stay(sign))
    return unicodedata.normalize("NFC", kept).strip()


def _may_stay(sign: str) -> bool:
    if sign in _KEPT:
        return True
    if sign in _BIDI or sign in _INVISIBLE:
        return False
    return unicodedata.category(sign) not in _REMOVED
