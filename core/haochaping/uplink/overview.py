"""How the exchange stands: what waits, what is stuck and why; mending and sending again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from haochaping.delivery import breaker
from haochaping.hooks.values import Words
from haochaping.journal import Event
from haochaping.uplink.contents import MENDABLE
from haochaping.uplink.desk import Exchange
from haochaping.uplink.packing import FAULTY, REFUSED, WAITING
from haochaping.uplink.tables import exchange_cursor, exchange_ticket, uplink_batch, uplink_item

STUCK: Final = (FAULTY, REFUSED)
SHOWN: Final = 50
_LONGEST_CODE: Final = 64


@dataclass(frozen=True, slots=True)
class Stuck:
    """An item that a person has to look at; `kept_here` when the gate here keeps it."""

    id: int
    target: str
    kind: str
    subject: str
    region: str
    kept_here: bool
    fault: Words
    since: datetime
    mended: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A batch and what the other side said, by status."""

    id: str
    target: str
    state: str
    count: int
    attempts: int
    made_at: datetime
    answered_at: datetime | None
    next_at: datetime | None
    answer: Mapping[str, int]
    error: str


@dataclass(frozen=True, slots=True)
class Status:
    """The exchange in numbers; `oldest_seconds` is the age of what waits longest, 0 for none."""

    waiting: int
    sent: int
    faulty: int
    refused: int
    oldest_seconds: float
    resting: Sequence[str]
    tickets: Mapping[str, int]
    fetching: Mapping[str, str]
    """What went wrong when tickets were fetched last, by source; empty when nothing did."""


def status(conn: Connection, at: datetime) -> Status:
    """Return how things stand."""
    counts = _counts(conn, uplink_item.c.state)
    tickets = _counts(conn, exchange_ticket.c.state)
    oldest = oldest_waiting(conn, at)
    health = breaker.all_health(conn)
    cursors = conn.execute(select(exchange_cursor.c.source, exchange_cursor.c.error))
    return Status(
        waiting=counts.get(WAITING, 0),
        sent=counts.get("sent", 0),
        faulty=counts.get(FAULTY, 0),
        refused=counts.get(REFUSED, 0),
        oldest_seconds=0.0 if oldest is None else max((at - oldest).total_seconds(), 0.0),
        resting=[
            one.gateway.removeprefix("exchange:")
            for one in health
            if one.gateway.startswith("exchange:") and one.failures >= breaker.THRESHOLD
        ],
        tickets=tickets,
        fetching={row.source: row.error for row in cursors},
    )


def oldest_waiting(conn: Connection, at: datetime) -> datetime | None:
    """Return since when the oldest item waits that could go out now.

    Services under way and ratings on hold are put off: nothing final can be said of them yet.
    """
    mine = uplink_item.c
    statement = select(func.min(mine.queued_at, type_=mine.queued_at.type))
    due = statement.where(mine.state == WAITING, mine.ready_at <= at)
    found: datetime | None = conn.execute(due).scalar_one()
    return found


def stuck(conn: Connection, after: int = 0) -> Sequence[Stuck]:
    """Return a page of items that wait for a person, the oldest first."""
    mine = uplink_item.c
    statement = select(uplink_item).where(mine.state.in_(STUCK), mine.id > after)
    return [_stuck(row) for row in conn.execute(statement.order_by(mine.id).limit(SHOWN))]


def receipts(conn: Connection, limit: int = SHOWN) -> Sequence[Receipt]:
    """Return the newest batches."""
    statement = select(uplink_batch).order_by(uplink_batch.c.made_at.desc()).limit(limit)
    return [_receipt(row) for row in conn.execute(statement)]


def resend(exchange: Exchange, states: Sequence[str] = STUCK, item_id: int | None = None) -> int:
    """Let stuck items wait again, all of some states or one; return how many."""
    at, mine = exchange.clock.now(), uplink_item.c
    statement = update(uplink_item).where(mine.state.in_([one for one in states if one in STUCK]))
    if item_id is not None:
        statement = statement.where(mine.id == item_id)
    values = {"state": WAITING, "ready_at": at, "queued_at": at, "fault_zh": "", "fault_en": ""}
    with exchange.store.write() as conn:
        return conn.execute(statement.values(revision=mine.revision + 1, **values)).rowcount


def mend(exchange: Exchange, item_id: int, codes: Mapping[str, str], account_id: int) -> bool:
    """Put codes of one item right and let it wait again; False when it is not stuck.

    Only codes of units and items can be set, never what a rater said; who did it is journalled.
    """
    at, mine = exchange.clock.now(), uplink_item.c
    kept = {
        name: one.strip()[:_LONGEST_CODE]
        for name, one in codes.items()
        if name in MENDABLE and one.strip()
    }
    with exchange.store.write() as conn:
        row = conn.execute(
            select(mine.mended, mine.region).where(mine.id == item_id, mine.state.in_(STUCK))
        ).one_or_none()
        if row is None:
            return False
        values: dict[str, Any] = {**(row.mended or {}), **kept}
        conn.execute(update(uplink_item).where(mine.id == item_id).values(mended=values or None))
        told = {"by": account_id, "fields": sorted(kept)}
        exchange.emit(conn, Event("uplink.mended", f"uplink:{item_id}", told, row.region), at)
    return resend(exchange, STUCK, item_id) == 1


def _counts(conn: Connection, column: Any) -> dict[str, int]:
    rows = conn.execute(select(column, func.count()).group_by(column))
    return {row[0]: row[1] for row in rows}


def _stuck(row: Any) -> Stuck:
    fault = Words(row.fault_zh, row.fault_en)
    kept = row.state == FAULTY
    where = (row.target, row.kind, row.subject, row.region)
    return Stuck(row.id, *where, kept, fault, row.queued_at, row.mended or {})


def _receipt(row: Any) -> Receipt:
    values = {name: getattr(row, name) for name in Receipt.__slots__}
    return Receipt(**{**values, "answer": row.answer or {}})
