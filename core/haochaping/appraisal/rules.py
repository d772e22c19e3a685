"""What the profile says of appraisal: objections, decisions, consequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from haochaping.grading.consequences import Consequence, parse
from haochaping.hooks.values import Duration, Unit
from haochaping.profile import Profile

Due = Callable[[datetime, Duration], datetime]
"""The due moment (UTC, exclusive) of a duration from a moment."""


@dataclass(frozen=True, slots=True)
class AppraisalRules:
    """How long one may object after the freezing, how long deciding takes, what follows."""

    objections: Duration
    decisions: Duration
    rules: tuple[Consequence, ...] = ()

    @classmethod
    def of(cls, profile: Profile) -> AppraisalRules:
        """Return the rules of a profile."""
        data = profile.data["appraisal"]
        objections, decisions = (
            Duration(int(data[name]["count"]), Unit(data[name]["unit"]))
            for name in ("objections", "decisions")
        )
        return cls(objections, decisions, parse(data["rules"]))
