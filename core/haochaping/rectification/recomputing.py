"""Due moments computed again: provisional ones when their year arrives, all when a year changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from haochaping.clock import Clock
from haochaping.journal import Event
from haochaping.rectification import deadlines
from haochaping.rectification.context import Context
from haochaping.rectification.records import BELOW, Case, by_id, changed
from haochaping.rectification.rounds import due_changes, plan_of, timers_of
from haochaping.rectification.tables import case_deadline, rectification_case
from haochaping.rectification.timeline import Entry, record
from haochaping.store import Store

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


def unanswered_cases(conn: Connection, limit: int = BATCH, after: int = 0) -> tuple[int, ...]:
    """Return ids of open cases that have no reply yet, in order, beyond `after`."""
    open_one = rectification_case.c
    statement = (
        select(open_one.id)
        .where(
            open_one.closed_at.is_(None),
            open_one.replied_at.is_(None),
            open_one.queue != BELOW,
            open_one.id > after,
        )
        .order_by(open_one.id)
        .limit(limit)
    )
    return tuple(conn.execute(statement).scalars())


def unanswered_count(conn: Connection) -> int:
    """Return how many open cases have no reply yet."""
    open_one = rectification_case.c
    statement = (
        select(func.count())
        .select_from(rectification_case)
        .where(
            open_one.closed_at.is_(None),
            open_one.replied_at.is_(None),
            open_one.queue != BELOW,
        )
    )
    return int(conn.execute(statement).scalar_one())


def recompute(context: Context, conn: Connection, case_id: int, at: datetime) -> bool:
    """Compute a case's moments again by the calendar as it is; return True when they moved.

    Recorded with the moments before and after. A due moment that has passed stays where it
    was, so that no calendar turns late into on time; neither does one move into the past.
    What a year would make provisional that was certain stays certain.
    """
    case = by_id(conn, case_id)
    if case.closed or case.replied_at is not None or case.due_at <= at:
        return False
    start = deadlines.start_of(conn, case)
    found = timers_of(context, conn, case, plan_of(case), start)
    due = due_changes(context, found, start)
    same = due["due_at"] == case.due_at and due["provisional"] == case.provisional
    if due["due_at"] <= at or any(timer.provisional for timer in found):
        return False
    if same:
        deadlines.install(conn, case, found, at)  # warnings may lie on other days
        return False
    settled = changed(conn, case, **due, **_first_due(context, conn, case, start))
    deadlines.install(conn, settled, found, at)
    details = {
        "due_before": case.due_at.isoformat(),
        "due_at": settled.due_at.isoformat(),
        "calendar": context.calendar.version,
    }
    record(conn, settled, Entry(at, "rescheduled", details=details))
    context.emit(conn, settled.event("case.rescheduled", **details), at)
    return True


def recompute_all(context: Context, conn: Connection, at: datetime, after: int = 0) -> int:
    """Recompute one batch of cases beyond `after`; return the last id seen, 0 at the end."""
    found = provisional_cases(conn, after=after)
    for case_id in found:
        recompute(context, conn, case_id, at)
    return found[-1] if found else 0


def replan(context: Context, store: Store, clock: Clock) -> int:
    """Reckon all open cases by a calendar that changed; return how many due moments moved.

    Batch by batch, so that raters and officials are not kept waiting; run again after a
    crash it finds the rest. What was done is journalled at the end.
    """
    last, moved = 0, 0
    while True:
        with store.write() as conn:
            found = unanswered_cases(conn, after=last)
            at = clock.now()
            moved += sum(recompute(context, conn, case_id, at) for case_id in found)
            if not found:
                told = {"calendar": context.calendar.version, "moved": moved}
                context.emit(conn, Event("calendar.applied", "calendar", told), at)
                return moved
            last = found[-1]


def _first_due(
    context: Context, conn: Connection, case: Case, start: datetime
) -> dict[str, datetime]:
    """Return what "on time" is judged by: the first round's due moment without extensions."""
    if case.round:
        return {}
    plain = replace(case, extension=None)
    found = timers_of(context, conn, plain, plan_of(plain), start)
    return {"first_due_at": due_changes(context, found, start)["due_at"]}
