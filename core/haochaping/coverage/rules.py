"""What the profile says of coverage: which ways offer an evaluation, which windows are marked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from haochaping.profile import Profile


@dataclass(frozen=True, slots=True)
class MarkRules:
    """When a window is marked: at least `min_n` services, and an offered share that is low.

    Low is `z` standard errors and `min_gap` below the rest of its hall, or below `floor`.
    """

    min_n: int = 30
    z: Decimal = Decimal(3)
    min_gap: Decimal = Decimal("0.1")
    floor: Decimal = Decimal("0.5")

    @property
    def least_gap(self) -> Fraction:
        """The least difference of two shares."""
        return Fraction(self.min_gap)

    @property
    def least_share(self) -> Fraction:
        """The share below which a window is marked whatever its hall does."""
        return Fraction(self.floor)


@dataclass(frozen=True, slots=True)
class CoverageRules:
    """`link_channels`: service channels where the link given to the business system is the offer.

    Elsewhere the link alone offers nothing: a device, receipt, code or message must.
    """

    time_zone: str = "Asia/Shanghai"
    link_channels: tuple[str, ...] = ()
    marks: MarkRules = MarkRules()

    @classmethod
    def of(cls, profile: Profile) -> CoverageRules:
        """Return the coverage rules of a profile."""
        data = profile.data["coverage"]
        marks = data["marks"]
        return cls(
            profile.rules.calendar.time_zone,
            tuple(data["link_channels"]),
            MarkRules(
                marks["min_n"],
                Decimal(str(marks["z"])),
                Decimal(str(marks["min_gap"])),
                Decimal(str(marks["floor"])),
            ),
        )
