"""Sending a batch outside any transaction, then storing what the other side said of each record.

Tried again for network faults, 5xx and 429 with the pauses of messages, for as long as it takes;
the batch keeps its id, and what the other side has already it answers as a duplicate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, case, select, update

from haochaping.containment import contained
from haochaping.delivery import breaker
from haochaping.delivery.addresses import OutgoingFault
from haochaping.delivery.deliver import PAUSES
from haochaping.hooks.exchange import Answer, Batch, Record
from haochaping.hooks.values import Words
from haochaping.ids import random_between
from haochaping.jobs import Handler, JobContext, NotYet
from haochaping.logs import scrub
from haochaping.uplink import contents, reporting
from haochaping.uplink.contents import Item
from haochaping.uplink.desk import UPPER, Exchange
from haochaping.uplink.packing import OPEN, REFUSED, SENT, WAITING, digest
from haochaping.uplink.tables import uplink_batch, uplink_item

ANSWERED: Final = "answered"
_GOOD: Final = ("stored", "duplicate")
_LONGEST: Final = timedelta(hours=6)
_DETAIL: Final = 300


@dataclass(frozen=True, slots=True)
class Open:
    """A batch that is under way, with its items by kind and subject."""

    id: str
    target: str
    attempts: int
    items: Mapping[tuple[str, str], Item]


def handler(exchange: Exchange) -> Handler:
    """Return the handler of jobs of kind `uplink.send`."""
    return partial(_send, exchange)


def breaker_name(target: str) -> str:
    """Return the name under which the state of a target's breaker is kept."""
    return f"exchange:{target}"


def load(conn: Connection, batch_id: str) -> Open | None:
    """Return a batch that is under way, None when it is over."""
    row = conn.execute(
        select(uplink_batch).where(uplink_batch.c.id == batch_id, uplink_batch.c.state == OPEN)
    ).one_or_none()
    if row is None:
        return None
    mine = uplink_item.c
    columns = (mine.id, mine.kind, mine.subject, mine.batch_revision, mine.mended)
    found = conn.execute(select(*columns).where(mine.batch_id == batch_id).order_by(mine.id))
    items = (Item(one.id, one.kind, one.subject, one.batch_revision, one.mended) for one in found)
    return Open(row.id, row.target, row.attempts, {(one.kind, one.subject): one for one in items})


def _send(exchange: Exchange, context: JobContext) -> None:
    with context.store.read() as conn:
        batch = load(conn, str(context.payload["batch"]))
        if batch is None:
            return
        failing = breaker.is_open(conn, breaker_name(batch.target))
        records = _records(exchange, conn, batch) if batch.target == UPPER else ()
    if failing:
        _require_awake(context, batch)
    ask = partial(_to_upper, exchange, batch, records)
    if batch.target != UPPER:
        ask = partial(reporting.report, exchange, batch.target, tuple(batch.items.values()))
    result = contained(f"exchange {batch.target}", ask)
    at = context.clock.now()
    if result.error is not None:
        _failed(context, batch, result.error, scrub(result.message)[:_DETAIL], at)
        return
    with context.transaction() as conn:
        breaker.worked(conn, breaker_name(batch.target), at)
        _store(conn, batch, records, result.value or (), at)


def _records(exchange: Exchange, conn: Connection, batch: Open) -> tuple[Record, ...]:
    """Return the records as they are now: what changed meanwhile has a later revision too."""
    found = (contents.record_of(exchange, conn, one) for one in batch.items.values())
    return tuple(record for record in found if record is not None)


def _to_upper(exchange: Exchange, batch: Open, records: Sequence[Record]) -> Sequence[Answer]:
    if not records:
        return ()
    dialect, sent = exchange.dialect(), Batch(batch.id, exchange.code, tuple(records))
    sealed = exchange.crypto().seal(dialect.write(sent), exchange.clock.now())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Authorization": f"Bearer {exchange.secret('uplink-key')}",
        "X-Haochaping-Sender": exchange.code,
        "X-Haochaping-Id": batch.id,
        **sealed.headers,
    }
    answer = exchange.http.post(f"{exchange.upper_url}/batches", sealed.body, headers)
    return dialect.answers(sent, answer.body)


