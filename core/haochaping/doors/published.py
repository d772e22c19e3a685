"""Published periods: which there are, their rates by the formulas of then, their honours."""

from __future__ import annotations

from haochaping.appraisal.stages import published_periods
from haochaping.disclosure.published import PublishedRate, honours, rates

__all__ = ("PublishedRate", "honours", "published_periods", "rates")
