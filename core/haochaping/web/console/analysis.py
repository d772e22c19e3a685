"""Where the shoe pinches: reasons, items, hours, changes and cards, for leaders and supervisors."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from sqlalchemy import Connection

from haochaping.access.principals import Grant
from haochaping.analysis import reading, report
from haochaping.analysis.reading import Units, Within
from haochaping.analysis.report import Asked
from haochaping.analysis.rules import AnalysisRules
from haochaping.catalog import subjects
from haochaping.disclosure.sight import Audience
from haochaping.grading import periods
from haochaping.hooks.values import Period, Subject
from haochaping.web import formats, sheets
from haochaping.web.console import analysis_sheets, staff_boards
from haochaping.web.console.analysis_views import AnalysisPage, Drawn, Filter
from haochaping.web.console.staff_boards import View
from haochaping.web.i18n import _, words
from haochaping.web.public.contexts import Option
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("analysis", "haochaping.web")
HERE: Final = "/console/analysis"
MONTHS: Final = 12
QUARTERS: Final = 4
OFFERED: Final = 300
"""Halls, units or items that a filter offers: those with most ratings."""
FILTERS: Final = reading.KINDS


@route(pages, HERE)
def show() -> str:
    """Show the analysis of a place and a period."""
    with site().store.read() as conn:
        page = _page(conn)
    return render_template("console/analysis.html", page=page)


@route(pages, f"{HERE}.xlsx", "xlsx")
def as_xlsx() -> Response:
    """Give the tables of the analysis as a workbook."""
    with site().store.read() as conn:
        page = _page(conn)
    return sheets.book(f"analysis-{page.period.value}", analysis_sheets.tables(page))


def _page(conn: Connection) -> AnalysisPage:
    view = staff_boards.view_asked()
    exact = view.audience is Audience.SUPERVISOR
    rules = AnalysisRules.of(site().profile)
    offered = _periods(exact=exact)
    period = _chosen(offered)
    whole = Within(_units(view.grant), hall=view.grant.hall_id or 0, shown=not exact)
    filters = _filters(conn, whole, period) if exact else ()
    within = _narrowed(whole, filters)
    found = report.make(conn, Asked(within, period), rules)
    names = {
        kind: subjects.names(conn, kind, {int(line.key) for line in found.kinds[kind]})
        for kind in reading.KINDS
    }
    drawn = Drawn(found, names, rules, site().desk.rules.options, exact=exact)
    return AnalysisPage(
        drawn=drawn,
        views=staff_boards.views(),
        view=view,
        exact=exact,
        period=Option(period.name, formats.period(period), True),
        before=formats.period(found.before),
        periods=tuple(
            Option(each.name, formats.period(each), each.name == period.name) for each in offered
        ),
        running=period.last >= site().calendar.local_day(site().clock.now()),
        filters=filters,
        query=_query(view, period, filters),
    )


def _periods(*, exact: bool) -> tuple[Period, ...]:
    """Return the months and quarters offered, newest first; units see months that are over."""
    running = periods.of_month(site().calendar.local_day(site().clock.now()))
    months = tuple(reversed(periods.months_until(running, MONTHS + 1)))
    if not exact:
        return months[1:]
    quarters = [periods.of_quarter(running.first)]
    while len(quarters) < QUARTERS:
        quarters.append(report.earlier(quarters[-1]))
    return (*months[:-1], *quarters)


def _chosen(offered: tuple[Period, ...]) -> Period:
    wish = request.args.get("period", "")
    return next((each for each in offered if each.name == wish), offered[0])


def _units(grant: Grant) -> Units:
    """Return the organizations of a grant, None for all; a hall's grant is for all in it."""
    if grant.hall_id is not None:
        return None
    if grant.organization_id is not None:
        path = grant.organization_path or "/0/"  # a unit that is gone holds nothing
        return subjects.in_organization("organization", path)
    return subjects.in_region("organization", grant.region_path) if grant.region else None


def _filters(conn: Connection, whole: Within, period: Period) -> tuple[Filter, ...]:
    """Return what a supervisor may narrow the page to: what has ratings in the period."""
    titles = {"organization": _("单位"), "hall": _("大厅"), "item": _("事项")}
    months = [month.name for month in periods.months_of(period)]
    found = []
    for kind in FILTERS:
        wish = request.args.get(kind, 0, type=int)
        counted = reading.by_kind(conn, whole, months, kind)
        rated = {one: sum(rate.rated for rate in parts.values()) for one, parts in counted.items()}
        most = sorted(rated, key=lambda one: (-rated[one], one))
        ids = set(most[:OFFERED]) | ({wish} & rated.keys())
        options = [
            Option(str(one), _named(each), one == wish)
            for one, each in subjects.names(conn, kind, ids).items()
        ]
        found.append(Filter(kind, titles[kind], tuple(sorted(options, key=lambda o: o.label))))
    return tuple(found)


def _named(subject: Subject) -> str:
    return words(subject.name) or subject.code


def _narrowed(whole: Within, filters: tuple[Filter, ...]) -> Within:
    """Return the part that was asked for; what was not offered narrows nothing."""
    chosen = {each.kind: int(each.chosen) for each in filters if each.chosen}
    return Within(
        whole.organizations,
        chosen.get("organization", 0),
        whole.hall or chosen.get("hall", 0),
        chosen.get("item", 0),
        whole.shown,
    )


def _query(view: View, period: Period, filters: tuple[Filter, ...]) -> str:
    query = {"view": str(view.number), "period": period.name}
    return urlencode(query | {each.kind: each.chosen for each in filters if each.chosen})
