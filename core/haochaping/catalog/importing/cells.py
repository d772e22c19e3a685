"""Cells that a spreadsheet must not take for formulas (OWASP: CSV injection)."""

from __future__ import annotations

from typing import Final

_RISKY: Final = frozenset("=+-@\t\r＝＋－＠")
GUARD: Final = "'"


def neutral(cell: str) -> str:
    """Return a cell that begins with a formula sign with an apostrophe before it."""
    return GUARD + cell if cell[:1] in _RISKY and cell else cell


def restored(cell: str) -> str:
    """Return a cell as it was before `neutral`."""
    if cell[:1] == GUARD and cell[1:2] in _RISKY and len(cell) > 1:
        return cell[1:]
    return cell
