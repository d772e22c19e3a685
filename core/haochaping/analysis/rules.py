"""What the profile says of analysis: when a rise is worth a card, and how far back to look."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from haochaping.profile import Profile


@dataclass(frozen=True, slots=True)
class AnomalyRules:
    """When a unit or item gets a card.

    At least `min_n` ratings and `min_bad` bad ones now, and `min_n` ratings in the `months`
    before; a bad rate of at least `ratio` times that of then; and a chance that luck alone
    brought this (`anomalies.chance_of`) below `chance`, and below `chance_all` shared among
    all that were compared.
    """

    months: int = 6
    min_n: int = 50
    min_bad: int = 5
    ratio: Decimal = Decimal(2)
    chance: Decimal = Decimal("0.01")
    chance_all: Decimal = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class AnalysisRules:
    """The local day's time zone, which grades are bad, and the rule of the cards."""

    time_zone: str = "Asia/Shanghai"
    bad_grades: tuple[int, ...] = (1, 2)
    below: int = 5
    anomaly: AnomalyRules = AnomalyRules()

    @classmethod
    def of(cls, profile: Profile) -> AnalysisRules:
        """Return the analysis rules of a profile."""
        rules, anomaly = profile.rules, profile.data["analysis"]["anomaly"]
        return cls(
            rules.calendar.time_zone,
            rules.scale.bad_grades,
            rules.disclosure.suppress_below,
            AnomalyRules(
                anomaly["months"],
                anomaly["min_n"],
                anomaly["min_bad"],
                Decimal(str(anomaly["ratio"])),
                Decimal(str(anomaly["chance"])),
                Decimal(str(anomaly["chance_all"])),
            ),
        )
