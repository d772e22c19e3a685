"""Deadlines and warnings of cases: rows with one job each, reached exactly once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, insert, select, update

from haochaping import jobs
from haochaping.jobs import Job, JobContext, NotYet
from haochaping.rectification.context import Context
from haochaping.rectification.notices import messages_for
from haochaping.rectification.plans import REPLY
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.schedule import Timer
from haochaping.rectification.tables import case_deadline
from haochaping.rectification.timeline import Entry, record

JOB: Final = "deadline"
PENDING, REACHED, MET, DROPPED = "pending", "reached", "met", "dropped"

Key = tuple[str, int]


def dedup(case_id: int, round_: int, kind: str, level: int) -> str:
    """Return the key under which the job of a deadline exists once."""
    key = f"case:{case_id}:{kind}:{level}"
    return key if round_ == 0 else f"{key}:{round_}"


def install(conn: Connection, case: Case, timers: Sequence[Timer], at: datetime) -> None:
    """Make `timers` the pending ones of the case's round.

    Pending timers that are not among them are dropped; those that were reached or met
    already stay as they are.
    """
    states = _states(conn, case)
    wanted = {(timer.kind, timer.level): _not_too_early(case, timer) for timer in timers}
    _add(conn, case, [timer for key, timer in wanted.items() if key not in states], at)
    for key, state in states.items():
        if state != PENDING:
            continue
        if key in wanted:
            _change(conn, case, wanted[key], at)
        else:
            _end(conn, case, [key], DROPPED)


def add(conn: Connection, case: Case, timers: Sequence[Timer], at: datetime) -> None:
    """Add timers to a round that has none of these yet."""
    _add(conn, case, [_not_too_early(case, timer) for timer in timers], at)


def settle(conn: Connection, case: Case, kind: str) -> None:
    """Say that what `kind` asks for was done: its pending moments are met."""
    _end(conn, case, [key for key in _pending(conn, case) if key[0] == kind], MET)


def drop_all(conn: Connection, case: Case) -> None:
    """End every pending moment of a case that has closed or starts anew."""
    _end(conn, case, _pending(conn, case), DROPPED)


def resume(conn: Connection, case: Case, kind: str, at: datetime) -> None:
    """Take back that `kind` was met: its moments count again, as they were."""
    found = [row for row in _rows(conn, case) if row["kind"] == kind and row["state"] == MET]
    for row in found:
        _set(conn, case, (kind, row["level"]), state=PENDING)
        jobs.enqueue(conn, _job(case, kind, row["level"], row["due_at"]), at)


def run(context: Context, job: JobContext) -> None:
    """Handle a job of kind `deadline`. Raises NotYet when the moment was moved later."""
    with job.transaction() as conn:
        reach(context, conn, job.payload, job.clock.now())


def reach(context: Context, conn: Connection, payload: Mapping[str, Any], at: datetime) -> bool:
    """Mark a moment as reached and tell about it, once; return False when nothing is due.

    Raises NotYet when the moment lies after `at`.
    """
    case = by_id(conn, payload["case"])
    row = _row(conn, case, (payload["kind"], payload["level"]))
    if case.closed or case.round != payload["round"] or row is None or row["state"] != PENDING:
        return False
    if row["due_at"] > at:
        raise NotYet(row["due_at"], "the moment was moved")
    if not _set(conn, case, (row["kind"], row["level"]), state=REACHED, reached_at=at):
        return False
    _tell(context, conn, case, row, at)
    return True


def rows_of(conn: Connection, case: Case) -> tuple[Mapping[str, Any], ...]:
    """Return the moments of the case's round, the earliest first."""
    return tuple(_rows(conn, case))


def start_of(conn: Connection, case: Case) -> datetime:
    """Return the moment from which the case's round counts."""
    starts = [row["start_at"] for row in _rows(conn, case)]
    return min(starts, default=case.opened_at)


def reply_reached(conn: Connection, case: Case) -> bool:
    """Say whether the due moment of the round's reply has been reached."""
    return _states(conn, case).get((REPLY, 0)) == REACHED


