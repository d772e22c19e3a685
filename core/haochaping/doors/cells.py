"""Cells of a table to take away that no spreadsheet may take for formulas."""

from __future__ import annotations

from haochaping.catalog.importing.cells import neutral, restored

__all__ = ("neutral", "restored")
