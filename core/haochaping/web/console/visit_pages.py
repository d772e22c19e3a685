"""Beside the list of visits: the printed sheet of a visit in person, and the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from flask import Blueprint, render_template, request
from sqlalchemy import Connection

from haochaping.access.principals import Scope, allowed
from haochaping.catalog import subjects
from haochaping.channels import inspection_results
from haochaping.channels.inspections import Campaign
from haochaping.grading import formulas, periods
from haochaping.grading.periods import UnknownPeriod
from haochaping.hooks.values import Period, Words
from haochaping.rectification import oversight, sampling, visits
from haochaping.rectification.machine import VISIT
from haochaping.rectification.oversight import Span, VisitFigures
from haochaping.rectification.problems import UnknownCase
from haochaping.web import formats
from haochaping.web.console import sight
from haochaping.web.console.wording import last_day, way
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("visit_pages", "haochaping.web")
_NOTHING: Final = Words("")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The printed form of visits in person: what is said, where and when."""

    public_id: str
    title: str
    unit: str
    script: str
    due: str
    place: str
    meet: str


@dataclass(frozen=True, slots=True)
class Line:
    """Visits made: of a way, or of a unit and a way."""

    name: str
    by: str
    made: int
    satisfied: int
    unsatisfied: int
    unreachable: int
    rate: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A daily lot: day, seed, of how many how many."""

    day: str
    seed: str
    share: str
    population: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A daily lot of services: where it is worked on, of how many, and what came of it."""

    href: str
    day: str
    frame: int
    drawn: int
    graded: int
    unreachable: int


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """Visits of a month by way and by unit, and the last daily lots."""

    month: str
    shown: str
    ways: tuple[Line, ...]
    units: tuple[Line, ...]
    lots: tuple[Drawn, ...]
    surveys: tuple[Surveyed, ...]


@route(pages, "/console/cases/<public_id>/visit-sheet")
def sheet(public_id: str) -> str:
    """Show the form of a visit in person, made for paper. Raises UnknownCase."""
    with site().store.read() as conn:
        seen = sight.look(conn, public_id, site().clock.now())
        if not seen.actor.may(VISIT):
            raise UnknownCase
        open_ones = [one for one in visits.visits_of(conn, seen.case) if one.state == visits.DUE]
        names = _names(conn, "item", [seen.case.item_id or 0])
        units = _names(conn, "organization", [seen.case.organization_id])
    scripts = site().rectification.rules.visiting.scripts
    one = next((each for each in open_ones if each.by == visits.IN_PERSON), None)
    page = Sheet(
        public_id=public_id.upper(),
        title=next(iter(names.values()), _("未指明事项")),
        unit=next(iter(units.values()), ""),
        script=words(scripts.get(visits.IN_PERSON, _NOTHING)),
        due="" if one is None else last_day(one.due_at),
        place="" if one is None else one.place or "",
        meet="" if one is None or one.meet_at is None else formats.moment(one.meet_at),
    )
    return render_template("console/visit_sheet.html", page=page)


@route(pages, "/console/visits/figures")
def figures() -> str:
    """Show what came of the visits of a month, by way and by rated unit."""
    period = _period()
    span, seen = _span(period), sight.seen(VISIT)
    with site().store.read() as conn:
        ways = oversight.visit_figures(conn, seen, span)
        units = oversight.visit_figures(conn, seen, span, by_unit=True)
        names = _names(conn, "organization", [one.organization_id or 0 for one in units])
        lots = sampling.newest(conn)
        surveys = _surveys(conn)
    page = FiguresPage(
        month=f"{period.first:%Y-%m}",
        shown=formats.month(period.first),
        ways=tuple(_line(one, "") for one in ways),
        units=tuple(_line(one, names.get(one.organization_id or 0, "")) for one in units),
        lots=tuple(map(_drawn, lots)),
        surveys=surveys,
    )
    return render_template("console/visit_figures.html", page=page)


def _period() -> Period:
    today = site().calendar.local_day(site().clock.now())
    wish = request.args.get("month", "")
    try:
        return periods.parse(wish[:7] or f"{today:%Y-%m}")
    except UnknownPeriod:
        return periods.parse(f"{today:%Y-%m}")


def _span(period: Period) -> Span:
    zone = formats.zone()
    days = (period.first, period.last + timedelta(days=1))
    start, end = (datetime.combine(day, time(0), zone).astimezone(UTC) for day in days)
    return Span(start, end)


def _names(conn: Connection, kind: str, ids: Sequence[int]) -> dict[int, str]:
    return {key: words(one.name) for key, one in subjects.names(conn, kind, set(ids)).items()}


def _line(one: VisitFigures, name: str) -> Line:
    share = one.satisfaction
    rate = formulas.share(share.over, share.under)
    return Line(name, way(one.by), one.made, one.satisfied, one.unsatisfied, one.unreachable, rate)


def _drawn(one: sampling.Sample) -> Drawn:
    return Drawn(formats.day(one.day), one.seed, one.share, len(one.population), len(one.drawn))


def _surveys(conn: Connection) -> tuple[Surveyed, ...]:
    """Return the newest daily lots of services; their results count apart from visits."""
    who = principal()
    seen = [
        one
        for one in inspection_results.by_lot(conn)
        if allowed(who, "inspection.enter", Scope(one.region_path))
    ]
    return tuple(_surveyed(conn, one) for one in seen)


def _surveyed(conn: Connection, one: Campaign) -> Surveyed:
    found = inspection_results.by_organization(conn, one.id).values()
    return Surveyed(
        href=f"/console/inspections/{one.id}",
        day=formats.day(one.first_day),
        frame=one.frame,
        drawn=sum(each.drawn for each in found),
        graded=sum(each.graded for each in found),
        unreachable=sum(each.unreachable for each in found),
    )
