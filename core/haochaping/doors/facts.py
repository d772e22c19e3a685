"""Facts from elsewhere that indicators are made of, by subject and period."""

from __future__ import annotations

from haochaping.grading.given_facts import Fact, PeriodClosed, record

__all__ = ("Fact", "PeriodClosed", "record")
