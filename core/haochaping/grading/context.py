"""What of the profile decides how ratings and services are counted."""

from __future__ import annotations

from dataclasses import dataclass

from haochaping.profile.rules import Rules


@dataclass(frozen=True, slots=True)
class CountingRules:
    """The local day's time zone, and which grades are bad."""

    time_zone: str = "Asia/Shanghai"
    bad_grades: tuple[int, ...] = (1, 2)

    @classmethod
    def of(cls, rules: Rules) -> CountingRules:
        """Return the counting rules of a profile."""
        return cls(rules.calendar.time_zone, rules.scale.bad_grades)
