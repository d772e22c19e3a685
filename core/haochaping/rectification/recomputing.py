"""Provisional due moments, computed again when the calendar of their year arrives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.rectification import deadlines
from haochaping.rectification.context import Context
from haochaping.rectification.records import Case, by_id, changed
from haochaping.rectification.rounds import due_changes, plan_of, timers_of
from haochaping.rectification.schedule import Timer
from haochaping.rectification.tables import case_deadline
from haochaping.rectification.timeline import Entry, record

BATCH: Final = 500


def provisional_cases(conn: Connection, limit: int = BATCH, after: int = 0) -> tuple[int, ...]:
    """Return ids of cases with pending provisional moments, in order, beyond `after`."""
    statement = (
        select(case_deadline.c.case_id)
        .where(
            case_deadline.c.provisional == 1,
            case_deadline.c.state == deadlines.PENDING,
            case_deadline.c.case_id > after,
        )
        .distinct()
        .order_by(case_deadline.c.case_id)
        .limit(limit)
    )
    return tuple(conn.execute(statement).scalars())


def recompute(context: Context, conn: Connection, case_id: int, at: datetime) -> bool:
    """Compute a case's provisional moments again; return True when they are certain now.

    Recorded with the moments before and after. A due moment that has passed stays where
    it was, so that no calendar turns late into on time.
    """
    case = by_id(conn, case_id)
    if case.closed or not case.provisional or case.due_at <= at:
        return False
    start = deadlines.start_of(conn, case)
    found = timers_of(context, conn, case, plan_of(case), start)
    if any(timer.provisional for timer in found):
        return False
    settled = changed(conn, case, **_changes(context, case, found, start))
    deadlines.install(conn, settled, found, at)
    details = {"due_before": case.due_at.isoformat(), "due_at": settled.due_at.isoformat()}
    record(conn, settled, Entry(at, "rescheduled", details=details))
    context.emit(conn, settled.event("case.rescheduled", **details), at)
    return True


def recompute_all(context: Context, conn: Connection, at: datetime, after: int = 0) -> int:
    """Recompute one batch of cases beyond `after`; return the last id seen, 0 at the end."""
    found = provisional_cases(conn, after=after)
    for case_id in found:
        recompute(context, conn, case_id, at)
    return found[-1] if found else 0


def _changes(
    context: Context, case: Case, found: Sequence[Timer], start: datetime
) -> dict[str, Any]:
    due = due_changes(context, found, start)
    return {**due, "first_due_at": due["due_at"]} if case.round == 0 else due
