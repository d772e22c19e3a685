"""Whole numbers as they come in by forms and addresses."""

from __future__ import annotations


def whole(typed: str) -> int:
    """Return a whole number, 0 when it is none."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 20 else 0
