"""Asking the plugins how a case runs: plan, route and warnings, outside any transaction.

What they answer is written in one transaction and counts from the start of the case's
round. What they fail to answer leaves the profile's plan, and is shown to the supervisor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.catalog.tables import organization
from haochaping.hooks.rectification import CaseView, Route
from haochaping.jobs import JobContext
from haochaping.plugins.answers import Failure
from haochaping.rectification import deadlines
from haochaping.rectification.context import Context
from haochaping.rectification.plans import CasePlan, to_json, with_plan, with_rungs
from haochaping.rectification.records import Case, by_id, changed
from haochaping.rectification.rounds import due_changes, plan_of, timers_of
from haochaping.rectification.schedule import Timer
from haochaping.rectification.tables import case_joint
from haochaping.rectification.timeline import Entry, record
from haochaping.rectification.view import case_view
from haochaping.store.upsert import insert_or_ignore

_SHOWN: Final = 500
"""Characters of a failure that are kept."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the plugins said about one case."""

    plan: CasePlan
    route: Route | None
    failures: tuple[Failure, ...]


def run(context: Context, job: JobContext) -> None:
    """Handle a job of kind `plan`; does nothing when a newer plan is on its way."""
    at = job.clock.now()
    with job.store.read() as conn:
        case = by_id(conn, job.payload["case"])
        view = case_view(conn, case, at)
        start = deadlines.start_of(conn, case)
        answers = _ask(context, conn, (case, view), start) if _wanted(case, job) else None
    with job.transaction() as conn:
        now = by_id(conn, case.id)
        if answers is not None and _wanted(now, job):
            write(context, conn, now, answers, at)


def answers(context: Context, conn: Connection, case: Case, at: datetime) -> Answers:
    """Ask the plugins how a case runs, as of a moment; nothing is written."""
    known = (case, case_view(conn, case, at))
    return _ask(context, conn, known, deadlines.start_of(conn, case))


def write(context: Context, conn: Connection, case: Case, answers: Answers, at: datetime) -> Case:
    """Write answers: due moments, ladder, route and failures, each as a line of history."""
    start = deadlines.start_of(conn, case)
    found = timers_of(context, conn, case, answers.plan, start)
    route, unknown = _checked(conn, answers.route)
    changes = {
        "plan": to_json(answers.plan),
        "plan_failure": _failure_text(answers.failures, unknown),
        **_due_changes(context, conn, case, found, start),
        **_route_changes(case, route),
    }
    planned = changed(conn, case, **changes)
    deadlines.install(conn, planned, found, at)
    _join(conn, planned, route)
    _tell(context, conn, (case, planned), answers, at)
    return planned


def _wanted(case: Case, job: JobContext) -> bool:
    still = case.closed_at is None and case.replied_at is None
    return still and bool(case.plan_no == job.payload["n"])


def _ask(
    context: Context, conn: Connection, known: tuple[Case, CaseView], start: datetime
) -> Answers:
    case, view = known
    plan = context.questions.decide("rectification_plan", case=view)
    route = context.questions.decide("rectification_route", case=view)
    timed = with_plan(plan_of(case), plan.combined)
    found = timers_of(context, conn, case, timed, start)
    due = due_changes(context, found, start)
    due_view = replace(view, due_at=due["due_at"], provisional=due["provisional"])
    rungs = context.questions.decide("rectification_warnings", case=due_view)
    failures = (*plan.failures, *route.failures, *rungs.failures)
    return Answers(with_rungs(timed, rungs.combined or ()), route.combined, failures)


def _due_changes(
    context: Context, conn: Connection, case: Case, found: Sequence[Timer], start: datetime
) -> dict[str, Any]:
    """Return the due columns that a plan sets; a due moment that was reached stays.

    Only the first plan of a case may move what "on time" is judged by.
    """
    if deadlines.reply_reached(conn, case):
        return {}
    due = due_changes(context, found, start)
    if case.round == 0:
        return {**due, "first_due_at": due["due_at"]}
    return due


def _checked(conn: Connection, route: Route | None) -> tuple[Route | None, str]:
    """Return the route if all its organizations exist, else None and what is wrong."""
    if route is None:
        return None, ""
    wanted = {route.lead_organization_id, *route.joint_organization_ids}
    statement = select(organization.c.id).where(
        organization.c.id.in_(wanted), organization.c.active == 1
    )
    missing = wanted - set(conn.execute(statement).scalars())
    if missing:
        return None, f"route: unknown organization {', '.join(map(str, sorted(missing)))}"
    return route, ""


def _route_changes(case: Case, route: Route | None) -> dict[str, Any]:
    """Return where a case goes; once staff have moved it on, a plugin does not."""
    if route is None or case.plan_no > 1:
        return {}
    return {"organization_id": route.lead_organization_id, "queue": route.queue}


def _join(conn: Connection, case: Case, route: Route | None) -> None:
    joint = () if route is None else route.joint_organization_ids
    rows = [{"region": case.region, "case_id": case.id, "organization_id": each} for each in joint]
    insert_or_ignore(conn, case_joint, rows)


def _failure_text(failures: Sequence[Failure], unknown: str) -> str | None:
    lines = [f"{failure.plugin}: {failure.hook}: {failure.message}" for failure in failures]
    text = "\n".join([*lines, *filter(None, (unknown,))])
    return text[:_SHOWN] or None


def _tell(
    context: Context,
    conn: Connection,
    cases: tuple[Case, Case],
    answers: Answers,
    at: datetime,
) -> None:
    before, after = cases
    details = {
        "due_before": before.due_at.isoformat(),
        "due_at": after.due_at.isoformat(),
        "organization_before": before.organization_id,
        "organization_id": after.organization_id,
        "reason": "" if answers.route is None else answers.route.reason,
        "failed": sorted({failure.plugin for failure in answers.failures}),
    }
    record(conn, after, Entry(at, "planned", details=details))
    facts = {name: value for name, value in details.items() if name != "reason"}
    context.emit(conn, after.event("case.planned", **facts), at)
