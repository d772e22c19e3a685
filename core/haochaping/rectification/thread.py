"""Messages between unit and rater that pass through here: no number is shown to anybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.access import redaction
from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.rectification import contacts
from haochaping.rectification.actors import Order
from haochaping.rectification.appeal_rows import OBJECTION
from haochaping.rectification.contacts import RELAY, Contact
from haochaping.rectification.context import Context, SealedText
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.problems import NeedMissing
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.tables import case_message
from haochaping.rectification.wording import needed
from haochaping.store.upsert import insert_or_ignore

UNIT_SIDE, RATER_SIDE = "unit", "rater"
MESSAGE, CONTEST = "message", "contest"
LIMIT: Final = 50
"""Messages of the rater in one case; more would be a flood."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A message to be stored; the same idempotency key is stored once."""

    side: str
    text: str
    idempotency_key: str
    at: datetime
    account_id: int | None = None
    kind: str = MESSAGE


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is read. `at` is empty where only the day may be seen."""

    side: str
    kind: str
    day: date
    at: datetime | None
    text: str


def from_unit(context: Context, conn: Connection, order: Order, idempotency_key: str) -> Case:
    """Send `order.text` to the rater: an attempt to reach them, whatever comes back."""
    case = begin(context, conn, order, "contact")
    posting = Posting(UNIT_SIDE, order.text, idempotency_key, order.at, order.actor.account_id)
    if not store(context, conn, case, posting):
        return case
    attempt = Contact(order.at, RELAY, False, order.actor.account_id or 0)
    contacts.write(context, conn, case, order, attempt)
    return finish(context, conn, case, "contact", order)


def from_rater(context: Context, conn: Connection, case_id: int, posting: Posting) -> Case:
    """Take a message of the rater: with it the rater has been reached.

    Raises NeedMissing when the case is closed or the thread is full.
    """
    case = by_id(conn, case_id)
    if case.closed:
        raise NeedMissing(
            Words(
                "工单已办结，不能再留言；如不认可可重新打开",
                "The case is closed: contest it instead",
            )
        )
    if _count(conn, case) >= LIMIT:
        raise NeedMissing(Words("留言已达上限", "No more messages can be taken in this case"))
    return (
        contacts.answered(conn, case, posting.at) if store(context, conn, case, posting) else case
    )


def object_to_appeal(
    context: Context, conn: Connection, case_id: int, text: str, minted: str, at: datetime
) -> Case:
    """Take what the rater says against the unit's appeal, for its reviewers alone.

    It is no contact of the unit. Raises NeedMissing when nothing is to be decided any more.
    """
    case = by_id(conn, case_id)
    if case.state is not CaseState.APPEALING:
        raise NeedMissing(
            Words("申诉已经有了决定，不能再说明", "The appeal has been decided: it is too late")
        )
    if _count(conn, case) >= LIMIT:
        raise NeedMissing(Words("留言已达上限", "No more messages can be taken in this case"))
    posting = Posting(RATER_SIDE, text, f"{case_id}:objection:{minted}", at, kind=OBJECTION)
    if store(context, conn, case, posting):
        context.emit(conn, case.event("appeal.objected"), at)
    return case


def store(context: Context, conn: Connection, case: Case, posting: Posting) -> bool:
    """Seal and store a message; return False when its key is there already."""
    sealed = context.vault.seal(conn, case.subject, needed(posting.text))
    row = {
        "id": new_id(),
        "region": case.region,
        "case_id": case.id,
        "at": posting.at,
        "side": posting.side,
        "kind": posting.kind,
        "account_id": posting.account_id,
        "text_sealed": sealed.data,
        "text_key_id": sealed.key_id,
        "idempotency_key": posting.idempotency_key,
    }
    return insert_or_ignore(conn, case_message, [row]) == 1


def messages(
    context: Context, conn: Connection, case: Case, *, exact: bool, shielded: bool = True
) -> tuple[Message, ...]:
    """Return the thread, oldest first; times of the rater's messages only when `exact`.

    Staff read the rater's words `shielded`, without the numbers and names given away in them.
    """
    statement = (
        select(case_message).where(case_message.c.case_id == case.id).order_by(case_message.c.id)
    )
    rows = conn.execute(statement).mappings()
    told = (_message(context, conn, case, dict(row), exact) for row in rows)
    return tuple(_shielded(one) if shielded else one for one in told)


def _shielded(message: Message) -> Message:
    if message.side == UNIT_SIDE:
        return message
    return replace(message, text=redaction.shielded(message.text))


def _message(
    context: Context, conn: Connection, case: Case, row: dict[str, Any], exact: bool
) -> Message:
    shown = exact or row["side"] == UNIT_SIDE
    return Message(
        side=row["side"],
        kind=row["kind"],
        day=row["at"].astimezone(context.zone).date(),
        at=row["at"] if shown else None,
        text=context.vault.open(
            conn, case.subject, SealedText(row["text_sealed"], row["text_key_id"])
        ),
    )


def _count(conn: Connection, case: Case) -> int:
    statement = (
        select(case_message.c.id)
        .where(case_message.c.case_id == case.id, case_message.c.side == RATER_SIDE)
        .limit(LIMIT)
    )
    return len(conn.execute(statement).all())
