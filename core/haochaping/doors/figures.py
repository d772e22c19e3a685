"""Figures of closed periods, the awards made for them, and numbers as they are published."""

from __future__ import annotations

from haochaping.disclosure.suppression import Cell, suppress
from haochaping.grading.appraisal import Awarded, awards_of, is_due
from haochaping.grading.closing import Frozen, frozen, is_closed, last_month_over
from haochaping.grading.facts import add_up as add_up_cases
from haochaping.grading.figures import add_up, split
from haochaping.grading.rounding import rounded, shown

__all__ = (
    "Awarded",
    "Cell",
    "Frozen",
    "add_up",
    "add_up_cases",
    "awards_of",
    "frozen",
    "is_closed",
    "is_due",
    "last_month_over",
    "rounded",
    "shown",
    "split",
    "suppress",
)
