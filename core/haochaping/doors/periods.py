"""Months, quarters and years as figures are kept by: `2026-11`, `2026-Q4`, `2026`."""

from __future__ import annotations

from haochaping.grading.periods import (
    UnknownPeriod,
    before,
    is_month,
    local_day,
    moments,
    months_of,
    months_until,
    of_day,
    of_month,
    of_quarter,
    of_year,
    parse,
)

__all__ = (
    "UnknownPeriod",
    "before",
    "is_month",
    "local_day",
    "moments",
    "months_of",
    "months_until",
    "of_day",
    "of_month",
    "of_quarter",
    "of_year",
    "parse",
)
