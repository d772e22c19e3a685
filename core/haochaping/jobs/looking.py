"""How the jobs are doing: how many in each state, and those that were given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select

from haochaping.jobs.queue import OPEN, PARKED
from haochaping.jobs.tables import job

SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class ParkedJob:
    """A job that was given up; `error` says why, without what it was about."""

    id: int
    kind: str
    due_at: datetime
    attempts: int
    error: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """Open jobs whose moment has come, the longest wait among them, and those given up."""

    due: int
    oldest: datetime | None
    parked: int


def load(conn: Connection, at: datetime) -> Load:
    """Return how much work waits at a moment."""
    waits = (job.c.state == OPEN, job.c.ready_at <= at)
    due = select(func.count(), func.min(job.c.ready_at, type_=job.c.ready_at.type)).where(*waits)
    number, oldest = conn.execute(due).one()
    given_up = select(func.count()).select_from(job).where(job.c.state == PARKED)
    return Load(number, oldest, int(conn.execute(given_up).scalar_one()))


def parked(conn: Connection) -> tuple[ParkedJob, ...]:
    """Return jobs that were given up, the oldest first, as many as a page shows."""
    statement = select(job).where(job.c.state == PARKED).order_by(job.c.id).limit(SHOWN)
    return tuple(_parked(row) for row in conn.execute(statement))


def _parked(row: Any) -> ParkedJob:
    return ParkedJob(row.id, row.kind, row.due_at, row.attempts, row.error or "", row.region)
