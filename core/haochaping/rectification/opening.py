"""Opening a case: exactly one for a bad chain, with the profile's own plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from haochaping import jobs
from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import EvaluationStatus, Identity, OccurrenceKey
from haochaping.ids import new_id, random_between, random_code
from haochaping.jobs import Job
from haochaping.journal import Event
from haochaping.rectification import deadlines, origins
from haochaping.rectification.context import Context
from haochaping.rectification.origins import Origin
from haochaping.rectification.plans import CasePlan, own_plan, to_json
from haochaping.rectification.problems import UnknownOrigin
from haochaping.rectification.records import Case, by_origin
from haochaping.rectification.rounds import at_hall, due_changes, for_rater
from haochaping.rectification.schedule import Timer, timers
from haochaping.rectification.tables import rectification_case
from haochaping.rectification.timeline import Entry, record
from haochaping.store.upsert import insert_or_ignore

PLAN_JOB: Final = "plan"
RELEASE_JOB: Final = "release"
PUBLIC_ID_LENGTH: Final = 10
SIMPLE: Final = "simple"
FOUND_TRUE: Final = "found_true"
"""A line of the history: the rating is excluded, and its substance was found to be true."""


def open_for_evaluation(
    context: Context, conn: Connection, event: Event, at: datetime
) -> Case | None:
    """Open the case of a bad rating, or return the one it has; None when it is not bad.

    Runs inside the transaction that stores the rating. Deadlines count from the moment
    the rating was received, also when it is released later from being held.
    """
    grade = event.payload.get("grade")
    if grade is not None and grade not in context.bad_grades:
        return None
    origin = origins.of_event(conn, event)
    if origin is None or not origin.effective or origin.grade not in context.bad_grades:
        return None
    return open_case(context, conn, origin, at)


def open_for_opinion(context: Context, conn: Connection, opinion_id: int, at: datetime) -> Case:
    """Open the case of an opinion, or return the one it has. Raises UnknownOrigin."""
    origin = origins.of_opinion(conn, opinion_id, context.zone)
    if origin is None:
        raise UnknownOrigin
    return open_case(context, conn, origin, at)


def open_for_excluded(context: Context, conn: Connection, key: OccurrenceKey, found: Entry) -> Case:
    """Open the case of an excluded rating whose substance a person found true.

    `found` says who, when and why. The rating stays out of the figures. The unit learns of
    it only now, so its deadlines count from then. The same rating again has the same case.
    Raises UnknownOrigin when the rating is not excluded.
    """
    origin = origins.of_rating(conn, key)
    if origin is None or origin.status != EvaluationStatus.EXCLUDED:
        raise UnknownOrigin
    known = by_origin(conn, origin.kind, origin.origin_id)
    if known is not None:
        return known
    case = open_case(context, conn, replace(origin, received_at=found.at), found.at)
    record(conn, case, replace(found, kind=FOUND_TRUE))
    details = {"account_id": found.account_id, "evaluation_id": case.evaluation_id}
    context.emit(conn, case.event("case.asked_for", reason=FOUND_TRUE, **details), found.at)
    return case


def open_case(context: Context, conn: Connection, origin: Origin, at: datetime) -> Case:
    """Open the case of `origin`, or return the one that exists."""
    known = by_origin(conn, origin.kind, origin.origin_id)
    if known is not None:
        return known
    plan = own_plan(context.rules, SIMPLE)
    local = at_hall(context, conn, origin.hall_id)
    asked = for_rater(plan, real_name=origin.identity != Identity.ANONYMOUS)
    fresh = _Fresh(origin, plan, timers(local, asked, origin.received_at, "opened"), at)
    inserted = insert_or_ignore(conn, rectification_case, [_row(context, fresh)])
    case = by_origin(conn, origin.kind, origin.origin_id)
    if case is None:  # the public number is taken: draw another one
        return open_case(context, conn, origin, at)
    if inserted:
        _follow_up(context, conn, case, fresh)
    return case


def plan_job(case: Case, at: datetime) -> Job:
    """Return the job that asks the plugins about the case, for the n-th time."""
    payload = {"case": case.id, "n": case.plan_no}
    return Job(PLAN_JOB, at, payload, f"plan:{case.id}:{case.plan_no}", case.region)


@dataclass(frozen=True, slots=True)
class _Fresh:
    origin: Origin
    plan: CasePlan
    found: tuple[Timer, ...]
    at: datetime


def _row(context: Context, fresh: _Fresh) -> dict[str, Any]:
    due = due_changes(context, fresh.found, fresh.origin.received_at)
    return {
        **_identity(fresh.origin),
        **_start(context, fresh),
        **due,
        "first_due_at": due["due_at"],
        "plan": to_json(fresh.plan),
    }


def _identity(origin: Origin) -> dict[str, Any]:
    return {
        "id": new_id(),
        "public_id": random_code(PUBLIC_ID_LENGTH),
        "origin_kind": origin.kind,
        "origin_id": origin.origin_id,
        "rated_organization_id": origin.organization_id,
        "options": list(origin.options),
        **{name: getattr(origin, name) for name in _COPIED},
    }


_COPIED: Final = (
    "region",
    "served_month",
    "evaluation_id",
    "occurrence_id",
    "organization_id",
    "hall_id",
    "window_id",
    "staff_id",
    "item_id",
    "grade",
    "identity",
)


def _start(context: Context, fresh: _Fresh) -> dict[str, Any]:
    return {
        "queue": "unit",
        "state": str(CaseState.OPENED),
        "complexity": SIMPLE,
        "opened_at": fresh.origin.received_at,
        "visible_at": _visible_at(context, fresh),
        "late": False,
        "round": 0,
        "reopened": 0,
        "plan_no": 1,
        "version": 1,
    }


def _visible_at(context: Context, fresh: _Fresh) -> datetime:
    """Return when the unit sees the case: after a random delay, well within its deadlines."""
    rule = context.rules.release_delay
    delay = timedelta(minutes=random_between(rule.min_minutes, rule.max_minutes))
    ahead = [timer.due_at - fresh.at for timer in fresh.found if timer.level == 0]
    first = min((left for left in ahead if left > timedelta(0)), default=None)
    return fresh.at + (delay if first is None else min(delay, first / 2))


def _follow_up(context: Context, conn: Connection, case: Case, fresh: _Fresh) -> None:
    record(conn, case, Entry(case.opened_at, "opened", to_state=case.state))
    deadlines.add(conn, case, fresh.found, fresh.at)
    release = Job(
        RELEASE_JOB, case.visible_at, {"case": case.id}, f"release:{case.id}", case.region
    )
    jobs.enqueue_all(conn, [plan_job(case, fresh.at), release], fresh.at)
    context.emit(conn, case.event("case.opened", **_facts(case)), fresh.at)


def _facts(case: Case) -> dict[str, Any]:
    return {
        "evaluation_id": case.evaluation_id,
        "occurrence_id": case.occurrence_id,
        "due_at": case.due_at.isoformat(),
        "provisional": case.provisional,
    }
