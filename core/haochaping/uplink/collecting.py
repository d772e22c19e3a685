"""From the journal to what is to be sent: items and the reader's cursor in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.evaluation import events
from haochaping.hooks.rectification import CaseState
from haochaping.journal import Entry, Reader, read_on
from haochaping.rectification.origins import EVALUATION as RATED
from haochaping.rectification.tables import rectification_case
from haochaping.store.upsert import insert
from haochaping.uplink.desk import UPPER, Exchange
from haochaping.uplink.shapes import CASE, EVALUATION, REPLY, SERVICE
from haochaping.uplink.tables import exchange_ticket, uplink_item

SOURCES: Final = "uplink"
"""The reader that tells sources of their tickets."""
UPWARD: Final = "uplink.upper"
"""The reader for the next platform. It has a cursor of its own, for the address may be set
later than a source: the next platform then gets what was there before as well."""
SERVED: Final = "occurrence.served"
MIRRORED: Final = "case.mirrored"
"""A case of a lower platform was stored here: the next platform hears of it too."""
REPLIED: Final = "case.replied"
CLOSED: Final = "case.closed"
MOVED: Final = "case.moved"
OPENED: Final = "case.opened"
_CASES: Final = frozenset(
    {OPENED, MOVED, CLOSED, REPLIED, MIRRORED, "case.reopened", "case.rescheduled"}
)
STATUS, SOURCE_REPLY, SOURCE_CLOSED, SOURCE_REFUSED = "status", "reply", "closed", "refused"
"""What a source is told of its ticket."""
_TOLD: Final = frozenset(
    map(str, (CaseState.VERIFYING, CaseState.RECTIFYING, CaseState.EXPLAINING))
)
RECORDED: Final = "recorded"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that a target is to know."""

    target: str
    kind: str
    subject: str
    region: str
    source_no: str = ""


def readers(exchange: Exchange) -> tuple[Reader, ...]:
    """Return the readers of the journal that this deployment needs, none without a target."""
    found = []
    if exchange.sends:
        kinds = frozenset({SERVED, *events.KINDS, *_CASES})
        found.append(Reader(UPWARD, partial(_upward, exchange), kinds))
    if exchange.settings:
        found.append(Reader(SOURCES, partial(_to_sources, exchange), _CASES - {MIRRORED}))
    return tuple(found)


def collect(exchange: Exchange) -> int:
    """Let every reader take its next entries; return how many were passed."""
    return sum(read_on(exchange.store, exchange.clock, one) for one in readers(exchange))


def queue(conn: Connection, wanted: Sequence[Wanted], at: datetime) -> None:
    """Put items among those that wait; one that is there gets a new revision."""
    if not wanted:
        return
    statement = insert(conn, uplink_item)
    again = {
        "revision": uplink_item.c.revision + 1,
        "state": "waiting",
        "queued_at": statement.excluded.queued_at,
        "ready_at": statement.excluded.ready_at,
        "attempts": 0,
        "fault_zh": "",
        "fault_en": "",
    }
    conn.execute(
        statement.on_conflict_do_update(index_elements=["target", "kind", "subject"], set_=again),
        [_row(one, at) for one in wanted],
    )


def _row(one: Wanted, at: datetime) -> dict[str, Any]:
    return {
        "target": one.target,
        "kind": one.kind,
        "subject": one.subject,
        "region": one.region,
        "source_no": one.source_no,
        "revision": 1,
        "state": "waiting",
        "queued_at": at,
        "ready_at": at,
    }


def _upward(exchange: Exchange, conn: Connection, entries: Sequence[Entry]) -> None:
    theirs = _from_upper(exchange, conn, entries)
    wanted = {one: None for entry in entries for one in _wanted(exchange, entry, theirs)}
    queue(conn, list(wanted), exchange.clock.now())


def _to_sources(exchange: Exchange, conn: Connection, entries: Sequence[Entry]) -> None:
    rated = (entry for entry in entries if entry.payload.get("origin_kind") == RATED)
    wanted = {one: None for entry in rated for one in _of_ticket(conn, entry)}
    queue(conn, list(wanted), exchange.clock.now())


def _wanted(exchange: Exchange, entry: Entry, theirs: frozenset[int]) -> Iterator[Wanted]:
    told, send = entry.payload, exchange.rules.send
    if entry.kind in _CASES:
        if told.get("origin_kind") == RATED and CASE in send:
            yield Wanted(UPPER, CASE, f"case:{told['case_id']}", entry.region)
        if told.get("origin_kind") == RATED and REPLY in send and "reply_id" in told:
            yield Wanted(UPPER, REPLY, f"reply:{told['reply_id']}", entry.region)
    elif entry.kind == SERVED:
        if SERVICE in send and told["id"] not in theirs:
            subject = f"{SERVICE}:{entry.region}:{told['served_month']}:{told['id']}"
            yield Wanted(UPPER, SERVICE, subject, entry.region)
    elif EVALUATION in send and told["occurrence_id"] not in theirs:
        place = f"{entry.region}:{told['served_month']}:{told['occurrence_id']}"
        yield Wanted(UPPER, EVALUATION, f"{EVALUATION}:{place}:{told['round']}", entry.region)


def _of_ticket(conn: Connection, entry: Entry) -> Iterator[Wanted]:
    """Yield what the sources of the ticket behind a case are told, each once."""
    told = entry.payload
    case = f"case:{told['case_id']}"
    if entry.kind == OPENED:
        kind, subject = STATUS, f"{case}:{CaseState.OPENED}:0"
    elif entry.kind == MOVED and told["to"] in _TOLD:
        kind, subject = STATUS, f"{case}:{told['to']}:{told['round']}"
    elif entry.kind == REPLIED:
        kind, subject = SOURCE_REPLY, f"reply:{told['reply_id']}"
    elif entry.kind == CLOSED:
        kind, subject = SOURCE_CLOSED, f"{case}:{CaseState.CLOSED}:{told['round']}"
    else:
        return
    same = exchange_ticket.c.occurrence_id == rectification_case.c.occurrence_id
    tickets = (
        select(exchange_ticket.c.origin, exchange_ticket.c.source_no)
        .join(rectification_case, same)
        .where(rectification_case.c.id == told["case_id"])
    )
    for origin, number in conn.execute(tickets):
        yield Wanted(origin, kind, subject, entry.region, number)


def _from_upper(exchange: Exchange, conn: Connection, entries: Sequence[Entry]) -> frozenset[int]:
    """Return the services among those of `entries` that the next platform told us of."""
    if UPPER not in exchange.settings:
        return frozenset()
    ids = {e.payload["id"] if e.kind == SERVED else e.payload.get("occurrence_id") for e in entries}
    tickets = exchange_ticket.c
    statement = select(tickets.occurrence_id).where(
        tickets.origin == UPPER, tickets.occurrence_id.in_(ids - {None})
    )
    return frozenset(conn.execute(statement).scalars())
