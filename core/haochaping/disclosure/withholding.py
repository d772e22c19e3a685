"""Which subjects of a board are withheld: the same on every board, in data sets and bulletins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.catalog.tables import hall, item, organization, staff, window
from haochaping.disclosure import sight
from haochaping.disclosure.beside import Desk, Places, Unit, withheld
from haochaping.disclosure.sight import Audience, Seen, Wanted
from haochaping.grading import periods
from haochaping.hooks.values import Period
from haochaping.profile.rules import DisclosureRules

PLACED: Final = ("organization", "hall", "window")
"""Kinds that tell of each other: what is withheld of one depends on the others."""

OWNED: Final = {"item": item, "staff": staff}
"""Kinds whose subjects lie within an organization."""


def of_board(
    conn: Connection, rules: DisclosureRules, kind: str, period: Period, audience: Audience
) -> frozenset[int]:
    """Return the subjects of a kind that are withheld, wherever the board is narrowed to.

    In a quarter or a year those withheld in any of its months: else the other months would
    leave that one. Supervisors see everything. Regions are shown by their own figures alone:
    what is known of a region on its home page is no secret on the board. Reads each kind once,
    however many months there are; nothing is kept from before, since figures of closed months
    still move by corrections.
    """
    if audience is Audience.SUPERVISOR or kind not in (*PLACED, *OWNED):
        return frozenset()
    rated = _rated(conn, rules, kind, period, audience)
    few = [_few(counts, rules) for counts in rated]
    if not any(few):
        return frozenset()
    every = {unit: 0 for counts in rated for unit in counts}
    places, k = _places(conn, every, kind), max(rules.k, rules.suppress_below)
    found = (
        withheld(counts, small, _among(places, counts), k)
        for counts, small in zip(rated, few, strict=True)
        if small
    )
    return frozenset(unit.id for units in found for unit in units if unit.kind == kind)


def _few(counts: Mapping[Unit, int], rules: DisclosureRules) -> list[Unit]:
    return [unit for unit, number in counts.items() if number < rules.suppress_below]


def _rated(
    conn: Connection, rules: DisclosureRules, kind: str, period: Period, audience: Audience
) -> list[dict[Unit, int]]:
    """Return the ratings of all units that tell of each other, a month at a time."""
    months = len(periods.months_of(period))
    found: dict[str, dict[Unit, int]] = {}
    for each in (*PLACED, kind) if kind in OWNED else PLACED:
        if months < 2:
            told = {period.name: sight.look(conn, audience, rules, Wanted(each, None, period))}
        else:
            told = sight.monthly(conn, rules, each, period)
        for name, seen in told.items():
            found.setdefault(name, {}).update(_counts(each, seen))
    return list(found.values())


def _counts(kind: str, seen: Seen) -> dict[Unit, int]:
    """Return the ratings of units that have any, those that move in batches first."""
    ordered = sorted(seen.tallies, key=lambda one: (one not in seen.shielded, one))
    rated = {Unit(kind, subject): seen.tallies[subject].rated for subject in ordered}
    return {unit: number for unit, number in rated.items() if number > 0}


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
