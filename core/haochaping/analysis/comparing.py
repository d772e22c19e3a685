"""A rate beside that of the period before: a change is named only where it is more than luck."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from haochaping.analysis.reading import NONE, Rate
from haochaping.disclosure.intervals import wilson

Interval = tuple[Fraction, Fraction]


class Verdict(StrEnum):
    """What became of a rate: the 95 % intervals decide; where they overlap, nothing is sure."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A rate now and in the period before."""

    now: Rate
    before: Rate = NONE

    @property
    def verdict(self) -> Verdict:
        """What became of it; unknown without ratings in either period."""
        new, old = interval(self.now), interval(self.before)
        if new is None or old is None:
            return Verdict.UNKNOWN
        if new[0] > old[1]:
            return Verdict.WORSE
        return Verdict.BETTER if new[1] < old[0] else Verdict.SAME


def interval(rate: Rate) -> Interval | None:
    """Return the 95 % Wilson interval of a rate; None without ratings.

    A rate whose bad ones are more than all, as late changes can leave it, has none.
    """
    return wilson(rate.bad, rate.rated)
