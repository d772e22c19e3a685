"""Inspections (监督查评): drawing a sample, entering what was found, results of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access.principals import Scope, allowed
from haochaping.catalog import subjects
from haochaping.channels import inspection_results
from haochaping.channels.inspection_results import by_organization
from haochaping.channels.inspections import (
    KINDS,
    OPEN,
    UNREACHABLE,
    BadCampaign,
    Campaign,
    Finding,
    Found,
    Inspections,
    NewCampaign,
    Sample,
)
from haochaping.evaluation import targets
from haochaping.hooks.values import Channel, Grade, Words
from haochaping.indicators import scale
from haochaping.problems import Problem
from haochaping.web.citizen import choices
from haochaping.web.citizen.contexts import GradeChoice
from haochaping.web.console import reach, service_card
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("inspections", "haochaping.web")
HERE: Final = "/console/inspections"
ENTER, MANAGE = "inspection.enter", "inspection.manage"


@dataclass(frozen=True, slots=True)
class Card:
    """A campaign in the list."""

    href: str
    name: str
    kind: str
    days: str
    closed: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """The campaigns, and the form of a new one for who may draw."""

    cards: tuple[Card, ...]
    kinds: tuple[tuple[str, str], ...] = ()
    given: Mapping[str, str] | None = None
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One service of the sample."""

    no: int
    item: str
    unit: str
    day: str
    case_no: str
    outcome: str
    open: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What was found at one unit."""

    unit: str
    drawn: int
    graded: int
    unreachable: int
    grades: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """A campaign: what its draw is proved by, its sample, its results."""

    card: Card
    id: int
    seed: str
    frame: int
    digest: str
    lines: tuple[Line, ...]
    results: tuple[Result, ...]
    choices: tuple[GradeChoice, ...]
    labels: tuple[str, ...]
    may_close: bool
    fault: str = ""


@route(pages, HERE)
def listing() -> str:
    """Show the campaigns within reach."""
    return render_template("console/inspections.html", page=_list())


@route(pages, HERE, methods=("POST",))
def draw() -> Response:
    """Draw a new campaign's sample."""
    form = request.form
    try:
        with site().store.write() as conn:
            region = form.get("region", "").strip()[:12]
            if not allowed(principal(), MANAGE, reach.region_scope(conn, region)):
                raise BadCampaign(_BEYOND)
            campaign_id = _room().draw(conn, _new(region), site().clock.now())
    except BadCampaign as problem:
        page = replace(_list(), given=form, faults=(FieldFault("name", words(problem.detail)),))
        return make_response(render_template("console/inspections.html", page=page), 422)
    return make_response(redirect(f"{HERE}/{campaign_id}", 303))


@route(pages, f"{HERE}/<int:campaign_id>")
def show(campaign_id: int) -> str:
    """Show a campaign with its sample and results."""
    return render_template("console/inspection.html", page=_page(_campaign(campaign_id)))


@route(pages, f"{HERE}/<int:campaign_id>", methods=("POST",))
def find(campaign_id: int) -> Response:
    """Enter what was found at one service."""
    campaign = _campaign(campaign_id)
    number, grade = request.form.get("no", ""), request.form.get("grade", "")
    with site().store.read() as conn:
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
        sample = inspection_results.sample(conn, campaign_id, wanted)
    if sample is None:
        raise NotFound
    try:
        with site().store.write() as conn:
            _room().find(conn, sample, _finding(grade), site().clock.now())
    except Problem as problem:
        page = replace(_page(campaign), fault=words(problem.detail))
        return make_response(render_template("console/inspection.html", page=page), problem.status)
    return make_response(redirect(f"{HERE}/{campaign_id}#s{sample.no + 1}", 303))


@route(pages, f"{HERE}/<int:campaign_id>/close", methods=("POST",))
def close(campaign_id: int) -> Response:
    """Close a campaign: nothing more is entered."""
    campaign = _campaign(campaign_id, MANAGE)
    with site().store.write() as conn:
        _room().close(conn, campaign.id, site().clock.now())
    return make_response(redirect(f"{HERE}/{campaign_id}", 303))


