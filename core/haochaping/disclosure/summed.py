"""The figures of one place, its units summed, as an audience may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from haochaping.disclosure import origins, sight, specs
from haochaping.disclosure.boards import Boards
from haochaping.disclosure.cells import Cell, Column, cell_of, column_of
from haochaping.disclosure.origins import Passive
from haochaping.disclosure.sight import Audience, Wanted
from haochaping.disclosure.suppression import Cell as Count
from haochaping.grading import figures, formulas
from haochaping.grading.facts import add_up


@dataclass(frozen=True, slots=True)
class Summed:
    """Figures of a place; `shielded` when some of them move in batches only."""

    columns: tuple[Column, ...]
    cells: Mapping[str, Cell]
    count: Count
    passive: Passive
    shielded: bool


def of_place(conn: Connection, boards: Boards, wanted: Wanted, audience: Audience) -> Summed:
    """Return the summed figures of the subjects asked for, by the boards' formulas and rules."""
    seen = sight.look(conn, audience, boards.rules, wanted)
    tally = figures.add_up(seen.tallies.values())
    ids = sorted(seen.tallies)
    facts = add_up(boards.cases(conn, wanted.kind, ids, wanted.period).values())
    names = [name for name in specs.COLUMNS if name in boards.formulas]
    known = {name: boards.formulas[name] for name in names}
    below = 0 if audience is Audience.SUPERVISOR else boards.rules.suppress_below
    defaults = figures.defaults(conn, wanted.kind, wanted.ids, wanted.period)
    return Summed(
        columns=tuple(column_of(formula) for formula in known.values()),
        cells={
            name: cell_of(known[name], result, below)
            for name, result in formulas.compute(known, tally, facts).items()
        },
        count=origins.small(tally.rated, below),
        passive=Passive(
            origins.small(tally.rated - tally.active, below),
            origins.small(sum(defaults.values()), below),
        ),
        shielded=bool(seen.shielded),
    )
