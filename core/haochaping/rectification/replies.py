"""Replies to the rater: what the unit has done or why it could not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.ids import new_id
from haochaping.rectification import deadlines, likeness
from haochaping.rectification.actors import Order
from haochaping.rectification.context import Context
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.plans import CONTACT, REPLY
from haochaping.rectification.records import Case
from haochaping.rectification.rounds import timers_after_reply
from haochaping.rectification.tables import case_reply
from haochaping.rectification.timeline import Entry, record
from haochaping.rectification.wording import needed


@dataclass(frozen=True, slots=True)
class Reply:
    """An official reply; `published` once its text was reviewed for the public."""

    id: int
    case_id: int
    round: int
    outcome: Outcome
    text: str
    at: datetime
    account_id: int
    published: bool


def reply(context: Context, conn: Connection, order: Order) -> Case:
    """Reply to the rater with `order.text`; the state says whether rectified or explained.

    A reply at or after the due moment makes the case late, whatever happens later.
    Raises what `moves.begin` raises, and TextRefused.
    """
    case = begin(context, conn, order, "reply")
    reply_id = _write(conn, case, order)
    _flag(context, conn, case, order)
    deadlines.settle(conn, case, REPLY)
    deadlines.settle(conn, case, CONTACT)
    replied = finish(context, conn, case, "reply", order, **_changes(case, order.at))
    deadlines.add(conn, replied, timers_after_reply(context, conn, case, order.at), order.at)
    facts = {"reply_id": reply_id, "late": replied.late}
    context.emit(conn, replied.event("case.replied", **facts), order.at)
    return replied


def send_back(context: Context, conn: Connection, order: Order) -> Case:
    """Send a reply back to the unit: it does not count, and its due moment runs on."""
    case = begin(context, conn, order, "send_back")
    first = None if case.round == 0 else case.first_replied_at
    sent = finish(context, conn, case, "send_back", order, replied_at=None, first_replied_at=first)
    deadlines.resume(conn, sent, REPLY, order.at)
    return sent


def replies_of(conn: Connection, case_id: int) -> tuple[Reply, ...]:
    """Return the replies of a case, oldest first."""
    statement = _selection().where(case_reply.c.case_id == case_id).order_by(case_reply.c.id)
    return tuple(map(_reply, conn.execute(statement).mappings()))


def last_outcome(conn: Connection, case: Case) -> Outcome:
    """Return what the newest reply of a case says. Raises LookupError without any reply."""
    found = replies_of(conn, case.id)
    if not found:
        raise LookupError(f"case {case.id} has no reply")
    return found[-1].outcome


def publish(conn: Connection, reply_id: int) -> bool:
    """Mark a reply as fit for the public; return False when it is unknown or was already."""
    statement = (
        update(case_reply)
        .where(case_reply.c.id == reply_id, case_reply.c.published == False)  # noqa: E712
        .values(published=True, aside="")
    )
    return conn.execute(statement).rowcount == 1


def put_aside(conn: Connection, reply_id: int, reason: str) -> bool:
    """Keep a reply from the public, published or not; False when it is unknown or aside already.

    The rater still has it, and the case does not change: only the public page does.
    """
    statement = (
        update(case_reply)
        .where(case_reply.c.id == reply_id, case_reply.c.aside == "")
        .values(published=False, aside=needed(reason))
    )
    return conn.execute(statement).rowcount == 1


def _flag(context: Context, conn: Connection, case: Case, order: Order) -> None:
    """Note in the history that the reply is nearly that of another case."""
    least = context.rules.handling.alike
    found = likeness.most_alike(conn, case, needed(order.text), least)
    if found is not None:
        facts = {"public_id": found.public_id, "percent": found.percent}
        record(conn, case, Entry(order.at, "alike", details=facts))


def _write(conn: Connection, case: Case, order: Order) -> int:
    reply_id = new_id()
    outcome = Outcome.RECTIFIED if case.state is CaseState.RECTIFYING else Outcome.EXPLAINED
    conn.execute(
        insert(case_reply).values(
            id=reply_id,
            region=case.region,
            case_id=case.id,
            round=case.round,
            outcome=str(outcome),
            text=needed(order.text),
            at=order.at,
            account_id=order.actor.account_id,
            published=False,
        )
    )
    return reply_id


def _changes(case: Case, at: datetime) -> dict[str, Any]:
    judged_by = case.first_due_at if case.round == 0 else case.due_at
    return {
        "replied_at": at,
        "first_replied_at": case.first_replied_at or at,
        "late": case.late or at >= judged_by,
    }


def _selection() -> Any:
    return select(*(case_reply.c[name] for name in Reply.__slots__))


def _reply(row: Any) -> Reply:
    return Reply(**{**row, "outcome": Outcome(row["outcome"])})
