"""Ratings that no published unit holds: of a hall without a window, a unit without an item.

What is left of a total once its units are subtracted must not be a few of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from haochaping.disclosure.beside import Unit
from haochaping.grading import figures
from haochaping.hooks.values import Period

Children = Mapping[Unit, tuple[Unit, ...]]
"""Units that lie within another, by that."""

KINDS: Final = ("region", "organization", "hall", "window")
"""Kinds that are read for boards of places."""


@dataclass(frozen=True, slots=True)
class Apart:
    """The rests of one month: how many ratings each holds, and what makes a total together."""

    counts: Mapping[Unit, int]
    families: tuple[tuple[Unit, ...], ...]

    def any_below(self, k: int) -> bool:
        """Say whether there is a rest of fewer than k ratings."""
        return any(number < k for number in self.counts.values())


NONE: Final = Apart({}, ())


def live(conn: Connection, kinds: Iterable[str], period: Period) -> dict[str, dict[Unit, int]]:
    """Return the exact ratings of all units of some kinds, by month.

    What the public sees moves in batches; rests of those would hold what waits.
    """
    found: dict[str, dict[Unit, int]] = {}
    for kind in kinds:
        for number, months in figures.split(conn, kind, None, period, "month").items():
            for month, tally in months.items():
                found.setdefault(month, {})[Unit(kind, number)] = tally.rated
    return found


def rests(counts: Mapping[Unit, int], children: Iterable[Children]) -> Apart:
    """Return the rests of one month as units that nobody publishes, each with those beside it."""
    found: dict[Unit, int] = {}
    families = []
    for owners in children:
        for owner, units in owners.items():
            rest = Unit(f"{owner.kind} without {units[0].kind}", owner.id)
            left = counts.get(owner, 0) - sum(counts.get(unit, 0) for unit in units)
            if left > 0:
                found[rest] = left
            families.append((rest, *units))
    return Apart(found, tuple(families))
