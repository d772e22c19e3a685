"""Ages and lags: how long what should have happened has been waiting.

Counts say how much waits; ages say whether anybody is served. Alerts look at ages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, desc, func, select

from haochaping.access.devices import AWAY_AFTER
from haochaping.access.tables import device
from haochaping.delivery.messages import PARKED as MESSAGE_PARKED
from haochaping.delivery.messages import QUEUED, RETRYING
from haochaping.delivery.tables import message
from haochaping.evaluation.tables import evaluation
from haochaping.grading import folding
from haochaping.grading.tables import tally_entry
from haochaping.hooks.values import EvaluationStatus
from haochaping.jobs.queue import OPEN, PARKED
from haochaping.jobs.tables import job
from haochaping.journal.reading import cursor_of
from haochaping.journal.tables import journal, journal_cursor, journal_parked, journal_seal
from haochaping.operating import facts, hub
from haochaping.rectification.tables import case_deadline
from haochaping.store.watermark import START, Cursor, in_order, settled
from haochaping.uplink import overview
from haochaping.uplink.tables import uplink_item


@dataclass(frozen=True, slots=True)
class Gauge:
    """One measurement: its name as metrics and alerts know it, a label of `LABELS`, the value."""

    name: str
    value: float
    label: str = ""


SECONDS: Final = (
    "oldest_held_seconds",
    "oldest_message_seconds",
    "oldest_job_seconds",
    "deadline_lag_seconds",
    "fold_lag_seconds",
    "seal_lag_seconds",
    "reader_lag_seconds",
    "backup_age_seconds",
    "uplink_oldest_seconds",
    "hub_silent_seconds",
)
"""Names of the ages; 0 when nothing waits. A backup that was never made has no age: -1."""

COUNTS: Final = (
    "held",
    "messages_waiting",
    "messages_parked",
    "jobs_due",
    "jobs_parked",
    "events_parked",
    "devices_away",
    "devices_waiting",
    "uplink_stuck",
)
"""Names of the counts."""

BYTES: Final = ("hub_lag_bytes", "hub_waiting_bytes", "hub_kept_bytes")
"""Names of what a province's hub has not taken in: at the hub, and in a city."""

LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reader_lag_seconds": "reader",
        "hub_running": "city",
        "hub_silent_seconds": "city",
        "hub_lag_bytes": "city",
        "hub_waiting_bytes": "hub",
        "hub_kept_bytes": "hub",
    }
)
"""What the label of those gauges names of which there are several, or none."""


def measure(conn: Connection, at: datetime) -> tuple[Gauge, ...]:
    """Return every gauge, reckoned from the database: right whatever process is asked."""
    return (*_ages(conn, at), *_readers(conn, at), *_counts(conn, at), *_hub(conn))


def by_name(measured: tuple[Gauge, ...]) -> dict[str, float]:
    """Return gauges by name; of several with one name, the largest."""
    found: dict[str, float] = {}
    for each in measured:
        found[each.name] = max(each.value, found.get(each.name, each.value))
    return found


def _ages(conn: Connection, at: datetime) -> tuple[Gauge, ...]:
    held = evaluation.c.status == EvaluationStatus.HELD
    due = (job.c.state == OPEN) & (job.c.ready_at <= at)
    queued = message.c.state.in_((QUEUED, RETRYING))
    pending = (case_deadline.c.state == "pending") & (case_deadline.c.due_at <= at)
    return (
        Gauge("oldest_held_seconds", _since(conn, evaluation.c.received_at, held, at)),
        Gauge("oldest_message_seconds", _since(conn, message.c.queued_at, queued, at)),
        Gauge("oldest_job_seconds", _since(conn, job.c.ready_at, due, at)),
        Gauge("deadline_lag_seconds", _since(conn, case_deadline.c.due_at, pending, at)),
        Gauge("fold_lag_seconds", _fold_lag(conn, at)),
        Gauge("seal_lag_seconds", _seal_lag(conn, at)),
        Gauge("backup_age_seconds", _backup_age(conn, at)),
        Gauge("uplink_oldest_seconds", _age(overview.oldest_waiting(conn, at), at)),
    )


