"""What if: scores of a closed month under other weights beside those that counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final
from unicodedata import normalize

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy import Connection

from haochaping.analysis import whatif
from haochaping.analysis.whatif import Beside, Rules
from haochaping.catalog import subjects
from haochaping.grading import periods, reweighing, scoring
from haochaping.grading.basis import Basis
from haochaping.grading.rounding import shown
from haochaping.grading.standings import RankRules
from haochaping.hooks.values import Period, Subject
from haochaping.profile.indicators import IndicatorTree
from haochaping.web.console import figure_scope
from haochaping.web.console.figure_scope import FigureScope
from haochaping.web.console.scores import KINDS, offered_months
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("whatif", "haochaping.web")
HERE: Final = "/console/scores/what-if"
COMPARED: Final = 2000
"""Subjects compared at most: those with the best scores."""
MOST: Final = 200
"""Lines of the page at most."""
FIELD: Final = "w-"
"""Begin of the name of a field; the rest is the place of its weight."""
HUNDRED: Final = Decimal(100)
_NUMBER: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class WeightRow:
    """One weight of the form: what counted, what was typed, and the share that it makes."""

    field: str
    name: str
    stated: str
    typed: str
    share: str


@dataclass(frozen=True, slots=True)
class LevelRows:
    """The weights of one level, with the names of the indicators above it."""

    title: str
    rows: tuple[WeightRow, ...]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One subject with both scores; `moved` when it came into another band."""

    id: int
    name: str
    before: str
    after: str
    difference: str
    place: str
    band: str
    moved: bool