def _require_awake(context: JobContext, batch: Open) -> None:
    """Raise NotYet while the breaker rests; one batch at a time goes ahead as a probe."""
    with context.store.write() as conn:
        until = breaker.resting(conn, breaker_name(batch.target), context.clock.now())
        if until is not None:
            conn.execute(_of(batch).values(next_at=until))
    if until is not None:
        raise NotYet(until, "the other side rests")


def _failed(context: JobContext, batch: Open, error: Exception, detail: str, at: datetime) -> None:
    hopeless = isinstance(error, OutgoingFault) and not error.retry
    if hopeless:
        with context.transaction() as conn:
            breaker.failed(conn, breaker_name(batch.target), at)
            _refuse(conn, batch, detail, at)
        return
    asked = error.retry_after if isinstance(error, OutgoingFault) else None
    pause = PAUSES[min(batch.attempts, len(PAUSES) - 1)] * random_between(0.9, 1.1)
    due = at + max(pause, min(timedelta(seconds=asked or 0), _LONGEST))
    with context.store.write() as conn:
        breaker.failed(conn, breaker_name(batch.target), at)
        conn.execute(_of(batch).values(attempts=batch.attempts + 1, next_at=due, error=detail))
    raise NotYet(due, detail)


def _refuse(conn: Connection, batch: Open, detail: str, at: datetime) -> None:
    """End a batch that the other side does not take: its items wait for a person."""
    conn.execute(
        _of(batch).values(
            state=REFUSED, attempts=batch.attempts + 1, answered_at=at, error=detail, next_at=None
        )
    )
    conn.execute(
        update(uplink_item)
        .where(uplink_item.c.batch_id == batch.id)
        .values(
            state=REFUSED,
            batch_id="",
            attempts=uplink_item.c.attempts + 1,
            fault_zh=f"对方拒收整批，请核对密钥、签名和地址：{detail}",
            fault_en=f"The whole batch was refused: check key, signature and address: {detail}",
        )
    )


def _store(
    conn: Connection,
    batch: Open,
    records: Sequence[Record],
    answers: Sequence[Answer],
    at: datetime,
) -> None:
    """Store the receipt of a batch and what became of each of its items."""
    said = {(one.kind, one.subject): one for one in answers}
    sent = {(one.kind, one.subject): one for one in records}
    for key, item in batch.items.items():
        answer = said.get(key)
        if answer is None:  # nothing was there to be sent any more
            _end(conn, item, {"state": WAITING, "ready_at": at + timedelta(days=1)})
        elif answer.status in _GOOD:
            _end(conn, item, {**_done(item, at), **_digest(sent.get(key))})
        elif answer.status == "later":
            _end(
                conn, item, {"state": WAITING, "ready_at": at + PAUSES[0], **_fault(answer.reason)}
            )
        else:
            _end(conn, item, {"state": REFUSED, **_fault(answer.reason)})
    counts = Counter(one.status for one in answers)
    conn.execute(
        _of(batch).values(
            state=ANSWERED,
            attempts=batch.attempts + 1,
            answered_at=at,
            answer=dict(counts),
            next_at=None,
            error="",
        )
    )


def _done(item: Item, at: datetime) -> dict[str, Any]:
    newer = uplink_item.c.revision > item.revision
    return {
        "state": case((newer, WAITING), else_=SENT),
        "sent_revision": item.revision,
        "sent_at": at,
        **_fault(Words("")),
    }


def _digest(record: Record | None) -> dict[str, Any]:
    """Return what is kept of a record that arrived, to compare with the other side later."""
    if record is None:
        return {}
    return {"digest": digest(record), "day": date.fromisoformat(record.day)}


def _fault(reason: Words) -> dict[str, str]:
    return {"fault_zh": reason.zh[:500], "fault_en": (reason.en or reason.zh)[:500]}


def _end(conn: Connection, item: Item, values: Mapping[str, Any]) -> None:
    """Let an item leave its batch; one that has changed meanwhile waits for the next."""
    changed = {"batch_id": "", "attempts": uplink_item.c.attempts + 1, **values}
    unchanged = uplink_item.c.revision == item.revision
    if isinstance(values["state"], str):
        changed["state"] = case((unchanged, values["state"]), else_=WAITING)
    conn.execute(update(uplink_item).where(uplink_item.c.id == item.id).values(**changed))


def _of(batch: Open) -> Any:
    return update(uplink_batch).where(uplink_batch.c.id == batch.id, uplink_batch.c.state == OPEN)
