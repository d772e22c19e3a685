"""More time for a case: asked for by the unit, granted by the supervisor's side, limited.

A granted extension moves the due moment of the running round and, in the first round, what
"on time" is judged by. Both the request and the decision must come before the due moment,
so that nothing late becomes timely.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from haochaping.hooks.values import Duration, Unit, Words
from haochaping.rectification import deadlines, extension_rows
from haochaping.rectification.actors import Order
from haochaping.rectification.context import Context
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.problems import NeedMissing
from haochaping.rectification.records import Case
from haochaping.rectification.rounds import due_changes, plan_of, timers_of
from haochaping.rectification.wording import needed


def ask(context: Context, conn: Connection, order: Order, count: int) -> Case:
    """Ask for `count` days of the profile's unit; `order.note` is the reason.

    Raises NeedMissing when the profile allows fewer, else like `moves.begin`.
    """
    case = begin(context, conn, order, "ask_extension")
    most = context.rules.handling.extension_max
    if not 1 <= count <= most.count:
        raise NeedMissing(
            Words(f"一次最多可延期 {most.count} 天", f"At most {most.count} days at a time"),
            need="count",
        )
    extension_rows.add(
        conn,
        case,
        count=count,
        unit=str(most.unit),
        reason=needed(order.note),
        asked_by=order.actor.account_id,
        asked_at=order.at,
    )
    return finish(context, conn, case, "ask_extension", order)


def grant(context: Context, conn: Connection, order: Order) -> Case:
    """Grant what was asked for; due moment and warnings move. Raises what `begin` raises."""
    case = begin(context, conn, order, "grant_extension")
    asked = _sure(conn, case)
    own = {"count": asked.count, "unit": asked.unit}
    longer = replace(case, extension=[*(case.extension or ()), own])
    start = deadlines.start_of(conn, case)
    found = timers_of(context, conn, longer, plan_of(case), start)
    due = due_changes(context, found, start)
    changes: dict[str, Any] = {**due, "extension": longer.extension}
    if case.round == 0:
        changes["first_due_at"] = due["due_at"]
    granted = finish(context, conn, case, "grant_extension", order, **changes)
    _decide(conn, asked.id, extension_rows.GRANTED, order)
    deadlines.install(conn, granted, found, order.at)
    moved = {"due_before": case.due_at.isoformat(), "due_at": granted.due_at.isoformat()}
    context.emit(conn, granted.event("case.extended", **moved), order.at)
    return granted


def refuse(context: Context, conn: Connection, order: Order) -> Case:
    """Refuse what was asked for, with a reason; the due moment stays."""
    case = begin(context, conn, order, "refuse_extension")
    _decide(conn, _sure(conn, case).id, extension_rows.REFUSED, order)
    return finish(context, conn, case, "refuse_extension", order)


def longest(context: Context) -> Duration:
    """Return the longest single extension of the profile."""
    most = context.rules.handling.extension_max
    return Duration(most.count, Unit(most.unit))


def _sure(conn: Connection, case: Case) -> extension_rows.Extension:
    asked = extension_rows.waiting(conn, case)
    if asked is None:
        raise NeedMissing(Words("没有待批的延期申请", "No extension was asked for"))
    return asked


def _decide(conn: Connection, extension_id: int, state: str, order: Order) -> None:
    extension_rows.decide(conn, extension_id, state, order.actor.account_id or 0, order.at)
