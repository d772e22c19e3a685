"""The six figures and what they are made of, computed live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from haochaping.catalog import subjects
from haochaping.grading import figures as tallies
from haochaping.grading import formulas, periods
from haochaping.grading.formulas import Formula, Result
from haochaping.grading.rounding import shown
from haochaping.hooks.grading import CaseFacts, Tally
from haochaping.hooks.values import Period
from haochaping.messages import N_
from haochaping.rectification import facts, oversight
from haochaping.rectification.oversight import SECONDS_A_DAY, Share, Span
from haochaping.web.console.figure_scope import FigureScope
from haochaping.web.i18n import _, words
from haochaping.web.site import site

ROWS: Final = 200
"""Rows shown behind a figure, the worst first."""
BY_FORMULA: Final = ("active_rate", "bad_rate", "on_time_rate")
TIME, VISITS, APPEALS = "reply_days", "visit_satisfaction", "appeals_upheld"

TITLES: Final[Mapping[str, str]] = {
    TIME: N_("平均答复天数"),
    VISITS: N_("回访满意率"),
    APPEALS: N_("申诉成立率"),
}
DEFINITIONS: Final[Mapping[str, str]] = {
    TIME: N_("本月作出首次答复的工单，从收到评价到首次答复的平均天数（自然日）"),
    VISITS: N_("本月回访中表示满意的 ÷ 本月完成的回访"),
    APPEALS: N_("本月复核认定成立的申诉 ÷ 本月作出决定的申诉"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """Which scope and month figures are asked for."""

    scope: FigureScope
    month: Period

    @property
    def query(self) -> str:
        """The question as a query of an address."""
        return urlencode({"scope": self.scope.number, "month": self.month.name})

    @property
    def span(self) -> Span:
        """The month as moments."""
        return Span(*periods.moments(self.month, site().zone.key))


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is shown: text, the two numbers behind it, its definition."""

    name: str
    title: str
    text: str
    inputs: str
    definition: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One organization's part in a figure; `unit` leads to its cases."""

    unit: int
    title: str
    text: str
    over: str
    under: int


def figures(conn: Connection, question: Question) -> tuple[Figure, ...]:
    """Return the six figures of a scope and month."""
    scope = question.scope
    results = formulas.compute(
        _formulas(),
        tallies.total(conn, scope.kind, scope.ids, question.month),
        facts.total(conn, scope.kind, scope.ids, question.month, _at()),
    )
    by_formula = [_of_formula(name, results[name]) for name in BY_FORMULA if name in results]
    return (*by_formula, *_of_cases(conn, question))


def rows(conn: Connection, question: Question, name: str) -> tuple[FigureRow, ...]:
    """Return a figure by organization, the worst first; none for figures over cases."""
    formula = _formulas().get(name)
    if formula is None:
        return ()
    ids = question.scope.units()
    counted = tallies.of(conn, "organization", ids, question.month)
    cases = facts.of(conn, "organization", ids, question.month, _at())
    results = {
        unit: formulas.compute(
            {name: formula}, counted.get(unit, Tally()), cases.get(unit, CaseFacts())
        )[name]
        for unit in counted.keys() | cases.keys()
    }
    return _table(conn, formula, results)


def _table(
    conn: Connection, formula: Formula, results: Mapping[int, Result]
) -> tuple[FigureRow, ...]:
    good_high = formula.name != "bad_rate"
    held = [(result.value, unit) for unit, result in results.items() if result.value is not None]
    held.sort(key=lambda pair: (pair[0] if good_high else -pair[0], pair[1]))
    worst = [unit for _value, unit in held[:ROWS]]
    names = subjects.names(conn, "organization", worst)
    return tuple(
        FigureRow(
            unit,
            words(names[unit].name),
            formula.brief(results[unit].value),
            str(results[unit].over),
            results[unit].under,
        )
        for unit in worst
        if unit in names
    )


def _of_formula(name: str, result: Result) -> Figure:
    formula = _formulas()[name]
    return Figure(
        name=name,
        title=words(formula.label),
        text=formula.brief(result.value) or "—",
        inputs=f"{result.over} / {result.under}",
        definition=words(formula.definition),
    )


def _of_cases(conn: Connection, question: Question) -> tuple[Figure, ...]:
    seen, span = question.scope.seen(), question.span
    taken = oversight.reply_time(conn, seen, span)
    visited = oversight.visits_satisfied(conn, seen, span)
    upheld = oversight.appeals_upheld(conn, seen, span)
    days = None if taken.value is None else taken.value / SECONDS_A_DAY
    return (
        _figure(TIME, _days(days), _("%(n)s 件", n=taken.under)),
        _figure(VISITS, _share(visited), f"{visited.over} / {visited.under}"),
        _figure(APPEALS, _share(upheld), f"{upheld.over} / {upheld.under}"),
    )


def _figure(name: str, text: str, inputs: str) -> Figure:
    return Figure(name, _(TITLES[name]), text, inputs, _(DEFINITIONS[name]))


def _days(days: Fraction | None) -> str:
    return "—" if days is None else _("%(n)s 天", n=shown(days, "half_up", 1))


def _share(share: Share) -> str:
    return formulas.share(share.over, share.under) or "—"


def _formulas() -> formulas.Formulas:
    deployment = site()
    measures = deployment.hooks.contribute("grading_measures")
    return formulas.compile_formulas(deployment.profile.rules.formulas, measures)


def _at() -> tuple[ZoneInfo, datetime]:
    return site().zone, site().clock.now()
