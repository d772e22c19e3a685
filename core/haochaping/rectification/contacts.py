"""Contact with the rater: every attempt is a record, the first success a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from haochaping.ids import new_id
from haochaping.rectification import deadlines
from haochaping.rectification.actors import Order
from haochaping.rectification.context import Context, SealedText
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.plans import CONTACT
from haochaping.rectification.records import Case, changed
from haochaping.rectification.tables import case_contact
from haochaping.rectification.wording import tidy

PHONE, RELAY, IN_PERSON = "phone", "relay", "in_person"


@dataclass(frozen=True, slots=True)
class Contact:
    """One attempt to reach the rater; `note` (what was said) is sealed in the table."""

    at: datetime
    by: str
    reached: bool
    account_id: int
    note: str = ""


def contact(context: Context, conn: Connection, order: Order, *, by: str, reached: bool) -> Case:
    """Record an attempt; `order.text` is what was said. Raises what `moves.begin` raises.

    by: phone, relay or in_person.
    """
    case = begin(context, conn, order, "contact")
    write(context, conn, case, order, Contact(order.at, by, reached, _account(order), order.text))
    moment = _moment(case, reached, order.at)
    touched = finish(context, conn, case, "contact", order, contacted_at=moment)
    if reached:
        deadlines.settle(conn, touched, CONTACT)
    return touched


def write(context: Context, conn: Connection, case: Case, order: Order, attempt: Contact) -> None:
    """Store one attempt with its note sealed."""
    note = tidy(attempt.note)
    sealed = context.vault.seal(conn, case.subject, note) if note else None
    conn.execute(
        insert(case_contact).values(
            id=new_id(),
            region=case.region,
            case_id=case.id,
            at=attempt.at,
            account_id=attempt.account_id,
            by=attempt.by,
            reached=attempt.reached,
            note_sealed=None if sealed is None else sealed.data,
            note_key_id=None if sealed is None else sealed.key_id,
        )
    )


def answered(conn: Connection, case: Case, at: datetime) -> Case:
    """Note that the rater was reached because they answered. Raises CaseChanged."""
    if case.contacted_at is not None:
        return case
    reached = changed(conn, case, contacted_at=at)
    deadlines.settle(conn, reached, CONTACT)
    return reached


def contacts_of(context: Context, conn: Connection, case: Case) -> tuple[Contact, ...]:
    """Return the attempts of a case with their notes, oldest first; not for the rated person."""
    statement = (
        select(case_contact).where(case_contact.c.case_id == case.id).order_by(case_contact.c.id)
    )
    return tuple(
        Contact(row.at, row.by, row.reached, row.account_id, _note(context, conn, case, row))
        for row in conn.execute(statement)
    )


def _note(context: Context, conn: Connection, case: Case, row: object) -> str:
    data: bytes | None = getattr(row, "note_sealed", None)
    if data is None:
        return ""
    sealed = SealedText(data, getattr(row, "note_key_id", None))
    return context.vault.open(conn, case.subject, sealed)


def _moment(case: Case, reached: bool, at: datetime) -> datetime | None:
    return case.contacted_at or (at if reached else None)


def _account(order: Order) -> int:
    return order.actor.account_id or 0
