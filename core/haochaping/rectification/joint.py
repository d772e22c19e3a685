"""Joint handling (会办): the lead asks partners, each with a task and a due moment of its own.

The lead stays answerable: its due moment goes on, partners' tasks end before it, and it
merges their results into the one reply. Partners see the case and its history, and can do
nothing to it but end their own task.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from haochaping.catalog.tables import organization
from haochaping.hooks.rectification import PlanStep
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Duration, Unit, Words
from haochaping.rectification import tasks
from haochaping.rectification.actors import Order
from haochaping.rectification.context import Context
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.notices import link
from haochaping.rectification.problems import NeedMissing, UnknownOrganization
from haochaping.rectification.records import Case
from haochaping.rectification.schedule import reckon
from haochaping.rectification.tasks import DONE, DROPPED, OPEN
from haochaping.rectification.wording import needed


def ask(context: Context, conn: Connection, order: Order, organization_id: int, days: int) -> Case:
    """Ask a partner; `order.text` is the task, `days` its working days.

    The task is due before the case is. Raises UnknownOrganization, NeedMissing, TextRefused,
    else like `moves.begin`.
    """
    case = begin(context, conn, order, "join")
    _check_partner(conn, case, organization_id)
    step = PlanStep("task", Duration(max(days, 0), Unit.WORKDAY))
    due_at = min(reckon(context, order.at, step).moment, case.due_at)
    tasks.put(
        conn,
        case,
        organization_id,
        task=needed(order.text),
        due_at=due_at,
        asked_by=order.actor.account_id,
        asked_at=order.at,
        state=OPEN,
        result=None,
        done_by=None,
        done_at=None,
    )
    asked = finish(context, conn, case, "join", order)
    context.notify(conn, _message(asked, organization_id), order.at)
    return asked


def done(context: Context, conn: Connection, order: Order) -> Case:
    """End the partner's own task; `order.text` is the result for the lead."""
    case = begin(context, conn, order, "partner_done")
    task = tasks.own(conn, case, order.actor)
    if task is None:
        raise NeedMissing(Words("本单位没有未办结的会办任务", "No task of yours is open"))
    by = {"done_by": order.actor.account_id, "done_at": order.at}
    tasks.put(conn, case, task.organization_id, state=DONE, result=needed(order.text), **by)
    return finish(context, conn, case, "partner_done", order)


def drop(context: Context, conn: Connection, order: Order, organization_id: int) -> Case:
    """Take a partner's task back, with a reason."""
    case = begin(context, conn, order, "drop_partner")
    partners = {one.organization_id for one in tasks.tasks_of(conn, case) if one.state == OPEN}
    if organization_id not in partners:
        raise UnknownOrganization
    tasks.put(conn, case, organization_id, state=DROPPED)
    return finish(context, conn, case, "drop_partner", order)


def _check_partner(conn: Connection, case: Case, organization_id: int) -> None:
    statement = select(organization.c.active).where(organization.c.id == organization_id)
    if not conn.execute(statement).scalar():
        raise UnknownOrganization
    if organization_id == case.organization_id:
        raise NeedMissing(
            Words("牵头单位不能会办自己的工单", "The lead cannot be its own partner"),
            need="organization",
        )


def _message(case: Case, organization_id: int) -> OutgoingMessage:
    return OutgoingMessage(
        business_id=f"case:{case.public_id}:join:{organization_id}:{case.version}",
        to="handler",
        organization_id=organization_id,
        gateway="inbox",
        subject=Words("收到会办任务", "A task in joint handling"),
        body=Words(
            f"工单 {case.public_id} 请贵单位会办",
            f"Your unit is asked to help with {case.public_id}",
        ),
        link=link(case),
    )
