"""Units withheld beside small ones: nobody finds a few raters by subtracting what is shown.

A county's figure is known, so is that of each unit shown. What is left is the withheld units
together; it must hold at least k raters. The same between a unit and its parts, and between
halls and organizations, whose windows lie across each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Unit(NamedTuple):
    """A subject of a board: its kind and id."""

    kind: str
    id: int


class Desk(NamedTuple):
    """Where a window stands, whose it is, and in which county."""

    hall: Unit
    organization: Unit
    region: str


@dataclass(frozen=True, slots=True)
class Places:
    """How units with figures lie within each other.

    `families` are units whose sum is known; `parts` lie within one unit alone; `desks` are
    windows, each within a hall and within an organization.
    """

    families: Collection[tuple[Unit, ...]]
    parts: Mapping[Unit, tuple[Unit, ...]]
    desks: Mapping[Unit, Desk]


def withheld(
    counts: Mapping[Unit, int], small: Iterable[Unit], places: Places, k: int
) -> frozenset[Unit]:
    """Return the units to withhold: the small ones and those that would give them away.

    Which ones go with small ones follows the order of `counts`, never the figures: as ratings
    come in, what is shown once stays shown, or the figures before and after would tell.
    """
    work = _Work(counts, places, k)
    work.hide(small)
    while work.moved:
        work.moved = False
        work.families()
        work.tables()
    return frozenset(work.hidden)


Pair = tuple[Unit, Unit]
"""A hall and an organization with windows in it."""


@dataclass(slots=True)
class _Work:
    counts: Mapping[Unit, int]
    places: Places
    k: int
    hidden: set[Unit] = field(default_factory=set)
    moved: bool = False
    order: dict[Unit, int] = field(default_factory=dict)
    within: dict[Unit, list[Unit]] = field(default_factory=dict)
    pairs: dict[Pair, list[Unit]] = field(default_factory=dict)
    regions: dict[str, list[Unit]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.order = {unit: place for place, unit in enumerate(self.counts)}
        for unit in sorted(self.places.desks, key=self.order.__getitem__):
            desk = self.places.desks[unit]
            self.pairs.setdefault((desk.hall, desk.organization), []).append(unit)
            self.regions.setdefault(desk.region, []).append(unit)
            for owner in (desk.hall, desk.organization):
                self.within.setdefault(owner, []).append(unit)

    def hide(self, units: Iterable[Unit]) -> None:
        """Withhold units with all that lies within them, or they could be added up."""
        for unit in units:
            if unit not in self.hidden:
                self.moved = True
                self.hidden.add(unit)
                self.hide(self.places.parts.get(unit, ()))
                self.hide(self.within.get(unit, ()))

    def families(self) -> None:
        """Withhold units of each parent so that at least k raters are withheld together."""
        for family in (*self.places.families, *self.places.parts.values(), *self.pairs.values()):
            if not self.hidden.isdisjoint(family):
                self.hide(self.first({unit: self.counts[unit] for unit in family}))

    def first(self, counts: Mapping[Unit, int]) -> list[Unit]:
        """Return the first units that have k raters together, all when they have fewer."""
        found, left = [], self.k
        for unit in sorted(counts, key=lambda one: self.order.get(one, len(self.order))):
            if left <= 0:
                break
            found.append(unit)
            left -= counts[unit]
        return found

    def tables(self) -> None:
        """See to what halls and organizations tell of each other.

        What is left of them once the windows shown are subtracted may tell the withheld windows
        of any hall and organization, whether they are shown themselves or not.
        """
        halls: dict[Unit, dict[Unit, int]] = {}
        for (hall, organization), desks in self.pairs.items():
            count = sum(self.counts[unit] for unit in desks)
            halls.setdefault(hall, {})[organization] = count
            if count < self.k and desks[0] in self.hidden and not self._whole(desks, organization):
                self.hide([organization])
        for owners in halls.values():
            if not self.hidden.isdisjoint(owners):
                self.hide(self.first(owners))
        for desks in self.regions.values():
            if any(self.hidden.issuperset(self.places.desks[unit][:2]) for unit in desks):
                for unit in self.first({unit: self.counts[unit] for unit in desks}):
                    self.hide(self.places.desks[unit][:2])

    def _whole(self, desks: list[Unit], organization: Unit) -> bool:
        """Say whether these are all windows of an organization, whose figure is then theirs."""
        return len(self.within[organization]) == len(desks)