def _finding(grade: str) -> Finding:
    who, text = principal().account_id, request.form.get("text", "")
    if grade == UNREACHABLE:
        return Finding(who, None, text)
    if grade not in {"1", "2", "3", "4", "5"}:
        raise BadCampaign(_NO_GRADE)
    return Finding(who, int(grade), text)


def _new(region: str) -> NewCampaign:
    form = request.form
    wanted = form.get("wanted", "")
    return NewCampaign(
        name=" ".join(form.get("name", "").split())[:80],
        kind=form.get("kind", ""),
        region=region,
        first_day=_day(form.get("first_day", "")),
        last_day=_day(form.get("last_day", "")),
        wanted=int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 0,
        created_by=principal().account_id,
        seed="".join(form.get("seed", "").split())[:40],
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadCampaign(_NO_DAY) from error


def _campaign(campaign_id: int, permission: str = ENTER) -> Campaign:
    """Return a campaign within reach. Raises NotFound."""
    if Channel.INSPECTION not in site().intake.desk.rules.channels:
        raise NotFound
    with site().store.read() as conn:
        found = inspection_results.campaign(conn, campaign_id) if campaign_id < 2**63 else None
    if found is None or not allowed(principal(), permission, Scope(found.region_path)):
        raise NotFound
    return found


def _list() -> ListPage:
    with site().store.read() as conn:
        found = inspection_results.campaigns(conn)
    mine = [one for one in found if allowed(principal(), ENTER, Scope(one.region_path))]
    kinds = tuple((name, words(title)) for name, title in KINDS.items())
    return ListPage(
        tuple(_card(one) for one in mine), kinds if principal().may(MANAGE) else (), given={}
    )


def _card(one: Campaign) -> Card:
    days = f"{one.first_day.isoformat()} – {one.last_day.isoformat()}"
    closed = one.closed_at is not None
    return Card(f"{HERE}/{one.id}", one.name, words(KINDS[one.kind]), days, closed)


def _page(campaign: Campaign) -> CampaignPage:
    with site().store.read() as conn:
        lines = tuple(_line(conn, one) for one in inspection_results.samples(conn, campaign.id))
        found = by_organization(conn, campaign.id)
        names = subjects.names(conn, "organization", list(found))
    results = tuple(
        _result(words(names[unit].name) if unit in names else str(unit), one)
        for unit, one in found.items()
    )
    return CampaignPage(
        card=_card(campaign),
        id=campaign.id,
        seed=campaign.seed,
        frame=campaign.frame,
        digest=campaign.frame_digest,
        lines=lines,
        results=results,
        choices=choices.plain_choices(),
        labels=tuple(words(scale.label(grade)) for grade in scale.GRADES),
        may_close=campaign.closed_at is None
        and allowed(principal(), MANAGE, Scope(campaign.region_path)),
    )


def _line(conn: Connection, one: Sample) -> Line:
    target = targets.find(conn, one.key)
    card = service_card.card(target) if target is not None else None
    return Line(
        no=one.no,
        item=card.item if card else "",
        unit=(card.where or card.unit) if card else "",
        day=card.day if card else "",
        case_no=card.case_no if card else "",
        outcome=_outcome(one),
        open=one.outcome == OPEN,
    )


def _outcome(one: Sample) -> str:
    if one.grade is not None:
        return words(scale.label(Grade(one.grade)))
    return _("联系不上") if one.outcome == UNREACHABLE else ""


def _result(unit: str, one: Found) -> Result:
    grades = tuple(one.grades[int(grade)] for grade in scale.GRADES)
    return Result(unit, one.drawn, one.graded, one.unreachable, grades)


def _room() -> Inspections:
    return Inspections(site().keyring, site().journal.emit, site().zone)


_BEYOND: Final = Words("没有权限在这个地区组织查评，请核对地区代码", "Not within your region")
_NO_GRADE: Final = Words("请选一个等级，或选“联系不上”", "Choose a grade, or “not reached”")
_NO_DAY: Final = Words("请填写开始和结束日期", "Please fill in both dates")
