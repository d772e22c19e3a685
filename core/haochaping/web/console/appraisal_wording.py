"""What the appraisal's pages call kinds, stages, consequences and points."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from haochaping.appraisal.measures import NAMES
from haochaping.appraisal.outcomes import Outcome
from haochaping.appraisal.stages import Stage
from haochaping.grading.rounding import shown
from haochaping.messages import N_
from haochaping.web.console.wording import Tag
from haochaping.web.i18n import words

KINDS: Final[Mapping[str, str]] = {
    "organization": N_("部门"),
    "hall": N_("大厅"),
    "window": N_("窗口"),
    "staff": N_("工号"),
}
STAGES: Final[Mapping[Stage, str]] = {
    Stage.OPEN: N_("未冻结"),
    Stage.FROZEN: N_("已冻结，可提异议"),
    Stage.PUBLISHED: N_("已公布"),
}
OBJECTION_STATES: Final[Mapping[str, str]] = {
    "open": N_("待裁定"),
    "upheld": N_("异议成立"),
    "rejected": N_("异议不成立"),
}
TONES: Final[Mapping[str, str]] = {"honour": "good", "points": ""}
"""Tone of a consequence's tag; the others warn."""


def points_text(hundredths: int) -> str:
    """Return points with a sign: +0.50, -1.00, 0.00."""
    return f"+{exact_points(hundredths)}" if hundredths > 0 else exact_points(hundredths)


def exact_points(hundredths: int) -> str:
    """Return points as decimal text with two places."""
    return shown(Fraction(hundredths, 100), "half_up", 2)


def standing_tags(each: Outcome) -> tuple[Tag, ...]:
    """Return a tag for everything that stands, but for points: they are a number."""
    awards = [
        (one.award.kind, words(one.award.name))
        for one in each.standing_awards
        if one.award.kind != "points"
    ]
    taken = [
        (one.kind, words(NAMES[one.kind])) for one in each.standing_measures if one.kind != "points"
    ]
    return tuple(Tag(text, TONES.get(kind, "warn")) for kind, text in (*awards, *taken))
