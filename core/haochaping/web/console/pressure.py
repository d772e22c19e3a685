"""Raters who report pressure: for supervisors outside the rated unit, with decision and trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access import accounts
from haochaping.access.principals import own_matter
from haochaping.evaluation import pressure, targets
from haochaping.evaluation.pressure import CONFIRMED, OPEN, UNFOUNDED, PressureRefused, Verdict
from haochaping.evaluation.pressure import Report as Reported
from haochaping.evaluation.targets import Target
from haochaping.messages import N_
from haochaping.web import formats
from haochaping.web.console import reach, service_card
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("pressure", "haochaping.web")
HERE: Final = "/console/pressure"
PERMISSION: Final = "evaluation.decide"

FOUND: Final = {
    CONFIRMED: N_("属实"),
    UNFOUNDED: N_("未发现"),
    OPEN: N_("待处理"),
}
"""States of a report, in words."""


@dataclass(frozen=True, slots=True)
class Row:
    """A report in the list."""

    href: str
    title: str
    unit: str
    since: str
    found: str


@dataclass(frozen=True, slots=True)
class ReportList:
    """Reports that wait, or those decided."""

    decided: bool
    rows: tuple[Row, ...]
    done: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report: the service and its place, what was found; no rater, no grade."""

    href: str
    title: str
    facts: tuple[tuple[str, str], ...]
    open: bool
    choices: tuple[tuple[str, str], ...]
    reason: str = ""
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def listing() -> str:
    """Show the reports within reach."""
    decided = request.args.get("state") == "decided"
    with site().store.read() as conn:
        found = pressure.listing(conn, decided=decided)
        rows = tuple(_row(conn, one) for one in found if _may_see(conn, one))
    done = _("处理结果已保存。") if request.args.get("done") else ""
    return render_template("console/pressure.html", page=ReportList(decided, rows, done))


@route(pages, f"{HERE}/<int:report_id>")
def show(report_id: int) -> str:
    """Show one report."""
    with site().store.read() as conn:
        page = _page(conn, _reached(conn, report_id))
    return render_template("console/pressure_report.html", page=page)


@route(pages, f"{HERE}/<int:report_id>/decide", methods=("POST",))
def decide(report_id: int) -> Response:
    """Say what was found, and why."""
    deployment = site()
    verdict = Verdict(
        request.form.get("found", ""),
        request.form.get("reason", ""),
        principal().account_id,
        deployment.clock.now(),
    )
    try:
        with deployment.store.write() as conn:
            found = _reached(conn, report_id)
            pressure.decide(conn, deployment.intake.desk, found, verdict)
    except PressureRefused as refusal:
        return _again(report_id, refusal)
    return make_response(redirect(f"{HERE}?done=1", 303))


def _again(report_id: int, refusal: PressureRefused) -> Response:
    fault = FieldFault("reason", words(refusal.detail))
    with site().store.read() as conn:
        page = _page(conn, _reached(conn, report_id), fault)
    return make_response(render_template("console/pressure_report.html", page=page), 422)


def _reached(conn: Connection, report_id: int) -> Reported:
    """Return a report that may be seen. Raises NotFound, also for people of the unit."""
    found = pressure.load(conn, report_id)
    if found is None or not _may_see(conn, found):
        raise NotFound()
    return found


def _may_see(conn: Connection, one: Reported) -> bool:
    if own_matter(principal(), one.staff_id):
        return False
    if not accounts.outside(conn, principal().account_id, one.organization_id):
        return False
    return reach.reaches(conn, PERMISSION, one.occurrence)


def _row(conn: Connection, one: Reported) -> Row:
    target = _target(conn, one)
    return Row(
        href=f"{HERE}/{one.id}",
        title=service_card.item_of(target),
        unit=service_card.card(target).unit,
        since=formats.moment(one.at),
        found=_(FOUND[one.state]),
    )


def _page(conn: Connection, one: Reported, *faults: FieldFault) -> ReportPage:
    target = _target(conn, one)
    return ReportPage(
        href=f"{HERE}/{one.id}",
        title=service_card.item_of(target),
        facts=_facts(conn, one, target),
        open=one.state == OPEN,
        choices=tuple((state, _(FOUND[state])) for state in pressure.DECISIONS),
        reason=request.form.get("reason", "")[: pressure.REASON_MAX],
        faults=faults,
    )


def _facts(conn: Connection, one: Reported, target: Target) -> tuple[tuple[str, str], ...]:
    card = service_card.card(target)
    facts = [
        (_("单位"), card.unit),
        (_("地点"), card.where),
        (_("办理时间"), card.day),
        (_("反映时间"), formats.moment(one.at)),
        (_("结论"), _(FOUND[one.state])),
    ]
    if one.decided_at is not None and one.decided_by is not None:
        facts += [
            (_("处理人"), accounts.name(conn, one.decided_by)),
            (_("处理时间"), formats.moment(one.decided_at)),
            (_("理由"), one.decision),
        ]
    return tuple((label, value) for label, value in facts if value)


def _target(conn: Connection, one: Reported) -> Target:
    target = targets.find(conn, one.occurrence)
    if target is None:
        raise NotFound()
    return target
