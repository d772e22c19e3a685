"""Questions by SMS as they are stored: who was asked about what, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, select, update

from haochaping.channels.tables import sms_ask, sms_inbound
from haochaping.hooks.values import OccurrenceKey, RaterRole
from haochaping.ids import new_id
from haochaping.store.upsert import insert_or_ignore

OPEN, REASON, ANSWERED, CLOSED = "open", "reason", "answered", "closed"
UNDER_WAY: Final = (OPEN, REASON)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question; `grade` is a bad one that waits for its reason, `options` what was offered."""

    id: int
    key: OccurrenceKey
    person_id: int
    role: RaterRole
    state: str
    grade: int | None
    options: tuple[str, ...]
    helped: bool
    first_id: int | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewAsk:
    """A question about to be sent."""

    key: OccurrenceKey
    mobile_mac: str
    person_id: int
    role: RaterRole
    expires_at: datetime


def add(conn: Connection, new: NewAsk, at: datetime) -> int | None:
    """Store a question; return its id, None when this service was asked about before."""
    ask_id = new_id()
    row = {
        "id": ask_id,
        "mobile_mac": new.mobile_mac,
        "person_id": new.person_id,
        "rater_role": new.role.value,
        "region": new.key.region,
        "served_month": new.key.served_month,
        "occurrence_id": new.key.id,
        "state": OPEN,
        "options": [],
        "helped": False,
        "asked_at": at,
        "expires_at": new.expires_at,
    }
    return ask_id if insert_or_ignore(conn, sms_ask, [row]) else None


def count_since(conn: Connection, mobile_mac: str, since: datetime) -> int:
    """Return how many questions a number got since a moment."""
    statement = select(func.count()).where(
        sms_ask.c.mobile_mac == mobile_mac, sms_ask.c.asked_at >= since
    )
    return conn.execute(statement).scalar_one()


def matching(conn: Connection, mobile_mac: str, now: datetime) -> Ask | None:
    """Return the question that a reply of this number answers.

    The one that waits for a reason comes first, then the newest that is open, then the
    newest that was answered, whose rating a further reply may change.
    """
    statement = (
        select(sms_ask)
        .where(sms_ask.c.mobile_mac == mobile_mac, sms_ask.c.expires_at > now)
        .order_by(sms_ask.c.asked_at.desc(), sms_ask.c.id.desc())
    )
    found = [_ask(row) for row in conn.execute(statement)]
    for state in (REASON, OPEN, ANSWERED):
        fitting = [one for one in found if one.state == state]
        if fitting:
            return fitting[0]
    return None


def by_id(conn: Connection, ask_id: int) -> Ask | None:
    """Return a question."""
    row = conn.execute(select(sms_ask).where(sms_ask.c.id == ask_id)).one_or_none()
    return None if row is None else _ask(row)


def move(conn: Connection, ask: Ask, state: str, **more: Any) -> bool:
    """Move a question on; return False when it has been moved meanwhile."""
    statement = (
        update(sms_ask)
        .where(sms_ask.c.id == ask.id, sms_ask.c.state == ask.state)
        .values(state=state, **more)
    )
    return conn.execute(statement).rowcount == 1


def note_help(conn: Connection, ask: Ask) -> bool:
    """Note that help was given; return False when it had been given before."""
    statement = (
        update(sms_ask)
        .where(sms_ask.c.id == ask.id, sms_ask.c.helped == ask.helped)
        .values(helped=True)
    )
    return conn.execute(statement).rowcount == 1 and not ask.helped


def close_all(conn: Connection, mobile_mac: str) -> Sequence[int]:
    """Close the questions to a number that opted out; return their ids."""
    statement = (
        update(sms_ask)
        .where(sms_ask.c.mobile_mac == mobile_mac, sms_ask.c.state == OPEN)
        .values(state=CLOSED)
        .returning(sms_ask.c.id)
    )
    return tuple(conn.execute(statement).scalars())


def person_of(conn: Connection, mobile_mac: str) -> int | None:
    """Return the person who was last asked at a number."""
    statement = (
        select(sms_ask.c.person_id)
        .where(sms_ask.c.mobile_mac == mobile_mac)
        .order_by(sms_ask.c.asked_at.desc())
        .limit(1)
    )
    return conn.execute(statement).scalar_one_or_none()


def tidy(conn: Connection, before: datetime) -> int:
    """Delete questions that expired, and replies that came, before a moment."""
    gone = conn.execute(delete(sms_ask).where(sms_ask.c.expires_at < before)).rowcount
    return gone + conn.execute(delete(sms_inbound).where(sms_inbound.c.at < before)).rowcount


def _ask(row: Row[Any]) -> Ask:
    return Ask(
        id=row.id,
        key=OccurrenceKey(row.region, row.served_month, row.occurrence_id),
        person_id=row.person_id,
        role=RaterRole(row.rater_role),
        state=row.state,
        grade=row.grade,
        options=tuple(row.options),
        helped=row.helped,
        first_id=row.first_id,
        expires_at=row.expires_at,
    )
