"""Appraisal: periods from freezing to publication, results of units and persons, files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.appraisal import objections, outcomes, stages
from haochaping.appraisal.measures import Target
from haochaping.appraisal.objections import Objection
from haochaping.appraisal.outcomes import Outcome
from haochaping.appraisal.problems import AppraisalRefused
from haochaping.appraisal.stages import Day, Stage, State
from haochaping.catalog import subjects
from haochaping.grading import periods, scoring
from haochaping.grading.appraisal import JUDGED
from haochaping.grading.closing import PeriodNotOver
from haochaping.hooks.values import Period, Subject, Words
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.web import formats, sheets
from haochaping.web.console import appraisal_files, appraisal_subject
from haochaping.web.console.appraisal_reach import (
    DECIDE,
    MANAGE,
    READ,
    everything,
    require_everything,
    within,
)
from haochaping.web.console.appraisal_wording import KINDS, STAGES, points_text, standing_tags
from haochaping.web.console.reach import reaches_unit
from haochaping.web.console.scores import score_text
from haochaping.web.console.wording import Tag
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("appraisal", "haochaping.web")
HERE: Final = stages.PAGE
MOST: Final = 200
"""Lines of the list at most; the files have them all."""
_FILES: Final = "application/json; charset=utf-8"
_DONE: Final = {
    "frozen": N_("已冻结。正在评定结果，稍后刷新可见；现在起可以提出异议。"),
    "published": N_("已公布。"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One subject of the list."""

    href: str
    name: str
    score: str
    points: str
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An objection that waits for a decision."""

    href: str
    name: str
    period: str
    due: str
    late: bool


@dataclass(frozen=True, slots=True)
class AppraisalPage:
    """The list of a period with what may be done to it."""

    periods: tuple[tuple[str, str], ...]
    period: str
    title: str
    stage: Stage
    steps: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    kind: str
    lines: tuple[Line, ...]
    waiting: tuple[Waiting, ...]
    manages: bool
    exports: bool
    obstacle: str
    done: str
    refusal: str = ""


@route(pages, HERE)
def listing() -> str:
    """List the results of a period within one's grants."""
    return _shown(_asked())


@route(pages, f"{HERE}/<period>/freeze", methods=("POST",))
def freeze(period: str) -> Response:
    """Freeze a period that is over: figures and scores stand from now on."""
    wanted = periods.parse(period)
    deployment, who, at = site(), principal(), site().clock.now()
    day = Day(at, deployment.calendar.local_day(at), who.account_id)
    try:
        with deployment.store.write() as conn:
            require_everything(conn, who, MANAGE)
            _require_long(wanted)
            deployment.disclosing.freezer.freeze(conn, wanted, day)
    except (PeriodNotOver, AppraisalRefused) as refusal:
        return _again(wanted, refusal)
    return make_response(redirect(f"{HERE}?period={wanted.name}&done=frozen", 303))


@route(pages, f"{HERE}/<period>/publish", methods=("POST",))
def publish(period: str) -> Response:
    """Publish a frozen period whose objections are decided."""
    wanted = periods.parse(period)
    deployment, who = site(), principal()
    try:
        with deployment.store.write() as conn:
            require_everything(conn, who, MANAGE)
            at = deployment.clock.now()
            deployment.disclosing.freezer.publish(conn, wanted, who.account_id, at)
    except AppraisalRefused as refusal:
        return _again(wanted, refusal)
    return make_response(redirect(f"{HERE}?period={wanted.name}&done=published", 303))


@route(pages, f"{HERE}.xlsx", "as_xlsx")
def as_xlsx() -> Response:
    """Give a period's results within one's grants as a workbook for personnel systems."""
    period, found = _exported()
    return sheets.xlsx(f"appraisal-{period.name}", appraisal_files.table(period, found))


@route(pages, f"{HERE}.json", "as_json")
def as_json() -> Response:
    """Give the same as JSON."""
    period, found = _exported()
    with site().store.read() as conn:
        document = appraisal_files.document(stages.state(conn, period), found)
    answer = make_response(json.dumps(document, ensure_ascii=False, indent=2))
    answer.headers["Content-Type"] = _FILES
    answer.headers["Content-Disposition"] = f'attachment; filename="appraisal-{period.name}.json"'
    return answer


@route(pages, f"{HERE}/<period>/<kind>/<int:number>")
def explain(period: str, kind: str, number: int) -> str:
    """Show how a subject's result came about, and what can be done about it."""
    return appraisal_subject.show(period, kind, number)


@route(pages, f"{HERE}/<period>/<kind>/<int:number>/<action>", methods=("POST",))
def act(period: str, kind: str, number: int, action: str) -> Response:
    """Object, decide, take or withdraw a measure."""
    return appraisal_subject.act(period, kind, number, action)


