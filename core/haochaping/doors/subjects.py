"""Regions, organizations, halls, windows, staff and items: their names, and ids by code."""

from __future__ import annotations

from haochaping.catalog.subjects import by_code, names, units, units_of

__all__ = ("by_code", "names", "units", "units_of")
