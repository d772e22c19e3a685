"""Starting a case anew: contested by the rater, reopened by the supervisor or after a visit.

A new round counts from its own moment and has its own due moment; what "on time" is
judged by stays with the first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from haochaping import jobs
from haochaping.rectification import deadlines, thread
from haochaping.rectification.actors import RATER, Order, by_system
from haochaping.rectification.context import Context
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.opening import plan_job
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.rounds import due_changes, plan_of, timers_of
from haochaping.rectification.thread import CONTEST, Posting
from haochaping.rectification.wording import needed


def contest(context: Context, conn: Connection, case_id: int, *, text: str, at: datetime) -> Case:
    """Reopen a replied or closed case for the rater, who says why; the words are sealed.

    Within the profile's `reopen_within` and `reopen_limit` only.
    Raises MoveRefused, NeedMissing or TextRefused.
    """
    case = by_id(conn, case_id)
    order = Order(case.public_id, case.version, RATER, at, text=needed(text))
    begun = begin(context, conn, order, "contest")
    again = _anew(context, conn, begun, "contest", order)
    key = f"contest:{case.id}:{again.round}"
    thread.store(
        context, conn, again, Posting(thread.RATER_SIDE, order.text, key, at, kind=CONTEST)
    )
    return again


def reopen(context: Context, conn: Connection, order: Order) -> Case:
    """Reopen a closed case as the supervisor's side, with a reason."""
    return _anew(context, conn, begin(context, conn, order, "reopen"), "reopen", order)


def after_visit(context: Context, conn: Connection, order: Order) -> Case:
    """Reopen a closed case because the rater was not satisfied at the visit."""
    case = begin(context, conn, order, "visit_unsatisfied")
    return _anew(context, conn, case, "visit_unsatisfied", order)


def revive(context: Context, conn: Connection, case: Case, at: datetime) -> Case:
    """Start a withdrawn case again because its rating is bad again: still the one case.

    If nobody has replied so far, "on time" is judged by the new start.
    """
    order = by_system(case.public_id, case.version, at)
    begun = begin(context, conn, order, "revive")
    fresh = replace(begun, extension=None)
    found = timers_of(context, conn, fresh, plan_of(begun), at)
    changes = {
        **due_changes(context, found, at),
        "round": case.round + 1,
        "replied_at": None,
        "extension": None,
    }
    if case.first_replied_at is None:
        changes |= {"first_due_at": changes["due_at"], "opened_at": at}
    revived = finish(context, conn, begun, "revive", order, **changes)
    deadlines.add(conn, revived, found, at)
    return revived


def _anew(context: Context, conn: Connection, case: Case, action: str, order: Order) -> Case:
    deadlines.drop_all(conn, case)
    fresh = replace(case, extension=None)
    found = timers_of(context, conn, fresh, plan_of(case), order.at)
    changes: dict[str, Any] = {
        **due_changes(context, found, order.at),
        "round": case.round + 1,
        "reopened": case.reopened + 1,
        "replied_at": None,
        "plan_no": case.plan_no + 1,
        "extension": None,
    }
    again = finish(context, conn, case, action, order, **changes)
    deadlines.add(conn, again, found, order.at)
    jobs.enqueue(conn, plan_job(again, order.at), order.at)
    return again