def _tell(
    context: Context, conn: Connection, case: Case, row: Mapping[str, Any], at: datetime
) -> None:
    details = {"deadline": row["kind"], "level": row["level"], "to": row["to"]}
    record(conn, case, Entry(at, "deadline", details=details))
    due = row["due_at"].isoformat()
    context.emit(conn, case.event("deadline.reached", **details, due_at=due), at)
    if at >= case.visible_at:  # before that its arrival will tell
        for message in messages_for(case, row):
            context.notify(conn, message, at)


def _not_too_early(case: Case, timer: Timer) -> Timer:
    """Warnings must not show the case to the unit before it may be seen."""
    if timer.level == 0 or timer.due_at >= case.visible_at:
        return timer
    return replace(timer, due_at=case.visible_at)


def _add(conn: Connection, case: Case, timers: Sequence[Timer], at: datetime) -> None:
    if timers:
        conn.execute(insert(case_deadline), [_values(case, timer) for timer in timers])
        jobs.enqueue_all(
            conn, [_job(case, timer.kind, timer.level, timer.due_at) for timer in timers], at
        )


def _change(conn: Connection, case: Case, timer: Timer, at: datetime) -> None:
    key = (timer.kind, timer.level)
    _set(conn, case, key, **_values(case, timer))
    if not jobs.move(conn, dedup(case.id, case.round, *key), timer.due_at):
        jobs.enqueue(conn, _job(case, *key, timer.due_at), at)


def _end(conn: Connection, case: Case, keys: Iterable[Key], state: str) -> None:
    for key in keys:
        _set(conn, case, key, state=state)
        jobs.cancel(conn, dedup(case.id, case.round, *key))


def _set(conn: Connection, case: Case, key: Key, **values: Any) -> bool:
    """Change one row; a row that was reached stays so."""
    statement = (
        update(case_deadline)
        .where(_at(case, key), case_deadline.c.state.in_((PENDING, MET)))
        .values(**values)
    )
    return conn.execute(statement).rowcount == 1


def _at(case: Case, key: Key) -> Any:
    return and_(
        case_deadline.c.case_id == case.id,
        case_deadline.c.round == case.round,
        case_deadline.c.kind == key[0],
        case_deadline.c.level == key[1],
    )


def _rows(conn: Connection, case: Case) -> list[Mapping[str, Any]]:
    statement = (
        select(case_deadline)
        .where(case_deadline.c.case_id == case.id, case_deadline.c.round == case.round)
        .order_by(case_deadline.c.due_at, case_deadline.c.kind, case_deadline.c.level)
    )
    return [dict(row) for row in conn.execute(statement).mappings()]


def _row(conn: Connection, case: Case, key: Key) -> Mapping[str, Any] | None:
    row = conn.execute(select(case_deadline).where(_at(case, key))).mappings().one_or_none()
    return None if row is None else dict(row)


def _states(conn: Connection, case: Case) -> dict[Key, str]:
    return {(row["kind"], row["level"]): row["state"] for row in _rows(conn, case)}


def _pending(conn: Connection, case: Case) -> list[Key]:
    return [key for key, state in _states(conn, case).items() if state == PENDING]


def _job(case: Case, kind: str, level: int, due_at: datetime) -> Job:
    payload = {"case": case.id, "round": case.round, "kind": kind, "level": level}
    return Job(JOB, due_at, payload, dedup(case.id, case.round, kind, level), case.region)


def _values(case: Case, timer: Timer) -> dict[str, Any]:
    return {
        "region": case.region,
        "case_id": case.id,
        "round": case.round,
        "state": PENDING,
        **{name: getattr(timer, name) for name in _COPIED},
        "gateways": list(timer.gateways),
        "rule": dict(timer.rule),
        "lines": [dict(line) for line in timer.lines],
        "text": None if timer.text is None else list(timer.text),
    }


_COPIED: Final = (
    "kind",
    "level",
    "to",
    "start_at",
    "due_at",
    "due_day",
    "provisional",
    "source",
)
