"""Messages: queued in the caller's transaction, delivered once for each gateway."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update

from haochaping.delivery.tables import message, message_attempt
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.jobs import Job, enqueue
from haochaping.problems import Problem
from haochaping.store.types import micros
from haochaping.store.upsert import insert_or_ignore

QUEUED, RETRYING, SENT, PARKED = "queued", "retrying", "sent", "parked"
DROPPED: Final = "dropped"
AGAIN: Final = (PARKED, DROPPED)
"""States from which a message may be sent again."""
JOB: Final = "deliver"
ROLE_WORDS: Final = frozenset({"handler", "unit_head", "supervisor", "managing_department"})
SUBJECT_MAX: Final = 200
BODY_MAX: Final = 2000
BUSINESS_ID_MAX: Final = 200
_BEHIND: Final = 20
"""A message to one holder of a role carries `@<account>` behind the business id."""
_ACCOUNT: Final = re.compile(r"(?:account|person|bound):[1-9][0-9]{0,18}")
_LINK: Final = re.compile(r"(/(?!/)|https?://)[^\s\\]{0,500}")


class MessageRefused(Problem):
    """A message that could not be delivered to anybody."""

    code = "HCP-MESSAGE-REFUSED"
    status = 422
    title = Words("消息内容不合要求", "The message is not as required")


@dataclass(frozen=True, slots=True)
class Stored:
    """A message on its way, with what became of it so far."""

    id: int
    message: OutgoingMessage
    state: str
    attempts: int
    queued_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    reference: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a message."""

    no: int
    at: datetime
    outcome: str
    status: int | None
    detail: str
    milliseconds: int


def queue(
    conn: Connection, outgoing: OutgoingMessage, at: datetime, *, parent_id: int | None = None
) -> int | None:
    """Store a message and the job that delivers it, in the caller's transaction.

    Returns its id, None when this business id was queued for this gateway before.
    `parent_id` is the message to a role that this one brings to one of its holders.
    Raises MessageRefused. Texts hold case numbers and dates, never persons.
    """
    _require_deliverable(outgoing, BUSINESS_ID_MAX + (parent_id is not None) * _BEHIND)
    message_id = new_id()
    row = {**_row(outgoing, message_id, at), "parent_id": parent_id}
    if insert_or_ignore(conn, message, [row]) == 0:
        return None
    schedule(conn, message_id, at, at)
    return message_id


def schedule(conn: Connection, message_id: int, due_at: datetime, at: datetime) -> None:
    """Enqueue the next attempt at a message."""
    key = f"{JOB}:{message_id}:{micros(due_at)}"
    enqueue(conn, Job(JOB, due_at, {"message": message_id}, dedup=key), at)


def requeue(conn: Connection, message_id: int, at: datetime) -> bool:
    """Give a message that did not arrive a new round of attempts.

    Returns False when there is none such: it is on its way, or has arrived.
    """
    statement = (
        update(message)
        .where(message.c.id == message_id, message.c.state.in_(AGAIN))
        .values(state=QUEUED, attempts=0, due_at=at, queued_at=at)
    )
    if conn.execute(statement).rowcount != 1:
        return False
    schedule(conn, message_id, at, at)
    return True


def load(conn: Connection, message_id: int) -> Stored | None:
    """Return a message, None when it is unknown."""
    row = conn.execute(select(message).where(message.c.id == message_id)).one_or_none()
    return None if row is None else _stored(row)


def parked(conn: Connection, *, after: int = 0, limit: int = 50) -> tuple[Stored, ...]:
    """Return messages that were given up, oldest first, a page at a time after an id."""
    statement = (
        select(message)
        .where(message.c.state == PARKED, message.c.id > after)
        .order_by(message.c.id)
        .limit(limit)
    )
    return tuple(_stored(row) for row in conn.execute(statement))


def attempts(conn: Connection, message_id: int) -> Sequence[Attempt]:
    """Return the attempts at a message, in order."""
    statement = (
        select(message_attempt)
        .where(message_attempt.c.message_id == message_id)
        .order_by(message_attempt.c.id)
    )
    return tuple(
        Attempt(row.no, row.at, row.outcome, row.status, row.detail, row.milliseconds)
        for row in conn.execute(statement)
    )


def waiting(conn: Connection) -> dict[str, int]:
    """Return how many messages are in each state but `sent`, for health pages."""
    statement = (
        select(message.c.state, func.count())
        .where(message.c.state.in_((QUEUED, RETRYING, PARKED)))
        .group_by(message.c.state)
    )
    counted = {row[0]: row[1] for row in conn.execute(statement)}
    return {state: counted.get(state, 0) for state in (QUEUED, RETRYING, PARKED)}


def _require_deliverable(outgoing: OutgoingMessage, longest_id: int) -> None:
    faults = {
        "to": outgoing.to not in ROLE_WORDS and not _ACCOUNT.fullmatch(outgoing.to),
        "organization_id": outgoing.to in ROLE_WORDS and outgoing.organization_id is None,
        "business_id": not 1 <= len(outgoing.business_id) <= longest_id,
        "gateway": not outgoing.gateway,
        "subject": not 1 <= len(outgoing.subject.zh) <= SUBJECT_MAX,
        "body": len(outgoing.body.zh) > BODY_MAX or len(outgoing.body.en) > BODY_MAX,
        "link": outgoing.link != "" and not _LINK.fullmatch(outgoing.link),
    }
    wrong = [name for name, bad in faults.items() if bad]
    if wrong:
        names = ", ".join(wrong)
        raise MessageRefused(Words(f"消息字段有误：{names}", f"Wrong fields: {names}"))


def _row(outgoing: OutgoingMessage, message_id: int, at: datetime) -> dict[str, Any]:
    return {
        "id": message_id,
        "business_id": outgoing.business_id,
        "gateway": outgoing.gateway,
        "receiver": outgoing.to,
        "organization_id": outgoing.organization_id,
        "subject_zh": outgoing.subject.zh,
        "subject_en": outgoing.subject.en,
        "body_zh": outgoing.body.zh,
        "body_en": outgoing.body.en,
        "link": outgoing.link,
        "state": QUEUED,
        "queued_at": at,
        "due_at": at,
    }


def _stored(row: Row[Any]) -> Stored:
    return Stored(
        id=row.id,
        message=OutgoingMessage(
            business_id=row.business_id,
            to=row.receiver,
            organization_id=row.organization_id,
            gateway=row.gateway,
            subject=Words(row.subject_zh, row.subject_en),
            body=Words(row.body_zh, row.body_en),
            link=row.link,
        ),
        state=row.state,
        attempts=row.attempts,
        queued_at=row.queued_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        reference=row.reference,
    )
