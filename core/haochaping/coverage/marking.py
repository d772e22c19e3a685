"""Which windows are marked: they seem to offer an evaluation to some visitors only.

A window is marked with at least `min_n` services when its share of services that were
offered an evaluation lies far below that of the rest of its hall (a one-sided test of two
shares, pooled, `z` standard errors and `min_gap` or more), or below `floor`. A mark is a
reason to look, not a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from haochaping.coverage.rules import MarkRules
from haochaping.hooks.values import Words


class Why(StrEnum):
    """Why a window is marked."""

    BELOW_HALL = "below_hall"
    BELOW_FLOOR = "below_floor"


REASONS: Final = {
    Why.BELOW_HALL: Words("邀评比例明显低于本大厅其他窗口", "offers far less than its hall"),
    Why.BELOW_FLOOR: Words("邀评比例过低", "offers an evaluation too rarely"),
}


@dataclass(frozen=True, slots=True)
class Share:
    """Services received, and those offered an evaluation."""

    served: int
    offered: int

    @property
    def value(self) -> Fraction:
        """The share offered; 0 without services."""
        return Fraction(self.offered, self.served) if self.served else Fraction(0)

    def without(self, part: Share) -> Share:
        """Return what is left when a part is taken away."""
        return Share(self.served - part.served, self.offered - part.offered)


def mark(window: Share, hall: Share, rules: MarkRules) -> Why | None:
    """Return why a window of a hall is marked, None when it is not; `hall` includes it."""
    if window.served < rules.min_n:
        return None
    rest = hall.without(window)
    if rest.served >= rules.min_n and _far_below(window, rest, hall, rules):
        return Why.BELOW_HALL
    return Why.BELOW_FLOOR if window.value < rules.least_share else None


def _far_below(window: Share, rest: Share, hall: Share, rules: MarkRules) -> bool:
    """Test two shares without a square root: gap² against z² times the pooled variance."""
    gap = rest.value - window.value
    if gap < rules.least_gap or gap <= 0:
        return False
    pooled = hall.value
    variance = pooled * (1 - pooled) * (Fraction(1, window.served) + Fraction(1, rest.served))
    return gap * gap >= Fraction(rules.z) ** 2 * variance


def in_words(rules: MarkRules) -> Words:
    """Return the rule as its page states it."""
    gap, floor = rules.min_gap * 100, rules.floor * 100
    return Words(
        f"服务满 {rules.min_n} 次的窗口，邀评比例比本大厅其他窗口低 {gap:.0f} 个百分点以上且差异达 "
        f"{rules.z} 个标准误，或低于 {floor:.0f}%，予以标注。标注只提示核实，不作结论。",
        f"A window with {rules.min_n} services or more is marked when the share offered an"
        f" evaluation lies {gap:.0f} points and {rules.z} standard errors below the rest of its"
        f" hall, or below {floor:.0f} %. A mark asks for a look; it is no finding.",
    )