def _shown(period: Period, refusal: str = "") -> str:
    kind, who, now = _kind(), principal(), site().clock.now()
    with site().store.read() as conn:
        state = stages.state(conn, period)
        page = AppraisalPage(
            periods=tuple(_offered(conn, period)),
            period=period.name,
            title=formats.period(period),
            stage=state.stage,
            steps=_steps(state),
            facts=tuple(_facts(state)),
            kinds=tuple((name, _(title)) for name, title in KINDS.items()),
            kind=kind,
            lines=tuple(_lines(conn, period, kind)),
            waiting=tuple(_waiting(conn)),
            manages=everything(conn, who, MANAGE),
            exports=who.may(MANAGE) and state.stage is not Stage.OPEN,
            obstacle=words(state.obstacle(now)),
            done=_(_DONE.get(request.args.get("done", ""), "")) or "",
            refusal=refusal,
        )
    return render_template("console/appraisal.html", page=page)


def _again(period: Period, refusal: Problem) -> Response:
    return make_response(_shown(period, words(refusal.detail)), refusal.status)


def _require_long(period: Period) -> None:
    if periods.kind(period) == "day":
        raise AppraisalRefused(Words("只冻结月、季度和年", "Months, quarters and years are frozen"))


def _lines(conn: Connection, period: Period, kind: str) -> Iterator[Line]:
    ids = scoring.best(conn, period, kind, within(principal(), READ, kind), MOST)
    names = subjects.names(conn, kind, ids)
    for each in outcomes.of(conn, period, kind, ids):
        if each.subject_id in names:
            yield _line(conn, period, each, names[each.subject_id])


def _line(conn: Connection, period: Period, each: Outcome, subject: Subject) -> Line:
    few = appraisal_subject.too_few(conn, each)
    score = "—" if few or each.score is None else score_text(each.score.total, each.score.places)
    target = Target(period, each.subject_kind, each.subject_id)
    return Line(
        href=objections.page_of(target),
        name=words(subject.name),
        score=score,
        points="—" if few else points_text(each.points),
        tags=() if few else standing_tags(each),
    )


def _waiting(conn: Connection) -> Iterator[Waiting]:
    """Yield the objections that one may decide, the most urgent first."""
    who, now = principal(), site().clock.now()
    if not who.may(DECIDE):
        return
    for each in objections.waiting(conn):
        kind, subject = each.target.subject_kind, each.target.subject_id
        named = subjects.names(conn, kind, [subject]).get(subject)
        if named and _decides(conn, each):
            yield Waiting(
                href=objections.page_of(each.target),
                name=words(named.name),
                period=formats.period(each.target.period),
                due=formats.bound(each.due_at),
                late=each.due_at <= now,
            )


def _decides(conn: Connection, each: Objection) -> bool:
    target = each.target
    return reaches_unit(
        conn, DECIDE, target.subject_kind, target.subject_id
    ) and objections.may_decide(conn, each, principal().account_id)


def _exported() -> tuple[Period, Sequence[appraisal_files.Entry]]:
    """Return a frozen period with all results within one's grants to run appraisals."""
    period = _asked()
    with site().store.read() as conn:
        if stages.state(conn, period).stage is Stage.OPEN:
            raise AppraisalRefused(Words("该时期还没有冻结", "The period is not frozen yet"))
        found = [
            entry
            for kind in JUDGED
            for entry in appraisal_files.entries(
                conn, period, kind, within(principal(), MANAGE, kind)
            )
        ]
    return period, found


def _offered(conn: Connection, chosen: Period) -> Iterator[tuple[str, str]]:
    today = site().calendar.local_day(site().clock.now())
    known = {
        each.name: each
        for each in (chosen, *periods.last_over(today), *stages.frozen_periods(conn))
    }
    ordered = sorted(known.values(), key=lambda each: (-each.last.toordinal(), each.first))
    states = stages.states(conn, ordered)
    for each in ordered:
        yield each.name, f"{formats.period(each)} · {_(STAGES[states[each.name].stage])}"


def _steps(state: State) -> tuple[tuple[str, str, str], ...]:
    """Return the three stages: name, when it was reached, `here`, `next` or nothing."""
    reached = {Stage.FROZEN: state.frozen_at, Stage.PUBLISHED: state.published_at}
    present = list(Stage).index(state.stage)
    return tuple(
        (
            _(STAGES[each]),
            formats.moment(moment) if (moment := reached.get(each)) else "",
            "here" if each is state.stage else "" if place < present else "next",
        )
        for place, each in enumerate(Stage)
    )


def _facts(state: State) -> Iterator[tuple[str, str]]:
    if state.objections_until is not None:
        yield _("异议截止"), formats.bound(state.objections_until)
        yield _("待裁定异议"), str(state.open_objections)


def _kind() -> str:
    asked = request.args.get("kind", "")
    if asked in KINDS:
        return asked
    return "staff" if principal().staff_ids else "organization"


def _asked() -> Period:
    """Return the period of the query, the newest month that is over by default."""
    asked = request.args.get("period", "").strip()
    if asked:
        return periods.parse(asked)
    return periods.last_over(site().calendar.local_day(site().clock.now()))[0]