def _counts(conn: Connection, at: datetime) -> tuple[Gauge, ...]:
    in_use = device.c.revoked_at.is_(None)
    away = in_use & (device.c.seen_at.is_(None) | (device.c.seen_at < at - AWAY_AFTER))
    return (
        Gauge("held", _count(conn, evaluation, evaluation.c.status == EvaluationStatus.HELD)),
        Gauge("messages_waiting", _count(conn, message, message.c.state.in_((QUEUED, RETRYING)))),
        Gauge("messages_parked", _count(conn, message, message.c.state == MESSAGE_PARKED)),
        Gauge("jobs_due", _count(conn, job, (job.c.state == OPEN) & (job.c.ready_at <= at))),
        Gauge("jobs_parked", _count(conn, job, job.c.state == PARKED)),
        Gauge("events_parked", _count(conn, journal_parked, journal_parked.c.state == PARKED)),
        Gauge("devices_away", _count(conn, device, away)),
        Gauge("devices_waiting", _waiting(conn)),
        Gauge("uplink_stuck", _count(conn, uplink_item, uplink_item.c.state.in_(overview.STUCK))),
    )


def _readers(conn: Connection, at: datetime) -> tuple[Gauge, ...]:
    """Return how long ago the next entry of each reader happened."""
    names = conn.execute(select(journal_cursor.c.name).order_by(journal_cursor.c.name)).scalars()
    lags = ((name, _next_at(conn, cursor_of(conn, name))) for name in names)
    return tuple(Gauge("reader_lag_seconds", _age(oldest, at), name) for name, oldest in lags)


def _hub(conn: Connection) -> Iterator[Gauge]:
    """Yield, at a hub, how each city does, and in a city what each hub has not taken yet."""
    for city in hub.cities(conn):
        yield Gauge("hub_running", float(city.running), city.name)
        if city.behind_bytes is not None:
            yield Gauge("hub_lag_bytes", city.behind_bytes, city.name)
        if city.silent_seconds is not None:
            yield Gauge("hub_silent_seconds", city.silent_seconds, city.name)
    for slot in hub.slots(conn):
        yield Gauge("hub_waiting_bytes", slot.behind_bytes, slot.name)
        yield Gauge("hub_kept_bytes", slot.kept_bytes, slot.name)


def _fold_lag(conn: Connection, at: datetime) -> float:
    statement = (
        select(tally_entry.c.at)
        .where(settled(conn, tally_entry, folding.stored_cursor(folding.NAME)))
        .order_by(*in_order(conn, tally_entry))
        .limit(1)
    )
    return _age(conn.execute(statement).scalar_one_or_none(), at)


def _seal_lag(conn: Connection, at: datetime) -> float:
    newest = select(journal_seal.c.last_xid, journal_seal.c.last_seq)
    row = conn.execute(newest.order_by(desc(journal_seal.c.number)).limit(1)).one_or_none()
    end = START if row is None else Cursor(row.last_xid, row.last_seq)
    return _age(_next_at(conn, end), at)


def _backup_age(conn: Connection, at: datetime) -> float:
    made = facts.last(conn, "backup")
    return -1.0 if made is None else _age(made.at, at)


def _next_at(conn: Connection, cursor: Cursor) -> datetime | None:
    statement = (
        select(journal.c.at)
        .where(settled(conn, journal, cursor))
        .order_by(*in_order(conn, journal))
        .limit(1)
    )
    return conn.execute(statement).scalar_one_or_none()


def _since(
    conn: Connection, column: ColumnElement[Any], where: ColumnElement[bool], at: datetime
) -> float:
    oldest = conn.execute(select(func.min(column, type_=column.type)).where(where)).scalar_one()
    return _age(oldest, at)


def _age(moment: datetime | None, at: datetime) -> float:
    return 0.0 if moment is None else max((at - moment).total_seconds(), 0.0)


def _count(conn: Connection, table: Any, where: ColumnElement[bool]) -> float:
    return float(conn.execute(select(func.count()).select_from(table).where(where)).scalar_one())


def _waiting(conn: Connection) -> float:
    total = select(func.coalesce(func.sum(device.c.waiting), 0)).where(
        device.c.revoked_at.is_(None)
    )
    return float(conn.execute(total).scalar_one())
