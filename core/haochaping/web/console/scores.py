"""Scores of closed months: a list by kind, and how each score came about, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from flask import Blueprint, render_template, request
from sqlalchemy import Connection

from haochaping.catalog import subjects
from haochaping.grading import basis, closing, periods, scoring
from haochaping.grading.rounding import shown
from haochaping.grading.scoring import Kept
from haochaping.hooks.values import Period, Subject, Words
from haochaping.messages import N_
from haochaping.profile.indicators import IndicatorNode, IndicatorTree
from haochaping.web.console.reach import reaches_unit
from haochaping.web.errors import NotFound
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("scores", "haochaping.web")
HERE: Final = "/console/scores"
EXACT: Final = "figures.exact"
MONTHS: Final = 12
MOST: Final = 200
"""Lines of the list at most."""
KINDS: Final = {
    "organization": N_("部门"),
    "hall": N_("大厅"),
    "window": N_("窗口"),
    "staff": N_("工号"),
}


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One subject of the list."""

    id: int
    name: str
    total: str
    core: str


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One indicator of a score, in words."""

    name: str
    measure: str
    weight: str
    value: str
    points: str


@route(pages, HERE)
def listing() -> str:
    """List the scores of a closed month within one's grants, the highest first."""
    kind, period = _kind(), _period()
    with site().store.read() as conn:
        lines = list(_lines(conn, kind, period))
        closed = closing.is_closed(conn, period)
    months = [month.name for month in reversed(offered_months())]
    return render_template(
        "console/scores.html",
        kinds=[(name, _(title)) for name, title in KINDS.items()],
        kind=kind,
        months=months,
        month=period.name,
        lines=lines,
        closed=closed,
    )


@route(pages, "/console/score")
def one() -> str:
    """Show how one score came about: inputs, indicators, rules and versions."""
    kind, period = _kind(), _period()
    subject = request.args.get("id", 0, type=int)
    with site().store.read() as conn:
        if not 0 < subject < 2**63 or not reaches_unit(conn, EXACT, kind, subject):
            raise NotFound()
        found = next((e for e in scoring.kept(conn, period, kind) if e.subject_id == subject), None)
        name = subjects.names(conn, kind, [subject]).get(subject)
        rules = basis.kept(conn, found.basis) if found else None
    if found is None or name is None:
        raise NotFound()
    tree = rules.tree(period.first) if rules else None
    return render_template(
        "console/score.html",
        name=words(name.name),
        kind=kind,
        period=period.name,
        total=score_text(found.total, found.places),
        core=score_text(found.core, found.places),
        parts=list(parts_of(found, tree)),
        tally=found.inputs.tally,
        kept=found,
    )


def _lines(conn: Connection, kind: str, period: Period) -> Iterator[ScoreLine]:
    found = sorted(scoring.kept(conn, period, kind), key=_order)
    names: dict[int, Subject] = {}
    for start in range(0, len(found), 500):
        ids = [each.subject_id for each in found[start : start + 500]]
        names.update(subjects.names(conn, kind, ids))
    shown_lines = 0
    for each in found:
        named = names.get(each.subject_id)
        if named is None or not reaches_unit(conn, EXACT, kind, each.subject_id):
            continue
        total = score_text(each.total, each.places)
        core = score_text(each.core, each.places)
        yield ScoreLine(each.subject_id, words(named.name), total, core)
        shown_lines += 1
        if shown_lines == MOST:
            return


def _order(each: Kept) -> tuple[bool, int, int]:
    return each.total is None, -(each.total or 0), each.subject_id


def parts_of(found: Kept, tree: IndicatorTree | None) -> Iterator[ScorePart]:
    """Yield every indicator of a score, named as the rules of that time name it."""
    names = dict(_names(tree)) if tree else {}
    for code, measure, weight, value, points in found.detail["parts"]:
        yield ScorePart(
            name=words(names.get(code, Words(code, code))),
            measure=measure,
            weight=_percent(weight),
            value=_percent(value),
            points=_exact(points),
        )


def _names(tree: IndicatorTree) -> Iterator[tuple[str, Words]]:
    """Yield the name of every leaf and bonus indicator by the code that its part has."""
    yield from _below(tree.core, "")
    for group in tree.differential:
        yield from _below(group.children, group.code)
    yield from ((each.code, each.name) for each in tree.bonus)


def _below(nodes: tuple[IndicatorNode, ...], above: str) -> Iterator[tuple[str, Words]]:
    for node in nodes:
        code = f"{above}.{node.code}" if above else node.code
        yield code, node.name
        yield from _below(node.children, code)


def score_text(scaled: int | None, places: int) -> str:
    """Return a scaled score as decimal text."""
    return "—" if scaled is None else shown(Fraction(scaled, 10**places), "half_up", places)


def _percent(exact: Any) -> str:
    return "—" if exact is None else shown(Fraction(exact) * 100, "half_up", 2) + "%"


def _exact(exact: Any) -> str:
    return "—" if exact is None else shown(Fraction(exact), "half_up", 4)


def _kind() -> str:
    asked = request.args.get("kind", "")
    return asked if asked in KINDS else "organization"


def _period() -> Period:
    asked = request.args.get("period", "").strip()
    return periods.parse(asked) if asked else offered_months()[-1]


def offered_months() -> tuple[Period, ...]:
    """Return the months that are offered, the newest last."""
    today = site().calendar.local_day(site().clock.now())
    return periods.months_until(closing.last_month_over(today), MONTHS)