@dataclass(frozen=True, slots=True)
class WhatIfPage:
    """The form, and what came of it."""

    scopes: tuple[FigureScope, ...]
    scope: FigureScope
    kinds: tuple[tuple[str, str], ...]
    kind: str
    months: tuple[str, ...]
    month: str
    scored: bool
    levels: tuple[LevelRows, ...]
    faults: tuple[FieldFault, ...] = ()
    tried: bool = False
    rows: tuple[ResultRow, ...] = ()
    compared: int = 0
    moved: int = 0
    banded: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose scores of which month."""

    scope: FigureScope
    kind: str
    month: Period


@route(pages, HERE)
def form() -> str:
    """Show the weights that counted in a month, to be typed over."""
    asked = _asked(request.args)
    with site().store.read() as conn:
        rules = scoring.basis_of(conn, asked.month, asked.kind)
    tree = rules.tree(asked.month.first) if rules else None
    return render_template("console/whatif.html", page=_page(asked, tree, {}))


@route(pages, HERE, methods=("POST",))
def try_weights() -> Response:
    """Show the scores of the month under the weights typed beside those that counted."""
    asked = _asked(request.form)
    with site().store.read() as conn:
        rules = scoring.basis_of(conn, asked.month, asked.kind)
        if rules is None:
            raise NotFound()
        tree = rules.tree(asked.month.first)
        typed = {name: request.form.get(name, "").strip()[:20] for name in _fields(tree)}
        other, faults = _reweighed(tree, typed)
        page = _page(asked, tree, typed)
        if faults:
            page = replace(page, faults=faults)
            return make_response(render_template("console/whatif.html", page=page), 422)
        page = replace(
            _compared(conn, page, asked, (rules, other)), levels=_levels(other, typed, tree)
        )
    return make_response(render_template("console/whatif.html", page=page))


def _compared(
    conn: Connection, page: WhatIfPage, asked: Asked, rules: tuple[Basis, IndicatorTree]
) -> WhatIfPage:
    """Return the page with both scores of everybody within the scope."""
    basis, other = rules
    limits = site().profile.rules.disclosure
    ranks = RankRules(limits.min_n, limits.coverage_floor)
    ids = scoring.best(conn, asked.month, asked.kind, asked.scope.of(asked.kind), COMPARED + 1)
    found = whatif.beside(
        conn, asked.month, asked.kind, ids[:COMPARED], Rules(other, basis.formulas, ranks)
    )
    names = subjects.names(conn, asked.kind, [each.subject_id for each in found[:MOST]])
    return replace(
        page,
        tried=True,
        rows=tuple(_row(each, names, other.places) for each in found[:MOST]),
        compared=len(found),
        moved=sum(1 for each in found if each.difference),
        banded=sum(1 for each in found if each.before.band != each.after.band),
        more=len(ids) > COMPARED,
    )


def _page(asked: Asked, tree: IndicatorTree | None, typed: Mapping[str, str]) -> WhatIfPage:
    return WhatIfPage(
        scopes=figure_scope.scopes(),
        scope=asked.scope,
        kinds=tuple((name, _(title)) for name, title in KINDS.items()),
        kind=asked.kind,
        months=tuple(month.name for month in reversed(offered_months())),
        month=asked.month.name,
        scored=tree is not None,
        levels=_levels(tree, typed, tree) if tree else (),
    )


def _reweighed(
    tree: IndicatorTree, typed: Mapping[str, str]
) -> tuple[IndicatorTree, tuple[FieldFault, ...]]:
    """Return the tree under what was typed, or what is wrong with that."""
    stated: dict[str, Decimal] = {}
    faults: list[FieldFault] = []
    for name, text in typed.items():
        number = normalize("NFKC", text).removesuffix("%").strip()
        if not _NUMBER.fullmatch(number) or Decimal(number) > HUNDRED:
            told = _("“%(typed)s”不是权重：请写 0 至 100 的数，如 25 或 12.5。", typed=text)
            faults.append(FieldFault(name, told))
        else:
            stated[name.removeprefix(FIELD)] = Decimal(number) / HUNDRED
    if faults:
        return tree, tuple(faults)
    try:
        return reweighing.reweighed(tree, stated), ()
    except reweighing.NothingWeighs as wrong:
        told = _("这一层的权重不能全是 0。")
        return tree, (FieldFault(FIELD + wrong.place, told),)


def _fields(tree: IndicatorTree) -> list[str]:
    places = [each.place for level in reweighing.levels(tree) for each in level.weights]
    return [FIELD + each for each in (*places, *((reweighing.SHARE,) if tree.differential else ()))]


def _levels(
    now: IndicatorTree, typed: Mapping[str, str], then: IndicatorTree
) -> tuple[LevelRows, ...]:
    """Return the form: the weights of `then`, what was typed, and the shares it makes."""
    shares = {each.place: each.weight for level in reweighing.levels(now) for each in level.weights}
    found = [
        LevelRows(
            " › ".join(words(name) for name in level.above) or _("一级指标"),
            tuple(
                _weight_row(each.place, words(each.name), (each.weight, shares[each.place]), typed)
                for each in level.weights
            ),
        )
        for level in reweighing.levels(then)
    ]
    if then.differential:
        pair = then.differential_share, now.differential_share
        row = _weight_row(reweighing.SHARE, _("差异化指标合计"), pair, typed)
        found.insert(0, LevelRows(_("差异化指标占总分"), (row,)))
    return tuple(found)


def _weight_row(
    place: str, name: str, weights: tuple[Decimal, Decimal], typed: Mapping[str, str]
) -> WeightRow:
    field, stated = FIELD + place, _percent(weights[0])
    return WeightRow(field, name, stated, typed.get(field, stated), _percent(weights[1]))


def _row(one: Beside, names: Mapping[int, Subject], places: int) -> ResultRow:
    named, difference = names.get(one.subject_id), one.difference
    sign = "+" if difference is not None and difference > 0 else ""
    return ResultRow(
        id=one.subject_id,
        name=words(named.name) if named else _("已不在目录中"),
        before=_text(one.before.score, places),
        after=_text(one.after.score, places),
        difference=sign + _text(difference, places) if difference else _text(difference, places),
        place=_change(one.before.place, one.after.place),
        band=_change(one.before.band, one.after.band),
        moved=one.before.band != one.after.band,
    )


def _change(before: int | None, after: int | None) -> str:
    was, now = (_("不排名") if each is None else str(each) for each in (before, after))
    return was if was == now else f"{was} → {now}"


def _text(score: Fraction | None, places: int) -> str:
    return "—" if score is None else shown(score, "half_up", places)


def _percent(weight: Decimal) -> str:
    """Return a weight as a number of per cent, without zeros at its end."""
    return f"{(weight * HUNDRED).quantize(Decimal('0.0001')).normalize():f}"


def _asked(given: Mapping[str, str]) -> Asked:
    kind, period = given.get("kind", ""), given.get("period", "").strip()
    number = given.get("scope", "")
    return Asked(
        figure_scope.chosen(int(number) if re.fullmatch(r"[0-9]{1,3}", number) else None),
        kind if kind in KINDS else "organization",
        periods.parse(period) if period else offered_months()[-1],
    )
