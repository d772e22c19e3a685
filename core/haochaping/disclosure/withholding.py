"""Which subjects of a board are withheld: the same on every board, in data sets and bulletins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.catalog.tables import hall, item, organization, staff, window
from haochaping.disclosure import apart, sight
from haochaping.disclosure.apart import Apart, Children
from haochaping.disclosure.beside import Desk, Places, Unit, withheld
from haochaping.disclosure.sight import Audience, Seen, Wanted
from haochaping.grading import periods
from haochaping.hooks.values import Period
from haochaping.profile.rules import DisclosureRules

PLACED: Final = ("organization", "hall", "window")
"""Kinds that tell of each other: what is withheld of one depends on the others."""

OWNED: Final = {"item": item, "staff": staff}
"""Kinds whose subjects lie within an organization."""


@dataclass(frozen=True, slots=True)
class _Month:
    """The ratings of all units in one month as the public sees them, and which move in batches."""

    counts: dict[Unit, int] = field(default_factory=dict)
    shielded: set[Unit] = field(default_factory=set)

    def add(self, kind: str, seen: Seen) -> None:
        """Add the units of a kind that have ratings."""
        rated = {Unit(kind, one): tally.rated for one, tally in seen.tallies.items()}
        self.counts.update({unit: number for unit, number in rated.items() if number > 0})
        self.shielded.update(Unit(kind, one) for one in seen.shielded)

    def ordered(self, unseen: Mapping[Unit, int]) -> dict[Unit, int]:
        """Return all units in the order in which they are withheld beside small ones.

        Units that wait for their first batch stand where they will stand once it is published,
        or who is withheld beside them would change then, and both boards would tell who was.
        """
        counts, batched = {**self.counts, **unseen}, self.shielded.union(unseen)
        return {
            one: counts[one] for one in sorted(counts, key=lambda one: (one not in batched, one))
        }


def of_board(
    conn: Connection, rules: DisclosureRules, kind: str, period: Period, audience: Audience
) -> frozenset[int]:
    """Return the subjects of a kind that are withheld, wherever the board is narrowed to.

    In a quarter or a year those withheld in any of its months: else the other months would
    leave that one. Of single days all: the other days of a month would leave the one that is
    too small to be shown. Supervisors see everything. Regions are shown by their own figures
    alone: what is known of a region on its home page is no secret on the board. Reads each kind
    once, however many months there are; nothing is kept from before, since figures of closed
    months still move by corrections.
    """
    if audience is Audience.SUPERVISOR or kind not in (*PLACED, *OWNED):
        return frozenset()
    if not periods.months_of(period):
        return frozenset(sight.look(conn, audience, rules, Wanted(kind, None, period)).tallies)
    rated = _rated(conn, rules, kind, period, audience)
    live = apart.live(conn, dict.fromkeys((*apart.KINDS, kind)), period)
    known = (*(month.counts for month in rated.values()), *live.values())
    every = {unit: 0 for counts in known for unit in counts}
    places = _places(conn, every, kind)
    children = (_counties(conn, every), _by_hall(places.desks), places.parts)
    found: set[Unit] = set()
    for name, month in rated.items():
        exact = live.get(name, {})
        unseen = {unit: exact[unit] for unit in exact if _waits(unit, exact, month.counts, kind)}
        found |= _withheld(month, unseen, rules, places, apart.rests(exact, children))
    return frozenset(unit.id for unit in found if unit.kind == kind)


def _waits(unit: Unit, exact: Mapping[Unit, int], seen: Mapping[Unit, int], kind: str) -> bool:
    """Say whether a unit was rated and nothing of it is published yet: it is withheld so far."""
    return exact[unit] > 0 and unit not in seen and unit.kind in (*PLACED, kind)


def _withheld(
    month: _Month,
    unseen: Mapping[Unit, int],
    rules: DisclosureRules,
    places: Places,
    rests: Apart,
) -> frozenset[Unit]:
    """Return what is withheld in one month; rests are withheld before anything."""
    k = max(rules.k, rules.suppress_below)
    few = [unit for unit, number in month.counts.items() if number < rules.suppress_below]
    if not few and not unseen and not rests.any_below(k):
        return frozenset()
    counts = month.ordered(unseen)
    every = {**rests.counts, **counts}
    among = _among(places, counts)
    families = [kept for units in rests.families if (kept := _kept(units, every))]
    among = replace(among, families=[*among.families, *families])
    return withheld(every, [*rests.counts, *unseen, *few], among, k)


def _rated(
    conn: Connection, rules: DisclosureRules, kind: str, period: Period, audience: Audience
) -> dict[str, _Month]:
    """Return the ratings of all units that tell of each other, by month."""
    months = periods.months_of(period)
    found: dict[str, _Month] = {}
    for each in (*PLACED, kind) if kind in OWNED else PLACED:
        if months == (period,):
            told = {period.name: sight.look(conn, audience, rules, Wanted(each, None, period))}
        else:
            told = sight.monthly(conn, rules, each, period)
        for name, seen in told.items():
            found.setdefault(name, _Month()).add(each, seen)
    return found


def _counties(conn: Connection, counts: Mapping[Unit, int]) -> Children:
    """Return the halls of each county, as figures know it."""
    halls = _grouped(conn, counts, "hall", hall.c.region)
    return {Unit("region", int(code)): units for code, units in halls.items() if code.isdigit()}


def _by_hall(desks: Mapping[Unit, Desk]) -> Children:
    """Return the windows of each hall, in order."""
    found: dict[Unit, tuple[Unit, ...]] = {}
    for unit in sorted(desks):
        found[desks[unit].hall] = (*found.get(desks[unit].hall, ()), unit)
    return found


def _among(places: Places, counts: Mapping[Unit, int]) -> Places:
    """Return how those units lie within each other that are counted.

    In an order that depends on them alone: a month is to be answered alike in its year.
    """
    families = (_kept(units, counts) for units in places.families)
    parts = {owner: _kept(places.parts[owner], counts) for owner in sorted(places.parts)}
    return Places(
        sorted(units for units in families if units),
        {owner: units for owner, units in parts.items() if units},
        {unit: places.desks[unit] for unit in sorted(places.desks) if unit in counts},
    )


def _kept(units: tuple[Unit, ...], counts: Mapping[Unit, int]) -> tuple[Unit, ...]:
    return tuple(unit for unit in units if unit in counts)


def _places(conn: Connection, counts: Mapping[Unit, int], kind: str) -> Places:
    """Return how the counted units lie within each other."""
    families = [
        *_grouped(conn, counts, "organization", organization.c.region).values(),
        *_grouped(conn, counts, "hall", hall.c.region).values(),
    ]
    parts = {}
    if kind in OWNED:
        owned = _grouped(conn, counts, kind, OWNED[kind].c.organization_id)
        families += [units for owner, units in owned.items() if owner is None]
        parts = {
            Unit("organization", owner): units
            for owner, units in owned.items()
            if owner is not None
        }
    return Places(families, parts, _desks(conn, counts))


def _grouped(
    conn: Connection, counts: Mapping[Unit, int], kind: str, column: Any
) -> dict[Any, tuple[Unit, ...]]:
    """Return the counted units of a kind by a column of theirs."""
    found: dict[Any, list[Unit]] = {}
    for number, value in conn.execute(select(column.table.c.id, column)):
        if Unit(kind, number) in counts:
            found.setdefault(value, []).append(Unit(kind, number))
    return {value: _in_order(units) for value, units in found.items()}


def _in_order(units: Iterable[Unit]) -> tuple[Unit, ...]:
    return tuple(sorted(units))


def _desks(conn: Connection, counts: Mapping[Unit, int]) -> dict[Unit, Desk]:
    """Return where the counted windows stand and whose they are: the hall's, if nobody's."""
    columns = (window.c.id, window.c.hall_id, window.c.organization_id)
    joined = select(*columns, hall.c.organization_id, hall.c.region).join(
        hall, hall.c.id == window.c.hall_id
    )
    return {
        Unit("window", number): Desk(
            Unit("hall", place), Unit("organization", owner or keeper), region
        )
        for number, place, owner, keeper, region in conn.execute(joined)
        if Unit("window", number) in counts
    }
