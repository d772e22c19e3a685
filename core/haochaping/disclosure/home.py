"""The public home: totals today, this month and in all, the five grades, the state of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from sqlalchemy import Connection

from haochaping.disclosure import origins
from haochaping.disclosure.cells import HIDDEN, Cell, Column, cell_of, column_of
from haochaping.disclosure.inference import GRADES, protected
from haochaping.disclosure.origins import Origin
from haochaping.disclosure.suppression import Cell as Count
from haochaping.disclosure.suppression import suppress
from haochaping.grading import figures, formulas, periods
from haochaping.grading.facts import CaseCounts, add_up
from haochaping.grading.formulas import Formulas
from haochaping.hooks.grading import CaseFacts, Tally
from haochaping.hooks.values import Period, Words
from haochaping.profile.rules import DisclosureRules

STATES: Final[Mapping[str, Words]] = {
    "verifying": Words("正在核实", "Being verified"),
    "rectifying": Words("正在整改", "Being put right"),
    "replied": Words("已答复", "Answered"),
    "closed": Words("已办结", "Closed"),
}
"""The state of rectification in plain words, as the public reads it."""


class CaseStates(Protocol):
    """Counts cases by their public state (`rectification.facts` fills it)."""

    def __call__(self, conn: Connection, region: str, period: Period) -> Mapping[str, int]:
        """Return the cases opened in a period within a region's subtree by keys of `STATES`.

        An empty region means everything.
        """
        ...


@dataclass(frozen=True, slots=True)
class Totals:
    """Ratings counted today, this month, and in all, for a jurisdiction."""

    today: Tally
    month: Tally
    all: Tally


@dataclass(frozen=True, slots=True)
class GradeShare:
    """One grade's count in the month, as it may be shown, and its share in percent."""

    grade: int
    count: Count
    share: str


@dataclass(frozen=True, slots=True)
class Home:
    """All figures of the public home."""

    totals: Totals
    month: Period
    grades: tuple[GradeShare, ...]
    columns: tuple[Column, ...]
    cells: Mapping[str, Cell]
    cases: Mapping[str, Count]
    profile_digest: str
    as_of: datetime
    origins: tuple[Origin, ...] = ()
    """Where the month's ratings came from."""


@dataclass(frozen=True, slots=True)
class Over:
    """The figures of a region over a period as the home shows them; `tally` and `facts` are exact.

    Whoever shows more of the exact ones than stands in the cells withholds small counts himself.
    """

    period: Period
    tally: Tally
    facts: CaseFacts
    grades: tuple[GradeShare, ...]
    columns: tuple[Column, ...]
    cells: Mapping[str, Cell]
    cases: Mapping[str, Count]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Homes:
    """Makes the public home of a region; its figures are live and exact."""

    formulas: Formulas
    rules: DisclosureRules
    digest: str
    cases: CaseCounts
    states: CaseStates

    def home(self, conn: Connection, region: str, today: date, at: datetime) -> Home:
        """Return the home of a region's subtree (empty: everything).

        :param today: the local day at `at`.
        """
        totals = totals_of(conn, region, today)
        found = self._over(conn, region, periods.of_month(today), totals.month)
        return Home(
            totals=totals,
            month=found.period,
            grades=found.grades,
            columns=found.columns,
            cells=found.cells,
            cases=found.cases,
            profile_digest=self.digest,
            as_of=at,
            origins=found.origins,
        )

    def over(self, conn: Connection, region: str, period: Period) -> Over:
        """Return the same figures of any period (a month, a quarter, a year)."""
        ids = figures.within_region(region) if region else None
        return self._over(conn, region, period, figures.total(conn, "region", ids, period))

    def _over(self, conn: Connection, region: str, period: Period, tally: Tally) -> Over:
        facts = self._facts(conn, region, period)
        results = formulas.compute(self.formulas, tally, facts)
        below = self.rules.suppress_below
        counts, hidden = protected(_by_grade(tally), below, tuple(self.formulas.values()))
        return Over(
            period=period,
            tally=tally,
            facts=facts,
            grades=shares(counts, tally.rated),
            columns=tuple(column_of(each) for each in self.formulas.values()),
            cells={
                name: HIDDEN if name in hidden else cell_of(self.formulas[name], result, below)
                for name, result in results.items()
            },
            cases=_states(self.states(conn, region, period), below),
            origins=origins.of_region(conn, region, period, below),
        )

    def _facts(self, conn: Connection, region: str, month: Period) -> CaseFacts:
        ids = list(conn.execute(figures.within_region(region)).scalars())
        return add_up(self.cases(conn, "region", ids, month).values())


def totals_of(conn: Connection, region: str, today: date) -> Totals:
    """Return the totals of a region's subtree (empty: everything), live and exact."""
    ids = figures.within_region(region) if region else None
    return Totals(
        today=figures.total(conn, "region", ids, periods.of_day(today)),
        month=figures.total(conn, "region", ids, periods.of_month(today)),
        all=figures.total(conn, "region", ids, figures.lifetime(conn, today)),
    )


def _by_grade(tally: Tally) -> Mapping[int, int]:
    return {grade: tally.grades[grade] for grade in GRADES}


def shares(counts: Mapping[int, Count], rated: int) -> tuple[GradeShare, ...]:
    """Return the five grades with their shares of all ratings."""
    return tuple(GradeShare(grade, counts[grade], _share(counts[grade], rated)) for grade in GRADES)


def _states(states: Mapping[str, int], below: int) -> Mapping[str, Count]:
    """Return the cases by public state; where there are few in all, none is counted exactly."""
    counts = {name: states.get(name, 0) for name in STATES}
    return suppress(counts, below if sum(counts.values()) < below else 0)


def _share(cell: Count, rated: int) -> str:
    if cell.count is None or not rated:
        return ""
    return formulas.percent(cell.count, rated, 2)
