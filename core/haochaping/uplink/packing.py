"""Making batches: what waits is looked at by the gate and put together, one batch at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from haochaping.containment import contained
from haochaping.hooks.exchange import Batch, Dialect, ExchangeRefused, Record
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.jobs import Job, enqueue
from haochaping.journal.reading import locked_cursor
from haochaping.store.types import canonical_json
from haochaping.uplink import contents, shapes
from haochaping.uplink.contents import Item
from haochaping.uplink.desk import UPPER, Exchange
from haochaping.uplink.tables import uplink_batch, uplink_item

SEND: Final = "uplink.send"
WAITING, SENT, FAULTY, REFUSED = "waiting", "sent", "faulty", "refused"
OPEN: Final = "open"
NOT_YET: Final = timedelta(days=1)
"""How long something is put off of which nothing final can be said; its next event ends that."""
_LOCK: Final = "uplink.pack"
_SLACK: Final = 200
"""Bytes that a record takes beside its own."""


@dataclass(slots=True)
class _Picked:
    """What a look at the waiting items found."""

    good: list[tuple[Item, Record]] = field(default_factory=list)
    faulty: list[tuple[Item, Words]] = field(default_factory=list)
    early: list[Item] = field(default_factory=list)
    bytes: int = 0


def pack(exchange: Exchange, *, now: bool = False) -> int:
    """Make the next batch of each target that has none under way; return how many were made.

    `now`: without waiting for more.
    """
    return sum(_pack(exchange, target, now=now) for target in exchange.targets)


def digest(record: Record) -> str:
    """Return what two platforms compare of a record."""
    said = [record.kind, record.subject, record.revision, *shapes.essence(record)]
    return hashlib.sha256(canonical_json(said).encode()).hexdigest()[:32]


def faults(record: Record, dialect: Dialect) -> Words | None:
    """Return why a record stays here, in one sentence; None when it may go."""
    try:
        shapes.require(record)
    except ExchangeRefused as error:
        return error.why
    found = contained("uplink dialect", lambda: tuple(dialect.faults(record)))
    said = (Words(found.message, found.message),) if found.value is None else found.value
    if not said:
        return None
    return Words("；".join(one.zh for one in said), "; ".join(one.en or one.zh for one in said))


def _pack(exchange: Exchange, target: str, *, now: bool) -> int:
    at = exchange.clock.now()
    limit = exchange.rules.batch.count if target == UPPER else 1
    with exchange.store.read() as conn:
        if not _is_time(exchange, conn, target, at, now=now):
            return 0
        items = _waiting(conn, target, at, limit)
        picked = _looked_at(exchange, conn, items) if target == UPPER else _as_they_are(items)
    with exchange.store.write() as conn:
        locked_cursor(conn, _LOCK)  # two workers make one batch
        if _open(conn, target):
            return 0
        _put_aside(conn, picked, at)
        if picked.good:
            _write(exchange, conn, target, picked, at)
    return len(picked.good) + len(picked.faulty) + len(picked.early)


def _is_time(exchange: Exchange, conn: Connection, target: str, at: datetime, *, now: bool) -> bool:
    rules = exchange.rules.batch
    if _open(conn, target):
        return False
    row = conn.execute(
        select(
            func.count(), func.min(uplink_item.c.queued_at, type_=uplink_item.c.queued_at.type)
        ).where(*_due(target, at))
    ).one()
    count, oldest = row
    if not count:
        return False
    if now or target != UPPER or count >= rules.count:
        return True
    return bool(oldest <= at - timedelta(seconds=rules.seconds))


def _due(target: str, at: datetime) -> tuple[Any, ...]:
    mine = uplink_item.c
    return mine.target == target, mine.state == WAITING, mine.ready_at <= at


def _open(conn: Connection, target: str) -> bool:
    statement = select(uplink_batch.c.id).where(
        uplink_batch.c.target == target, uplink_batch.c.state == OPEN
    )
    return conn.execute(statement.limit(1)).first() is not None


def _waiting(conn: Connection, target: str, at: datetime, limit: int) -> Sequence[Item]:
    columns = (uplink_item.c[name] for name in Item.__slots__)
    statement = select(*columns).where(*_due(target, at)).order_by(uplink_item.c.id).limit(limit)
    return [Item(**row) for row in conn.execute(statement).mappings()]


def _as_they_are(items: Sequence[Item]) -> _Picked:
    empty = Record("", "", 0, "", {})
    return _Picked(good=[(item, empty) for item in items])


def _looked_at(exchange: Exchange, conn: Connection, items: Sequence[Item]) -> _Picked:
    picked, dialect = _Picked(), exchange.dialect()
    for item in items:
        record = contents.record_of(exchange, conn, item)
        if record is None:
            picked.early.append(item)
            continue
        fault = faults(record, dialect)
        if fault is not None:
            picked.faulty.append((item, fault))
            continue
        size = len(dialect.write(Batch("", "", (record,)))) + _SLACK
        if picked.good and picked.bytes + size > exchange.rules.batch.bytes:
            break
        picked.good.append((item, record))
        picked.bytes += size
    return picked


def _put_aside(conn: Connection, picked: _Picked, at: datetime) -> None:
    for item, fault in picked.faulty:
        values = {"state": FAULTY, "fault_zh": fault.zh[:500], "fault_en": fault.en[:500]}
        conn.execute(update(uplink_item).where(*_same(item)).values(**values))
    for item in picked.early:
        conn.execute(update(uplink_item).where(*_same(item)).values(ready_at=at + NOT_YET))


def _same(item: Item) -> tuple[Any, ...]:
    return uplink_item.c.id == item.id, uplink_item.c.revision == item.revision


def _write(
    exchange: Exchange, conn: Connection, target: str, picked: _Picked, at: datetime
) -> None:
    batch_id = f"{exchange.code}-{new_id()}"
    row = {
        "id": batch_id,
        "target": target,
        "state": OPEN,
        "count": len(picked.good),
        "bytes": picked.bytes,
        "made_at": at,
        "next_at": at,
    }
    conn.execute(insert(uplink_batch), row)
    conn.execute(
        update(uplink_item)
        .where(uplink_item.c.id == bindparam("item"))
        .values(batch_id=bindparam("batch"), batch_revision=bindparam("seen")),
        [
            {"item": item.id, "batch": batch_id, "seen": item.revision}
            for item, _record in picked.good
        ],
    )
    enqueue(conn, Job(SEND, at, {"batch": batch_id}, f"uplink:{batch_id}"), at)
