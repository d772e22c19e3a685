"""Putting jobs on the table, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from haochaping.ids import new_id
from haochaping.jobs.tables import job as job_table
from haochaping.store.upsert import insert_or_ignore

OPEN, DONE, PARKED = "open", "done", "parked"


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is to happen at `due_at` or soon after.

    Jobs with the same `dedup` key happen once, however often they are enqueued.
    `payload` holds ids only, never text or persons.
    """

    kind: str
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    dedup: str | None = None
    region: str = ""


def enqueue(conn: Connection, job: Job, at: datetime) -> bool:
    """Put a job on the table; return False when its dedup key is already there."""
    return enqueue_all(conn, [job], at) == 1


def enqueue_all(conn: Connection, jobs: Iterable[Job], at: datetime) -> int:
    """Put jobs on the table; return how many were new."""
    return insert_or_ignore(conn, job_table, [_row(job, at) for job in jobs])


def move(conn: Connection, dedup: str, due_at: datetime) -> bool:
    """Give an open job another due moment; return False when there is none to move."""
    statement = (
        update(job_table)
        .where(job_table.c.dedup == dedup, job_table.c.state == OPEN)
        .values(due_at=due_at, ready_at=due_at)
    )
    return conn.execute(statement).rowcount == 1


def cancel(conn: Connection, dedup: str) -> bool:
    """Remove an open job; return False when it is done, parked or unknown."""
    statement = delete(job_table).where(job_table.c.dedup == dedup, job_table.c.state == OPEN)
    return conn.execute(statement).rowcount == 1


def retry(conn: Connection, job_id: int, at: datetime) -> bool:
    """Give a parked job a new life; return False when it is not parked."""
    statement = (
        update(job_table)
        .where(job_table.c.id == job_id, job_table.c.state == PARKED)
        .values(state=OPEN, ready_at=at, attempts=0, error=None)
    )
    return conn.execute(statement).rowcount == 1


def state_of(conn: Connection, dedup: str) -> str | None:
    """Return `open`, `done` or `parked`, None when the key is unknown."""
    return conn.execute(
        select(job_table.c.state).where(job_table.c.dedup == dedup)
    ).scalar_one_or_none()


def _row(job: Job, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": job.kind,
        "dedup": job.dedup,
        "region": job.region,
        "payload": dict(job.payload),
        "due_at": job.due_at,
        "ready_at": job.due_at,
        "state": OPEN,
        "created_at": at,
    }
