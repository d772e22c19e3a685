"""What staff do to a case: take up, triage, transfer, rectify, explain, close."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping import jobs
from haochaping.catalog.tables import organization
from haochaping.hooks.values import Words
from haochaping.profile.rules import COMPLEXITIES
from haochaping.rectification import deadlines
from haochaping.rectification.actors import RATER, Order, by_system
from haochaping.rectification.context import Context
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.opening import plan_job
from haochaping.rectification.plans import own_plan, to_json, with_rungs
from haochaping.rectification.problems import NeedMissing, UnknownOrganization
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.replies import last_outcome
from haochaping.rectification.rounds import due_changes, plan_of, timers_of

PLAIN: Final = ("take_up", "rectify", "explain", "confirm_withdrawal")
"""Actions that need nothing but an order."""


def move(context: Context, conn: Connection, action: str, order: Order) -> Case:
    """Do one of the PLAIN actions. Raises KeyError for any other, else like `moves.begin`."""
    if action not in PLAIN:
        raise KeyError(action)
    case = begin(context, conn, order, action)
    return finish(context, conn, case, action, order)


def take_up(context: Context, conn: Connection, order: Order) -> Case:
    """Take a new case up for verification."""
    return move(context, conn, "take_up", order)


def rectify(context: Context, conn: Connection, order: Order) -> Case:
    """Start to put the matter right."""
    return move(context, conn, "rectify", order)


def explain(context: Context, conn: Connection, order: Order) -> Case:
    """Start to explain why the demand has no legal basis; the note says why."""
    return move(context, conn, "explain", order)


def confirm(context: Context, conn: Connection, order: Order) -> Case:
    """Close a case whose reply stands, as the supervisor's side."""
    return _close(context, conn, "confirm", order)


def accept(context: Context, conn: Connection, order: Order) -> Case:
    """Close a case because the rater accepts the reply."""
    return _close(context, conn, "accept", order)


def triage(context: Context, conn: Connection, order: Order, complexity: str) -> Case:
    """Say whether a case is simple or complex; its deadline follows the profile's rule.

    Counted from the opening, not from now, and not once the due moment has passed, so
    that nothing late becomes timely by it. The plugins are asked again afterwards.
    Raises ValueError for another word, else like `moves.begin`.
    """
    if complexity not in COMPLEXITIES:
        raise ValueError(f"complexity is simple or complex, not {complexity!r}")
    case = begin(context, conn, order, "triage")
    if complexity == case.complexity:
        return case
    plan = with_rungs(own_plan(context.rules, complexity), plan_of(case).rungs)
    start = deadlines.start_of(conn, case)
    found = timers_of(context, conn, case, plan, start)
    due = due_changes(context, found, start)
    triaged = finish(
        context,
        conn,
        case,
        "triage",
        order,
        complexity=complexity,
        plan=to_json(plan),
        plan_no=case.plan_no + 1,
        **_first_due(case, due),
    )
    deadlines.install(conn, triaged, found, order.at)
    jobs.enqueue(conn, plan_job(triaged, order.at), order.at)
    return triaged


def transfer(context: Context, conn: Connection, order: Order, organization_id: int) -> Case:
    """Hand a case to another organization, with a reason; every due moment stays.

    Raises UnknownOrganization, else like `moves.begin`.
    """
    case = begin(context, conn, order, "transfer")
    if organization_id == case.organization_id:
        raise NeedMissing(
            Words("请选择其他单位", "Choose another organization"), need="organization"
        )
    if not _active(conn, organization_id):
        raise UnknownOrganization
    changes: dict[str, Any] = {"organization_id": organization_id, "assignee_id": None}
    changes["transfers"] = case.transfers + 1
    return finish(context, conn, case, "transfer", order, **changes)


def accept_as_rater(context: Context, conn: Connection, case_id: int, at: datetime) -> Case:
    """Close a replied case for the rater, who comes with a receipt and not with a version."""
    case = by_id(conn, case_id)
    return accept(context, conn, Order(case.public_id, case.version, RATER, at))


def close_by_system(
    context: Context, conn: Connection, case: Case, action: str, at: datetime
) -> Case:
    """Close a case as `withdraw` or `void`, because of what happened to its rating."""
    order = by_system(case.public_id, case.version, at)
    begin(context, conn, order, action)
    return finish(context, conn, case, action, order)


def _close(context: Context, conn: Connection, action: str, order: Order) -> Case:
    case = begin(context, conn, order, action)
    return finish(context, conn, case, action, order, outcome=last_outcome(conn, case))


def _first_due(case: Case, due: dict[str, Any]) -> dict[str, Any]:
    """Return the due columns; what "on time" is judged by moves with the case's class only."""
    return due if case.round else {**due, "first_due_at": due["due_at"]}


def _active(conn: Connection, organization_id: int) -> bool:
    statement = select(organization.c.active).where(organization.c.id == organization_id)
    return bool(conn.execute(statement).scalar())
