"""The official words for grades, channels and the reasons that raters choose."""

from __future__ import annotations

from haochaping.indicators.labels import channel, reason
from haochaping.indicators.scale import label as grade

__all__ = ("channel", "grade", "reason")
