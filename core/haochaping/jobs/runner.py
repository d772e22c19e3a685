"""Claiming and running jobs: leased, fenced, retried with back-off, parked in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from haochaping import logs
from haochaping.clock import Clock
from haochaping.containment import contained
from haochaping.ids import random_between
from haochaping.jobs.queue import DONE, OPEN, PARKED
from haochaping.jobs.tables import job as job_table
from haochaping.store import Store

LEASE: Final = timedelta(minutes=5)
MAX_ATTEMPTS: Final = 12
_FIRST_PAUSE_SECONDS: Final = 15.0
_LONGEST_PAUSE_SECONDS: Final = 6 * 3600.0
_ERROR_LENGTH: Final = 500


class LeaseLost(Exception):
    """Somebody else has taken the job over; this run's effects must not be kept."""


class NotYet(Exception):
    """Raised by a handler to be asked again at a later moment, without counting a failure."""

    def __init__(self, at: datetime, why: str) -> None:
        self.at = at
        super().__init__(why)


class Hopeless(Exception):
    """Raised by a handler when trying again cannot help: the job is parked at once."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker holds until its lease ends."""

    id: int
    kind: str
    dedup: str | None
    region: str
    payload: Mapping[str, Any]
    due_at: datetime
    attempts: int
    fence: int


@dataclass(slots=True)
class JobContext:
    """What a handler gets: the claim, the store and the clock.

    A handler whose effect is in the database does it inside `transaction()`, which
    finishes the job in the same transaction: the effect happens exactly once. A handler
    that reaches outside (delivery) returns normally and is finished afterwards: at least
    once.
    """

    claim: Claim
    store: Store
    clock: Clock
    finished: bool = field(default=False, init=False)

    @property
    def payload(self) -> Mapping[str, Any]:
        """The job's payload."""
        return self.claim.payload

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open one transaction for the effect and the end of the job. Raises LeaseLost."""
        with self.store.write() as conn:
            yield conn
            _finish(conn, self.claim, self.clock.now())
        self.finished = True


Handler = Callable[[JobContext], None]


class Runner:
    """Runs due jobs with the handlers registered by kind."""

    def __init__(
        self, store: Store, clock: Clock, handlers: Mapping[str, Handler], log: Callable[..., None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._handlers = handlers
        self._log = log

    def run_due(self, limit: int = 50) -> int:
        """Claim and run up to `limit` jobs; return how many were claimed."""
        claims = self.claim(limit)
        for claim in claims:
            self.run(claim)
        return len(claims)

    def claim(self, limit: int) -> tuple[Claim, ...]:
        """Take up to `limit` due jobs, oldest first, for the length of a lease."""
        now = self._clock.now()
        if not self._anything_due(now):
            return ()
        due = (
            select(job_table.c.id)
            .where(job_table.c.state == OPEN, job_table.c.ready_at <= now)
            .order_by(job_table.c.ready_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        take = (
            update(job_table)
            .where(job_table.c.id.in_(due))
            .values(
                ready_at=now + LEASE,
                fence=job_table.c.fence + 1,
                attempts=job_table.c.attempts + 1,
            )
            .returning(*(job_table.c[name] for name in Claim.__slots__))
        )
        with self._store.write() as conn:
            rows = [Claim(**row) for row in conn.execute(take).mappings()]
        return tuple(sorted(rows, key=lambda claim: (claim.due_at, claim.id)))

    def run(self, claim: Claim) -> bool:
        """Run one claimed job; return True when it is done."""
        handler = self._handlers.get(claim.kind)
        if handler is None:
            self._park(claim, f"no handler for jobs of kind {claim.kind}")
            return False
        context = JobContext(claim, self._store, self._clock)
        with logs.about(**_about(claim)):
            result = contained(f"job {claim.kind}", lambda: handler(context))
            if result.ok:
                return context.finished or self._finish_alone(claim)
            self._failed(claim, result.error, result.message, result.trace)
        return False

    def _anything_due(self, now: datetime) -> bool:
        statement = (
            select(job_table.c.id)
            .where(job_table.c.state == OPEN, job_table.c.ready_at <= now)
            .limit(1)
        )
        with self._store.read() as conn:
            return conn.execute(statement).first() is not None

    def _finish_alone(self, claim: Claim) -> bool:
        with self._store.write() as conn:
            return _try_finish(conn, claim, self._clock.now())

    def _failed(self, claim: Claim, error: Exception | None, message: str, trace: str) -> None:
        if isinstance(error, LeaseLost):
            return
        if isinstance(error, NotYet):
            self._set(claim, ready_at=error.at, error=str(error), attempts=claim.attempts - 1)
            return
        self._log("job.failed", kind=claim.kind, job=claim.id, error=message, trace=trace)
        if isinstance(error, Hopeless) or claim.attempts >= MAX_ATTEMPTS:
            self._park(claim, message)
        else:
            self._set(claim, ready_at=self._clock.now() + pause(claim.attempts), error=message)

    def _park(self, claim: Claim, message: str) -> None:
        self._log("job.parked", kind=claim.kind, job=claim.id, error=message)
        self._set(claim, state=PARKED, error=message)

    def _set(self, claim: Claim, **values: Any) -> None:
        if values.get("error"):
            values["error"] = values["error"][:_ERROR_LENGTH]
        statement = update(job_table).where(_held(claim)).values(**values)
        with self._store.write() as conn:
            conn.execute(statement)


def _about(claim: Claim) -> dict[str, Any]:
    """Return what a job is about, as far as its payload names it."""
    named = {name: claim.payload[name] for name in ("case", "evaluation") if name in claim.payload}
    return {"job": claim.id, "kind": claim.kind, **named}


def pause(attempts: int) -> timedelta:
    """Return the pause after the `attempts`-th failure: doubling, with jitter, 6 hours at most."""
    longest = min(_FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), _LONGEST_PAUSE_SECONDS)
    return timedelta(seconds=random_between(longest * 0.8, longest))


def _held(claim: Claim) -> Any:
    return (
        (job_table.c.id == claim.id)
        & (job_table.c.fence == claim.fence)
        & (job_table.c.state == OPEN)
    )


def _try_finish(conn: Connection, claim: Claim, at: datetime) -> bool:
    statement = update(job_table).where(_held(claim)).values(state=DONE, finished_at=at, error=None)
    return conn.execute(statement).rowcount == 1


def _finish(conn: Connection, claim: Claim, at: datetime) -> None:
    if not _try_finish(conn, claim, at):
        raise LeaseLost(f"job {claim.id} was taken over")
