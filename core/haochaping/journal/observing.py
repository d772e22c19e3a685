"""Delivering events to observers: at least once, in order per subject, never lost.

An observer runs outside any transaction. When it fails, the event is kept for that
reader alone and retried with back-off; later events of the same subject wait behind
it, all others go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from haochaping.clock import Clock
from haochaping.containment import contained
from haochaping.jobs.runner import pause
from haochaping.journal.reading import (
    Entry,
    cursor_of,
    entry_of,
    following,
    locked_cursor,
    move_cursor,
)
from haochaping.journal.tables import journal, journal_parked
from haochaping.store import Store
from haochaping.store.upsert import insert_or_ignore

WAITING, PARKED, DONE = "waiting", "parked", "done"
MAX_ATTEMPTS: Final = 10
BATCH: Final = 200
_ERROR_LENGTH: Final = 500


class NotNow(Exception):
    """An observer is not to be called for `seconds`: the event waits, no attempt is counted."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Observer:
    """Somebody who wants events: a reader name, kinds, and a call that may raise."""

    name: str
    kinds: frozenset[str]
    call: Callable[[Entry], None]


def deliver(store: Store, clock: Clock, observer: Observer) -> int:
    """Deliver the next batch of new events; return how many journal entries were passed."""
    with store.read() as conn:
        start = cursor_of(conn, observer.name)
        entries = following(conn, start, BATCH)
        blocked = _blocked(conn, observer.name) if entries else set()
    if not entries:
        return 0
    failed = _call_all(observer, entries, blocked)
    with store.write() as conn:
        if locked_cursor(conn, observer.name) != start:
            return 0  # another worker was faster; observers are idempotent
        insert_or_ignore(conn, journal_parked, [_row(observer, f, clock) for f in failed])
        move_cursor(conn, observer.name, entries[-1], clock.now())
    return len(entries)


def retry_waiting(store: Store, clock: Clock, observer: Observer, limit: int = 50) -> int:
    """Retry the oldest kept event of each subject that is due; return how many succeeded."""
    with store.read() as conn:
        due = _oldest_due(conn, observer.name, clock.now(), limit)
    return sum(_retry(store, clock, observer, row) for row in due)


def unpark(conn: Connection, parked_id: int, at: datetime) -> bool:
    """Give a parked event another round of attempts; return False when there is none."""
    statement = (
        update(journal_parked)
        .where(journal_parked.c.id == parked_id, journal_parked.c.state == PARKED)
        .values(state=WAITING, attempts=0, ready_at=at)
    )
    return conn.execute(statement).rowcount == 1


@dataclass(frozen=True, slots=True)
class _Failure:
    entry: Entry
    error: str
    wait: float = 0.0


def _call_all(observer: Observer, entries: list[Entry], blocked: set[str]) -> list[_Failure]:
    failed = []
    for entry in entries:
        if entry.kind not in observer.kinds:
            continue
        waits = entry.subject in blocked
        error, wait = ("waits its turn", 0.0) if waits else _call(observer, entry)
        if error:
            blocked.add(entry.subject)
            failed.append(_Failure(entry, error, wait))
    return failed


def _call(observer: Observer, entry: Entry) -> tuple[str, float]:
    """Call an observer; return why it failed, empty when it did not, and how long it pauses."""
    result = contained(f"observer {observer.name}", lambda: observer.call(entry))
    wait = result.error.seconds if isinstance(result.error, NotNow) else 0.0
    return result.message, wait


def _row(observer: Observer, failure: _Failure, clock: Clock) -> dict[str, Any]:
    return {
        "reader": observer.name,
        "seq": failure.entry.seq,
        "subject": failure.entry.subject,
        "state": WAITING,
        "attempts": 0 if failure.wait else 1,
        "ready_at": clock.now() + (timedelta(seconds=failure.wait) or pause(1)),
        "error": failure.error[:_ERROR_LENGTH],
    }


def _blocked(conn: Connection, reader: str) -> set[str]:
    statement = select(journal_parked.c.subject).where(
        journal_parked.c.reader == reader, journal_parked.c.state != DONE
    )
    return set(conn.execute(statement).scalars())


def _oldest_due(conn: Connection, reader: str, now: datetime, limit: int) -> list[Any]:
    oldest = (
        select(func.min(journal_parked.c.id))
        .where(journal_parked.c.reader == reader, journal_parked.c.state != DONE)
        .group_by(journal_parked.c.subject)
    )
    statement = (
        select(journal_parked, journal)
        .join(journal, journal.c.seq == journal_parked.c.seq)
        .where(
            journal_parked.c.id.in_(oldest),
            journal_parked.c.state == WAITING,
            journal_parked.c.ready_at <= now,
        )
        .limit(limit)
    )
    return list(
        conn.execute(
            statement.with_only_columns(
                journal_parked.c.id.label("parked_id"),
                journal_parked.c.attempts,
                *journal.c,
            )
        ).mappings()
    )


def _retry(store: Store, clock: Clock, observer: Observer, row: Any) -> int:
    error, wait = _call(observer, entry_of(row))
    attempts = row["attempts"] + 1
    now = clock.now()
    if not error:
        values: dict[str, Any] = {"state": DONE, "error": ""}
    elif wait:
        values = {"ready_at": now + timedelta(seconds=wait), "error": error[:_ERROR_LENGTH]}
    elif attempts >= MAX_ATTEMPTS:
        values = {"state": PARKED, "attempts": attempts, "error": error[:_ERROR_LENGTH]}
    else:
        values = {
            "attempts": attempts,
            "ready_at": now + max(pause(attempts), timedelta(seconds=1)),
            "error": error[:_ERROR_LENGTH],
        }
    with store.write() as conn:
        conn.execute(
            update(journal_parked).where(journal_parked.c.id == row["parked_id"]).values(**values)
        )
    return int(not error)
