"""`/opinions`: an opinion of a hall or unit that belongs to no case (综合点评)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flask import Response, make_response, render_template, request

from haochaping.evaluation import opinion_units
from haochaping.evaluation.opinion_units import Unit
from haochaping.evaluation.opinions import COMPREHENSIVE, Opinion, OpinionBook
from haochaping.hooks.values import Channel
from haochaping.web import limits, tokens
from haochaping.web.citizen import choices
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.citizen.contexts import GradeChoice
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.i18n import _, words
from haochaping.web.limits import Limit
from haochaping.web.routes import route
from haochaping.web.site import site

HERE: Final = "/opinions"
GIVE: Final = Limit("opinion", per_minute=10, burst=20)
"""Opinions of one address: a hall's screen gives few, a program many."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A unit to choose."""

    href: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class UnitsPage:
    """The search for a unit."""

    wanted: str = ""
    units: tuple[Choice, ...] = ()
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class OpinionPage:
    """The form about one unit, with what was written."""

    name: str
    action: str
    token: str
    choices: tuple[GradeChoice, ...]
    text_max: int
    grade: str = ""
    text: str = ""
    faults: tuple[FieldFault, ...] = ()
    done: bool = False


@route(citizen, HERE)
def opinion_units_page() -> str:
    """Find the hall or unit."""
    _must_be_open()
    wanted = " ".join(request.args.get("q", "").split())[:60]
    found: tuple[Unit, ...] = ()
    if wanted:
        with site().store.read() as conn:
            found = opinion_units.search(conn, wanted)
    units = tuple(_choice(one) for one in found)
    page = UnitsPage(wanted, units, bool(wanted) and not units)
    return render_template("citizen/opinion_units.html", page=page)


@route(citizen, f"{HERE}/<kind>/<code>")
def opinion(kind: str, code: str) -> str:
    """Show the form about a unit."""
    return render_template("citizen/opinion.html", page=_page(_unit(kind, code)))


@route(citizen, f"{HERE}/<kind>/<code>", methods=("POST",))
def give_opinion(kind: str, code: str) -> Response:
    """Take an opinion in; sent twice it is one."""
    limits.spend(GIVE)
    tokens.refuse_foreign_sites()
    unit = _unit(kind, code)
    key = tokens.idempotency_key(site().keyring, _subject(unit), request.form.get("token", ""))
    grade, text = request.form.get("grade", ""), request.form.get("text", "").strip()
    faults = tuple(_faults(grade, text))
    page = _page(unit)
    if faults:
        shown = replace(page, grade=grade, text=text, faults=faults)
        return make_response(render_template("citizen/opinion.html", page=shown), 422)
    given = Opinion(
        idempotency_key=f"citizen:{key}",
        kind=COMPREHENSIVE,
        organization_id=unit.organization_id,
        hall_id=unit.hall_id,
        grade=int(grade) if grade else None,
        text=text,
        channel=Channel.WEB,
    )
    with site().store.write() as conn:
        OpinionBook(site().keyring, site().journal.emit).record(conn, given, site().clock.now())
    done = replace(page, done=True)
    return make_response(render_template("citizen/opinion.html", page=done), 201)


def _faults(grade: str, text: str) -> list[FieldFault]:
    most = site().intake.desk.rules.text_max
    faults = []
    if grade and grade not in {"1", "2", "3", "4", "5"}:
        faults.append(FieldFault("grade", _("请从五个等级中选一个，也可以不选")))
    if not grade and not text:
        faults.append(FieldFault("text", _("请选一个等级，或写几句话")))
    if len(text) > most:
        faults.append(FieldFault("text", _("最多 %(n)s 个字", n=most)))
    return faults


def _page(unit: Unit) -> OpinionPage:
    return OpinionPage(
        name=words(unit.name),
        action=f"{HERE}/{unit.kind}/{unit.code}",
        token=tokens.mint(site().keyring, _subject(unit)),
        choices=choices.plain_choices(),
        text_max=site().intake.desk.rules.text_max,
    )


def _unit(kind: str, code: str) -> Unit:
    _must_be_open()
    with site().store.read() as conn:
        found = opinion_units.find(conn, kind, code[:64])
    if found is None:
        raise NotFound
    return found


def _must_be_open() -> None:
    """Raise NotFound where the jurisdiction takes no opinions."""
    if Channel.COMPREHENSIVE not in site().intake.desk.rules.channels:
        raise NotFound


def _choice(unit: Unit) -> Choice:
    kind = _("大厅") if unit.kind == opinion_units.HALL else _("机构")
    return Choice(f"{HERE}/{unit.kind}/{unit.code}", words(unit.name), kind)


def _subject(unit: Unit) -> str:
    return f"opinion:{unit.kind}:{unit.code}"
