"""The conditions of moves, by the names that the machine's table uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from haochaping.catalog.tables import organization
from haochaping.hooks.rectification import CaseState, Outcome, PlanStep
from haochaping.hooks.values import Words
from haochaping.rectification import appeal_rows, extension_rows, tasks
from haochaping.rectification.actors import Order
from haochaping.rectification.context import Context
from haochaping.rectification.machine import NEEDS, Move
from haochaping.rectification.problems import NeedMissing
from haochaping.rectification.records import Case
from haochaping.rectification.schedule import reckon
from haochaping.rectification.tables import case_contact

Check = Callable[[Context, Connection, Case, Order], bool]

ANSWERED: Final = (Outcome.RECTIFIED, Outcome.EXPLAINED)


def demand(context: Context, conn: Connection, case: Case, order: Order, move: Move) -> None:
    """Raise NeedMissing for the first condition of `move` that is not met."""
    for need in move.needs:
        if not _CHECKS[need](context, conn, case, order):
            words = NEEDS[need]
            raise NeedMissing(Words(f"还需要：{words.zh}", f"Needed: {words.en}"), need=need)


def reopen_until(context: Context, case: Case) -> datetime | None:
    """Return until when the rater may contest, an exclusive bound; None when it is too late.

    None also before the reply, and when the number of reopenings is used up.
    """
    answered = max(filter(None, (case.replied_at, case.closed_at)), default=None)
    if answered is None or case.reopened >= context.rules.reopen_limit:
        return None
    return reckon(context, answered, PlanStep("reopen", context.rules.reopen_within)).moment


def rated_path(conn: Connection, case: Case) -> str:
    """Return the path of the rated organization in the catalogue."""
    statement = select(organization.c.path).where(organization.c.id == case.rated_organization_id)
    path: str = conn.execute(statement).scalar_one()
    return path


def _reason(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return bool(order.note.strip() or order.text.strip())


def _text(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return bool(order.text.strip())


def _contact(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    if not case.real_name or case.contacted_at is not None:
        return True
    count = select(func.count()).where(case_contact.c.case_id == case.id)
    return conn.execute(count).scalar_one() >= context.contact_attempts


def _before_due(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return order.at < case.due_at


def _first_appeal(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return appeal_rows.newest(conn, case) is None


def _appeal_in_time(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    within = context.rules.appeals.file_within
    if within is None:
        return True
    return order.at < reckon(context, case.visible_at, PlanStep("appeal", within)).moment


def _outside_unit(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return not order.actor.within(rated_path(conn, case))


def _not_endorsed(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    appeal = appeal_rows.newest(conn, case)
    if appeal is None or appeal.state != appeal_rows.FILED:
        return False
    return order.actor.account_id != appeal.filed_by


def _second_person(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    appeal = appeal_rows.newest(conn, case)
    if appeal is None or appeal.state != appeal_rows.ENDORSED:
        return False
    return order.actor.account_id not in (None, appeal.filed_by, appeal.endorsed_by)


def heard_from(context: Context, appeal: appeal_rows.Appeal) -> datetime | None:
    """Return until when the rater has time to object to an appeal, an exclusive bound."""
    within = context.rules.appeals.hear_for
    if within is None:
        return None
    return reckon(context, appeal.filed_at, PlanStep("appeal", within)).moment


def _heard(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    appeal = appeal_rows.newest(conn, case)
    until = None if appeal is None else heard_from(context, appeal)
    return until is None or order.at >= until or appeal_rows.objected(conn, case)


def _answered(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return case.state is CaseState.REPLIED or case.outcome in ANSWERED


def _in_time(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    until = reopen_until(context, case)
    return until is not None and order.at < until


def _transfer_left(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return case.transfers < context.rules.handling.transfer_limit


def _extension_left(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    used = len(case.extension or ())
    free = used < context.rules.handling.extension_limit
    return free and extension_rows.waiting(conn, case) is None


def _extension_asked(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return extension_rows.waiting(conn, case) is not None


def _partners_done(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return not any(one.state == tasks.OPEN for one in tasks.tasks_of(conn, case))


def _own_task(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return tasks.own(conn, case, order.actor) is not None


def _rating_changed(context: Context, conn: Connection, case: Case, order: Order) -> bool:
    return case.confirm is not None


_CHECKS: Final[Mapping[str, Check]] = {
    "reason": _reason,
    "text": _text,
    "contact": _contact,
    "before_due": _before_due,
    "first_appeal": _first_appeal,
    "appeal_in_time": _appeal_in_time,
    "outside_unit": _outside_unit,
    "not_endorsed": _not_endorsed,
    "second_person": _second_person,
    "heard": _heard,
    "answered": _answered,
    "in_time": _in_time,
    "transfer_left": _transfer_left,
    "extension_left": _extension_left,
    "extension_asked": _extension_asked,
    "partners_done": _partners_done,
    "own_task": _own_task,
    "rating_changed": _rating_changed,
}
