"""Codes as people read them."""

from __future__ import annotations

from typing import Final

GROUP: Final = 5


def grouped(code: str, size: int = GROUP) -> str:
    """Return a code in groups joined by dashes, for being read aloud and copied.

    A code typed by a person may come in groups of its own.
    """
    plain = "".join(code.split()).replace("-", "").upper()
    return "-".join(plain[start : start + size] for start in range(0, len(plain), size))
