"""The delivery log: what went out, through which gateway, to whom, and how it ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from haochaping.delivery.messages import DROPPED, PARKED, QUEUED, RETRYING, SENT
from haochaping.delivery.tables import message
from haochaping.hooks.values import Words

SHOWN: Final = 50
STATES: Final = (PARKED, RETRYING, QUEUED, SENT, DROPPED)
"""The states in the order in which they want somebody's attention."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message in the log. `receiver` is a role word, `account:<id>` or `person:<id>`."""

    id: int
    business_id: str
    gateway: str
    receiver: str
    subject: Words
    body: Words
    state: str
    attempts: int
    queued_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    read_at: datetime | None
    reference: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages: in a state, through a gateway, about a business id (empty: all)."""

    state: str = ""
    gateway: str = ""
    business_id: str = ""


def listing(
    conn: Connection, wanted: Wanted, before: int | None = None, limit: int = SHOWN
) -> Sequence[Line]:
    """Return messages, the latest first, a page at a time back from an id."""
    statement = select(message).order_by(message.c.id.desc()).limit(limit)
    if wanted.state:
        statement = statement.where(message.c.state == wanted.state)
    if wanted.gateway:
        statement = statement.where(message.c.gateway == wanted.gateway)
    if wanted.business_id:
        statement = statement.where(message.c.business_id == wanted.business_id)
    if before is not None:
        statement = statement.where(message.c.id < before)
    return tuple(_line(row) for row in conn.execute(statement))


def find(conn: Connection, message_id: int) -> Line | None:
    """Return one message, None when it is unknown."""
    row = conn.execute(select(message).where(message.c.id == message_id)).one_or_none()
    return None if row is None else _line(row)


def spread_from(conn: Connection, message_id: int) -> Sequence[Line]:
    """Return the messages that a message to a role became."""
    statement = select(message).where(message.c.parent_id == message_id).order_by(message.c.id)
    return tuple(_line(row) for row in conn.execute(statement))


def counts(conn: Connection, gateways: Collection[str] = ()) -> dict[str, int]:
    """Return how many messages wait or have failed, by state."""
    statement = (
        select(message.c.state, func.count())
        .where(message.c.state.in_((QUEUED, RETRYING, PARKED)))
        .group_by(message.c.state)
    )
    if gateways:
        statement = statement.where(message.c.gateway.in_(gateways))
    return {row[0]: int(row[1]) for row in conn.execute(statement)}


def _line(row: Row[Any]) -> Line:
    return Line(
        id=row.id,
        business_id=row.business_id,
        gateway=row.gateway,
        receiver=row.receiver,
        subject=Words(row.subject_zh, row.subject_en),
        body=Words(row.body_zh, row.body_en),
        state=row.state,
        attempts=row.attempts,
        queued_at=row.queued_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        read_at=row.read_at,
        reference=row.reference,
        parent_id=row.parent_id,
    )
