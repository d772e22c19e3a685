"""The trend: a jurisdiction's figures month by month, each with its n."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from haochaping.disclosure.cells import Cell, Column, cell_of, column_of
from haochaping.grading import figures, formulas, periods
from haochaping.grading.facts import CaseCounts, add_up
from haochaping.grading.formulas import Formulas
from haochaping.hooks.grading import CaseFacts
from haochaping.hooks.values import Period


@dataclass(frozen=True, slots=True)
class Point:
    """One month of a trend; months without ratings are there with empty cells."""

    month: Period
    rated: int
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Trend:
    """Consecutive months, the oldest first, and what their columns mean."""

    columns: tuple[Column, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Trends:
    """Makes trends of regions, whose figures need no shield."""

    formulas: Formulas
    cases: CaseCounts
    below: int

    def trend(
        self, conn: Connection, region: str, months: Sequence[Period], names: Sequence[str]
    ) -> Trend:
        """Return the trend of a region's subtree (empty: everything) for named formulas."""
        ids = figures.within_region(region) if region else None
        found = figures.trend(conn, "region", ids, months)
        points = []
        for month in months:
            facts = self._facts(conn, region, month)
            results = formulas.compute(self.formulas, found[month.name], facts)
            cells = {
                name: cell_of(self.formulas[name], results[name], self.below) for name in names
            }
            points.append(Point(month, found[month.name].rated, cells))
        return Trend(tuple(column_of(self.formulas[name]) for name in names), tuple(points))

    def _facts(self, conn: Connection, region: str, month: Period) -> CaseFacts:
        ids = list(conn.execute(figures.within_region(region)).scalars())
        return add_up(self.cases(conn, "region", ids, month).values())


def months_shown(month: Period, count: int) -> tuple[Period, ...]:
    """Return the months of a trend that ends with `month`."""
    return periods.months_until(month, count)
