"""Cells that a spreadsheet must not take for formulas (OWASP: CSV injection)."""

from __future__ import annotations

from typing import Final

_RISKY: Final = frozenset("=+-@\t\r＝＋－＠")
GUARD: Final = "'"


def neutral(cell: str) -> str:
    """Return a cell that begins with a formula sign with an apostrophe before it.

    One that has an apostrophe there already gets another, so that `restored` finds it again.
    """
    return GUARD + cell if _risky(cell) else cell


def restored(cell: str) -> str:
    """Return a cell as it was before `neutral`."""
    return cell[1:] if cell[:1] == GUARD and _risky(cell) else cell


def _risky(cell: str) -> bool:
    """Say whether a formula sign comes first, or first behind apostrophes."""
    first = cell.lstrip(GUARD)[:1]
    return bool(first) and first in _RISKY
