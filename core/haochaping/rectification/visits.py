"""Follow-up visits (回访) of cases that ended answered: planned by rule, by lot, or once more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping import jobs
from haochaping.hooks.rectification import PlanStep, Visit
from haochaping.ids import new_id, random_code
from haochaping.jobs import Job, JobContext
from haochaping.rectification.context import Context
from haochaping.rectification.needs import ANSWERED
from haochaping.rectification.problems import UnknownVisit
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.schedule import reckon
from haochaping.rectification.tables import case_visit
from haochaping.rectification.telling import ask_by_message
from haochaping.rectification.timeline import Entry, record
from haochaping.rectification.view import case_view
from haochaping.store.upsert import insert_or_ignore

JOB: Final = "visits"
DUE, DONE = "due", "done"
RULE, SAMPLE, SECOND = "rule", "sample", "second"
PHONE, SMS, WECHAT, IN_PERSON = "phone", "sms", "wechat", "in_person"
BY_LINK: Final = (SMS, WECHAT)
"""Ways by which raters get a link and answer alone."""
CODE_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit to be made or made; `satisfied` is None unless the rater was reached.

    kind: `rule`, `sample` (the daily lot) or `second` (a supervisor's own). `attempts` were
    in vain. `code` opens the page on which the rater answers alone.
    """

    id: int
    case_id: int
    round: int
    by: str
    due_at: datetime
    provisional: bool
    reason: str
    kind: str
    attempts: int
    place: str | None
    meet_at: datetime | None
    code: str | None
    state: str
    outcome: str | None
    done_at: datetime | None
    account_id: int | None
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
            wanted = (*context.rules.visits, *(decision.combined or ()))
            plan(context, conn, now, wanted, at)
            _note_failures(conn, now, [failure.plugin for failure in decision.failures], at)


def plan(
    context: Context, conn: Connection, case: Case, visits: Iterable[Visit], at: datetime
) -> int:
    """Write the visits of a case's round, one each way; return how many were new."""
    start = case.replied_at or case.closed_at or case.opened_at
    rows = [_row(context, case, visit, (RULE, start)) for visit in visits]
    return sum(_insert(context, conn, case, row, at) for row in rows)


def add(
    context: Context, conn: Connection, case: Case, visit: Visit, how: tuple[str, datetime]
) -> int:
    """Write one visit of a kind, due from a moment on; return 1, or 0 when there is one."""
    return int(_insert(context, conn, case, _row(context, case, visit, how), how[1]))


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


def by_id_of(conn: Connection, visit_id: int) -> VisitRow:
    """Return a visit. Raises UnknownVisit."""
    row = conn.execute(_selection().where(case_visit.c.id == visit_id)).mappings().one_or_none()
    if row is None:
        raise UnknownVisit
    return VisitRow(**row)


def by_code(conn: Connection, code: str) -> VisitRow:
    """Return the visit that a rater's link opens. Raises UnknownVisit."""
    row = conn.execute(_selection().where(case_visit.c.code == code)).mappings().one_or_none()
    if row is None:
        raise UnknownVisit
    return VisitRow(**row)


def _insert(
    context: Context, conn: Connection, case: Case, row: dict[str, Any], at: datetime
) -> bool:
    """Write a visit unless there is one, and send its link if it has one."""
    if not insert_or_ignore(conn, case_visit, [row]):
        return False
    ask_by_message(context, conn, case, row, at)
    return True


def _row(context: Context, case: Case, visit: Visit, how: tuple[str, datetime]) -> dict[str, Any]:
    kind, start = how
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
        "kind": kind,
        "attempts": 0,
        "code": random_code(CODE_LENGTH) if visit.by in BY_LINK else None,
        "state": DUE,
    }


def _note_failures(conn: Connection, case: Case, plugins: list[str], at: datetime) -> None:
    if plugins:
        record(conn, case, Entry(at, "visits_failed", details={"failed": plugins}))


def _selection() -> Any:
    return select(*(case_visit.c[name] for name in VisitRow.__slots__))
