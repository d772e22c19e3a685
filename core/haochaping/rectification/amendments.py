"""What becomes of a case when its rating is changed, withdrawn, void or excluded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from haochaping.hooks.rectification import Outcome
from haochaping.hooks.values import EvaluationStatus
from haochaping.journal import Event
from haochaping.rectification import cases, origins, reopening
from haochaping.rectification.context import Context
from haochaping.rectification.opening import open_case
from haochaping.rectification.origins import Origin
from haochaping.rectification.records import Case, by_origin, changed
from haochaping.rectification.timeline import Entry, record

GONE = (EvaluationStatus.VOID, EvaluationStatus.EXCLUDED)


def review_case(context: Context, conn: Connection, event: Event, at: datetime) -> Case | None:
    """Bring a case in line with its rating; return it, None when there is none.

    Not bad any more and no contact yet: the case ends as withdrawn. After a contact
    nothing closes by itself: the supervisor's side has to confirm. Bad now: the one case
    of the chain opens, or starts again. Held: nothing moves until it is decided.
    """
    origin = origins.of_event(conn, event)
    if origin is None or origin.status == EvaluationStatus.HELD:
        return None
    case = by_origin(conn, origin.kind, origin.origin_id)
    if origin.status in GONE:
        return None if case is None else _void(context, conn, case, at)
    if _bad(context, origin):
        return _bad_now(context, conn, case, origin, at)
    return None if case is None else _good_now(context, conn, case, origin, at)


def close_as_void(context: Context, conn: Connection, event: Event, at: datetime) -> Case | None:
    """End the case of a rating that became void; one that ended answered is void as well."""
    origin = origins.of_event(conn, event)
    case = None if origin is None else by_origin(conn, origin.kind, origin.origin_id)
    return None if case is None else _void(context, conn, case, at)


def _bad(context: Context, origin: Origin) -> bool:
    return origin.effective and origin.grade in context.bad_grades


def _void(context: Context, conn: Connection, case: Case, at: datetime) -> Case:
    if case.outcome is Outcome.VOID:
        return case
    return cases.close_by_system(context, conn, case, "void", at)


def _bad_now(
    context: Context, conn: Connection, case: Case | None, origin: Origin, at: datetime
) -> Case:
    if case is None:
        return open_case(context, conn, origin, at)
    current = _carry_over(conn, case, origin, confirm=None)
    if current.outcome is Outcome.WITHDRAWN:
        return reopening.revive(context, conn, current, at)
    record(conn, current, Entry(at, "rating_changed"))
    return current


def _good_now(context: Context, conn: Connection, case: Case, origin: Origin, at: datetime) -> Case:
    if case.closed:
        return case
    how = "withdrawn" if origin.status == EvaluationStatus.WITHDRAWN else "amended"
    if not _in_contact(case):
        current = _carry_over(conn, case, origin, confirm=None)
        return cases.close_by_system(context, conn, current, "withdraw", at)
    waiting = _carry_over(conn, case, origin, confirm=how)
    record(conn, waiting, Entry(at, "rating_changed", details={"how": how}))
    context.emit(conn, waiting.event("case.noted", action="rating_changed", how=how), at)
    return waiting


def _in_contact(case: Case) -> bool:
    """Say whether the rater has heard from the unit; a reply is a contact too."""
    return case.contacted_at is not None or case.replied_at is not None


def _carry_over(conn: Connection, case: Case, origin: Origin, *, confirm: str | None) -> Case:
    return changed(
        conn,
        case,
        evaluation_id=origin.evaluation_id,
        grade=origin.grade,
        options=list(origin.options),
        confirm=confirm,
    )
