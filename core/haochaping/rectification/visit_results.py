"""What comes of a visit: nobody reached, satisfied, or unsatisfied, which reopens the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update

from haochaping.hooks.values import Words
from haochaping.ids import random_between
from haochaping.rectification import reopening, visits
from haochaping.rectification.actors import RATER, Order
from haochaping.rectification.context import Context
from haochaping.rectification.machine import SUPERVISE, VISIT
from haochaping.rectification.moves import own_matter
from haochaping.rectification.problems import NeedMissing, NotPermitted, OwnMatter
from haochaping.rectification.records import Case, by_id
from haochaping.rectification.tables import case_visit
from haochaping.rectification.timeline import Entry, record
from haochaping.rectification.visits import DONE, DUE, SECOND, VisitRow
from haochaping.rectification.wording import needed, tidy

SATISFIED, UNSATISFIED, UNREACHABLE = "satisfied", "unsatisfied", "unreachable"
OUTCOMES: Final = {
    SATISFIED: Words("满意", "satisfied"),
    UNSATISFIED: Words("不满意", "unsatisfied"),
    UNREACHABLE: Words("联系不上", "unreachable"),
}
_LOTS: Final = 1_000_000
_RECORDED: Final = Words("该回访已登记", "This visit was recorded before")
_OTHER: Final = Words(
    "二次回访须由未做过首次回访的监督人员进行",
    "A second visit is made by a supervisor who did not make the first one",
)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where and when a visit in person takes place."""

    place: str
    at: datetime


def done(
    context: Context, conn: Connection, order: Order, visit_id: int, *, satisfied: bool
) -> Case:
    """Record a visit; `order.text` is what the rater said. Unsatisfied reopens the case.

    Raises UnknownVisit, NotPermitted, OwnMatter, CaseChanged, or NeedMissing when the
    visit was made before, or when a second visit is made by who made the first.
    """
    visit, case = _permitted(conn, order, visit_id)
    outcome = SATISFIED if satisfied else UNSATISFIED
    return _end(context, conn, (case, visit), order, outcome)


def attempt(context: Context, conn: Connection, order: Order, visit_id: int) -> Case:
    """Record an attempt in vain; after as many as the profile says the rater is unreachable.

    Raises what `done` raises.
    """
    visit, case = _permitted(conn, order, visit_id)
    count = visit.attempts + 1
    _write(conn, visit, {"attempts": count})
    facts = {"visit_id": visit.id, "by": visit.by, "attempt": count}
    record(conn, case, Entry(order.at, "visit_attempt", order.actor.account_id, details=facts))
    if count < context.rules.visiting.attempts:
        return case
    return _end(context, conn, (case, visit), order, UNREACHABLE)


def arrange(
    context: Context, conn: Connection, order: Order, visit_id: int, meeting: Meeting
) -> Case:
    """Say where and when a visit in person takes place. Raises what `done` raises, TextRefused."""
    visit, case = _permitted(conn, order, visit_id)
    _write(conn, visit, {"place": needed(meeting.place), "meet_at": meeting.at})
    record(conn, case, Entry(order.at, "visit_arranged", order.actor.account_id))
    return case


def answer(
    context: Context, conn: Connection, code: str, *, satisfied: bool, text: str, at: datetime
) -> Case:
    """Take the rater's own answer to a visit by link. Raises UnknownVisit or NeedMissing."""
    visit = visits.by_code(conn, code)
    case = by_id(conn, visit.case_id)
    order = Order(case.public_id, case.version, RATER, at, text=text)
    outcome = SATISFIED if satisfied else UNSATISFIED
    return _end(context, conn, (case, visit), order, outcome)


def _end(
    context: Context, conn: Connection, what: tuple[Case, VisitRow], order: Order, outcome: str
) -> Case:
    case, visit = what
    _write(conn, visit, _values(context, conn, case, order, outcome))
    facts = {"visit_id": visit.id, "by": visit.by, "kind": visit.kind, "outcome": outcome}
    record(conn, case, Entry(order.at, "visited", order.actor.account_id, details=facts))
    context.emit(conn, case.event(f"visit.{outcome}", visit_id=visit.id), order.at)
    if outcome == UNSATISFIED:
        current = visit.round == case.round and case.closed
        return reopening.after_visit(context, conn, order) if current else case
    _draw_second(context, conn, (case, visit), order.at)
    return case


def _draw_second(
    context: Context, conn: Connection, what: tuple[Case, VisitRow], at: datetime
) -> None:
    """Draw by lot whether a supervisor visits once more; the lot is kept in the history."""
    (case, visit), draw = what, context.rules.visiting.second
    if draw is None or visit.kind == SECOND or visit.round != case.round:
        return
    lot = int(random_between(0, _LOTS))
    drawn = lot < draw.share * _LOTS
    if drawn:
        visits.add(context, conn, case, draw.visit, (SECOND, at))
    facts = {"lot": lot, "of": _LOTS, "share": str(draw.share), "drawn": drawn}
    record(conn, case, Entry(at, "second_visit_lot", details=facts))


def _values(
    context: Context, conn: Connection, case: Case, order: Order, outcome: str
) -> dict[str, Any]:
    note = tidy(order.text)
    sealed = context.vault.seal(conn, case.subject, note) if note else None
    return {
        "state": DONE,
        "done_at": order.at,
        "account_id": order.actor.account_id,
        "outcome": outcome,
        "satisfied": None if outcome == UNREACHABLE else outcome == SATISFIED,
        "note_sealed": None if sealed is None else sealed.data,
        "note_key_id": None if sealed is None else sealed.key_id,
    }


def _permitted(conn: Connection, order: Order, visit_id: int) -> tuple[VisitRow, Case]:
    visit = visits.by_id_of(conn, visit_id)
    case = by_id(conn, visit.case_id)
    if own_matter(case, order.actor):
        raise OwnMatter
    if not order.actor.may(VISIT):
        raise NotPermitted(needed=[VISIT])
    if visit.kind == SECOND and not _second_person(conn, visit, order):
        raise NeedMissing(_OTHER, need="other_visitor")
    return visit, case


def _second_person(conn: Connection, visit: VisitRow, order: Order) -> bool:
    """Say whether the actor supervises and has made no other visit of the round."""
    statement = select(case_visit.c.id).where(
        case_visit.c.case_id == visit.case_id,
        case_visit.c.round == visit.round,
        case_visit.c.account_id == order.actor.account_id,
    )
    return order.actor.may(SUPERVISE) and conn.execute(statement).first() is None


def _write(conn: Connection, visit: VisitRow, values: dict[str, Any]) -> None:
    statement = (
        update(case_visit)
        .where(case_visit.c.id == visit.id, case_visit.c.state == DUE)
        .values(**values)
    )
    if conn.execute(statement).rowcount != 1:
        raise NeedMissing(_RECORDED)
