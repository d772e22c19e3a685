"""Follow-up visits after a case was closed: an unsatisfied rater reopens it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update

from haochaping import jobs
from haochaping.hooks.rectification import PlanStep, Visit
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.jobs import Job, JobContext
from haochaping.rectification import reopening
from haochaping.rectification.actors import Order
from haochaping.rectification.context import Context
from haochaping.rectification.machine import VISIT
from haochaping.rectification.moves import own_matter
from haochaping.rectification.needs import ANSWERED
from haochaping.rectification.problems import NeedMissing, NotPermitted, OwnMatter, UnknownVisit
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.schedule import reckon
from haochaping.rectification.tables import case_visit
from haochaping.rectification.timeline import Entry, record
from haochaping.rectification.view import case_view
from haochaping.rectification.wording import tidy
from haochaping.store.upsert import insert_or_ignore

JOB: Final = "visits"
DUE, DONE = "due", "done"


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit to be made or made; `satisfied` is None until the rater was asked."""

    id: int
    case_id: int
    round: int
    by: str
    due_at: datetime
    provisional: bool
    reason: str
    state: str
    done_at: datetime | None
    satisfied: bool | None


def enqueue(conn: Connection, case: Case, at: datetime) -> bool:
    """Enqueue the planning of visits for a case that ended answered; once a round."""
    if case.outcome not in ANSWERED:
        return False
    payload = {"case": case.id, "round": case.round}
    job = Job(JOB, at, payload, f"visits:{case.id}:{case.round}", case.region)
    return jobs.enqueue(conn, job, at)


def run(context: Context, job: JobContext) -> None:
    """Handle a job of kind `visits`: ask the plugins, write the profile's visits and theirs."""
    at = job.clock.now()
    with job.store.read() as conn:
        case = by_id(conn, job.payload["case"])
        view = case_view(conn, case, at)
    decision = context.questions.decide("rectification_visits", case=view)
    with job.transaction() as conn:
        now = by_id(conn, case.id)
        if now.outcome in ANSWERED and now.round == job.payload["round"]:
            plan(context, conn, now, (*context.rules.visits, *(decision.combined or ())))
            _note_failures(conn, now, [failure.plugin for failure in decision.failures], at)


def plan(context: Context, conn: Connection, case: Case, visits: Iterable[Visit]) -> int:
    """Write the visits of a case's round, one each way; return how many were new."""
    start = case.replied_at or case.closed_at or case.opened_at
    rows = [_row(context, case, visit, start) for visit in visits]
    return insert_or_ignore(conn, case_visit, rows)


def done(
    context: Context, conn: Connection, order: Order, visit_id: int, *, satisfied: bool
) -> Case:
    """Record a visit; `order.text` is what the rater said. Unsatisfied reopens the case.

    Raises UnknownVisit, NotPermitted, OwnMatter, CaseChanged, or NeedMissing when the
    visit was made before.
    """
    case = _permitted(conn, order, visit_id)
    note = tidy(order.text)
    sealed = context.vault.seal(conn, case.subject, note) if note else None
    values = {
        "state": DONE,
        "done_at": order.at,
        "account_id": order.actor.account_id,
        "satisfied": satisfied,
        "note_sealed": None if sealed is None else sealed.data,
        "note_key_id": None if sealed is None else sealed.key_id,
    }
    _write(conn, visit_id, values)
    record(conn, case, Entry(order.at, "visited", order.actor.account_id))
    kind = "visit.satisfied" if satisfied else "visit.unsatisfied"
    context.emit(conn, case.event(kind, visit_id=visit_id), order.at)
    if satisfied or not case.closed:
        return case
    return reopening.after_visit(context, conn, order)


def due_visits(conn: Connection, limit: int = 50) -> tuple[VisitRow, ...]:
    """Return the visits to be made, the most urgent first."""
    statement = (
        _selection()
        .where(case_visit.c.state == DUE)
        .order_by(case_visit.c.due_at, case_visit.c.id)
        .limit(limit)
    )
    return tuple(VisitRow(**row) for row in conn.execute(statement).mappings())


def visits_of(conn: Connection, case: Case) -> tuple[VisitRow, ...]:
    """Return the visits of a case, oldest first."""
    statement = _selection().where(case_visit.c.case_id == case.id).order_by(case_visit.c.id)
    return tuple(VisitRow(**row) for row in conn.execute(statement).mappings())


def _permitted(conn: Connection, order: Order, visit_id: int) -> Case:
    statement = select(case_visit.c.case_id).where(case_visit.c.id == visit_id)
    case_id = conn.execute(statement).scalar()
    if case_id is None:
        raise UnknownVisit
    case = by_id(conn, case_id)
    if own_matter(case, order.actor):
        raise OwnMatter
    if not order.actor.may(VISIT):
        raise NotPermitted(needed=[VISIT])
    return case


def _write(conn: Connection, visit_id: int, values: dict[str, Any]) -> None:
    statement = (
        update(case_visit)
        .where(case_visit.c.id == visit_id, case_visit.c.state == DUE)
        .values(**values)
    )
    if conn.execute(statement).rowcount != 1:
        raise NeedMissing(Words("该回访已登记", "This visit was recorded before"))


def _row(context: Context, case: Case, visit: Visit, start: datetime) -> dict[str, Any]:
    due = reckon(context, start, PlanStep("visit", visit.within))
    return {
        "id": new_id(),
        "region": case.region,
        "case_id": case.id,
        "round": case.round,
        "by": visit.by,
        "due_at": due.moment,
        "provisional": due.provisional,
        "reason": visit.reason,
        "state": DUE,
    }


def _note_failures(conn: Connection, case: Case, plugins: list[str], at: datetime) -> None:
    if plugins:
        record(conn, case, Entry(at, "visits_failed", details={"failed": plugins}))


def _selection() -> Any:
    return select(*(case_visit.c[name] for name in VisitRow.__slots__))
