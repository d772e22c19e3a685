"""The job that delivers a message: sends outside any transaction, then records the attempt.

Retried for network faults, 5xx and 429 with pauses that grow to hours, never after
another 4xx. A worker that dies between sending and recording sends again: receivers
know a message by its business id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, update

from haochaping.access.vault import Vault
from haochaping.containment import Result, contained
from haochaping.delivery import breaker, inbox, raters, receivers, spreading
from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.addressing import addressed
from haochaping.delivery.capping import PATIENCE, Cap
from haochaping.delivery.gateways import INBOX, Gateways
from haochaping.delivery.messages import (
    DROPPED,
    PARKED,
    QUEUED,
    RETRYING,
    ROLE_WORDS,
    SENT,
    Stored,
    load,
    schedule,
)
from haochaping.delivery.tables import message, message_attempt
from haochaping.hooks.services import OutgoingMessage
from haochaping.ids import new_id, random_between
from haochaping.jobs import Handler, JobContext
from haochaping.logs import scrub

PAUSES: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 120, 240, 480))
"""Pauses after the first, second, … failed attempt; then the message is parked."""
_DETAIL_LENGTH: Final = 300
_NOWHERE: Final = "opted out, erased or without an address"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `again` says whether to try once more.

    `unwanted`: the receiver opted out, was erased or left no address.
    """

    sent: bool
    again: bool = False
    status: int | None = None
    retry_after: int | None = None
    detail: str = ""
    reference: str = ""
    seconds: float = 0.0
    unwanted: bool = False

    @property
    def word(self) -> str:
        """Return the outcome as it is stored."""
        return "sent" if self.sent else "retry" if self.again else "refused"

    @property
    def ended(self) -> str:
        """Return the state of a message that is not tried again."""
        return SENT if self.sent else DROPPED if self.unwanted else PARKED


NO_CAP: Final = Cap()


def handler(gateways: Gateways, vault: Vault | None = None, cap: Cap = NO_CAP) -> Handler:
    """Return the handler of jobs of kind `deliver`; without a vault no person can be reached."""

    def deliver(context: JobContext) -> None:
        with context.store.read() as conn:
            stored = load(conn, context.payload["message"])
        if stored is None or stored.state not in (QUEUED, RETRYING):
            return
        if stored.message.gateway == INBOX:
            _into_inboxes(context, stored)
        elif gateways.address(stored.message.gateway) and stored.message.to in ROLE_WORDS:
            _to_each(context, stored)
        elif not _waits(context, stored, cap):
            _through(gateways, vault, context, stored)

    return deliver


def _to_each(context: JobContext, stored: Stored) -> None:
    now = context.clock.now()
    with context.transaction() as conn:
        count = spreading.spread(conn, stored, now)
        detail = f"to {count}" if count else f"nobody is {stored.message.to} of this organization"
        _record(conn, stored, Outcome(count > 0, detail=detail), now)


def _waits(context: JobContext, stored: Stored, cap: Cap) -> bool:
    """Put a message off while its gateway rests or its receiver has had enough today."""
    now, gateway = context.clock.now(), stored.message.gateway
    with context.store.read() as conn:
        until = cap.waits_until(conn, stored.message, now)
        failing = breaker.is_open(conn, gateway)
    if until is not None:
        with context.transaction() as conn:
            if now - stored.queued_at > PATIENCE:
                _record(conn, stored, Outcome(False, detail="too many messages a day"), now)
            else:
                _put_off(conn, stored, until, now)
        return True
    return failing and _rests(context, stored, now)


def _rests(context: JobContext, stored: Stored, now: datetime) -> bool:
    with context.store.write() as conn:
        until = breaker.resting(conn, stored.message.gateway, now)
    if until is None:
        return False
    with context.transaction() as conn:
        _put_off(conn, stored, until + timedelta(seconds=random_between(0, 30)), now)
    return True


def _put_off(conn: Connection, stored: Stored, until: datetime, at: datetime) -> None:
    conn.execute(update(message).where(message.c.id == stored.id).values(due_at=until))
    schedule(conn, stored.id, until, at)


def _into_inboxes(context: JobContext, stored: Stored) -> None:
    now, meant = context.clock.now(), stored.message
    with context.transaction() as conn:
        accounts = receivers.resolve(conn, meant.to, meant.organization_id)
        inbox.put(conn, stored.id, accounts, now)
        detail = "" if accounts else f"nobody is {meant.to} of this organization"
        _record(conn, stored, Outcome(bool(accounts), detail=detail), now)


def _through(gateways: Gateways, vault: Vault | None, context: JobContext, stored: Stored) -> None:
    kind = gateways.address(stored.message.gateway)
    meant = _addressed(vault, context, stored.message, kind)
    if meant is None:
        outcome = Outcome(False, unwanted=True, detail=_NOWHERE)
    elif meant.gateway not in gateways.names:
        outcome = Outcome(False, detail=f"no gateway named {meant.gateway}")
    else:
        outcome = _outcome(contained(f"gateway {meant.gateway}", lambda: gateways.send(meant)))
    now = context.clock.now()
    with context.transaction() as conn:
        if outcome.again:
            breaker.failed(conn, stored.message.gateway, now)
        elif meant is not None:
            breaker.worked(conn, stored.message.gateway, now)
        _record(conn, stored, outcome, now)


def _addressed(
    vault: Vault | None, context: JobContext, message: OutgoingMessage, kind: str
) -> OutgoingMessage | None:
    if vault is None:
        return None if kind or raters.is_to_rater(message) else message
    with context.store.read() as conn:
        return addressed(conn, vault, message, kind)


def _outcome(result: Result[str]) -> Outcome:
    error = result.error
    if error is None:
        return Outcome(True, reference=str(result.value or "")[:100], seconds=result.seconds)
    detail = scrub(result.message)[:_DETAIL_LENGTH]
    if isinstance(error, OutgoingFault):
        return Outcome(
            False, error.retry, error.status, error.retry_after, detail, seconds=result.seconds
        )
    return Outcome(False, again=True, detail=detail, seconds=result.seconds)


def _record(conn: Connection, stored: Stored, outcome: Outcome, at: datetime) -> None:
    no = stored.attempts + 1
    row = {
        "id": new_id(),
        "message_id": stored.id,
        "no": no,
        "at": at,
        "outcome": outcome.word,
        "status": outcome.status,
        "detail": outcome.detail,
        "milliseconds": int(outcome.seconds * 1000),
    }
    conn.execute(insert(message_attempt).values(row))
    due_at = _next(no, outcome, at)
    values = {
        "state": RETRYING if due_at else outcome.ended,
        "attempts": no,
        "due_at": due_at,
        "sent_at": at if outcome.sent else None,
        "reference": outcome.reference,
    }
    conn.execute(update(message).where(message.c.id == stored.id).values(values))
    if due_at is not None:
        schedule(conn, stored.id, due_at, at)


def _next(no: int, outcome: Outcome, at: datetime) -> datetime | None:
    if outcome.sent or not outcome.again or no > len(PAUSES):
        return None
    pause = PAUSES[no - 1] * random_between(0.9, 1.1)
    asked = timedelta(seconds=min(outcome.retry_after or 0, 6 * 3600))
    return at + max(pause, asked)
