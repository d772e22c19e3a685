"""Cases that a lower platform handles: stored here as it reports them, counted, never acted on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import OccurrenceKey
from haochaping.ids import new_id
from haochaping.rectification import origins
from haochaping.rectification.context import Context
from haochaping.rectification.plans import own_plan, to_json
from haochaping.rectification.records import BELOW, Case, by_origin, changed
from haochaping.rectification.tables import case_reply, rectification_case
from haochaping.rectification.timeline import Entry, record
from haochaping.store.upsert import insert_or_ignore

MIRRORED: Final = "case.mirrored"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A case as its own platform reports it; `first` is the first rating of its chain here."""

    first: OccurrenceKey
    public_id: str
    state: CaseState
    outcome: Outcome | None
    complexity: str
    opened_at: datetime
    contacted_at: datetime | None
    replied_at: datetime | None
    first_replied_at: datetime | None
    closed_at: datetime | None
    due_at: datetime
    first_due_at: datetime
    late: bool
    round: int
    reopened: int


def put(context: Context, conn: Connection, mirror: Mirror, at: datetime) -> Case | None:
    """Store a case as it is now at the platform below.

    None when there is no such rating, or its case is one of this platform's own.
    """
    origin = origins.of_rating(conn, mirror.first)
    if origin is None:
        return None
    state = _state(mirror, context.zone)
    case = by_origin(conn, origin.kind, origin.origin_id)
    if case is None:
        case = _new(context, conn, origin, mirror, state)
    elif case.queue == BELOW:
        before = case.state
        case = changed(conn, case, **state, grade=origin.grade, evaluation_id=origin.evaluation_id)
        if before is not case.state:
            record(conn, case, Entry(at, "mirrored", from_state=before, to_state=case.state))
    if case is None or case.queue != BELOW:
        return None
    context.emit(conn, case.event(MIRRORED, state=str(case.state)), at)
    return case


def put_reply(
    context: Context, conn: Connection, case: Case, reply: dict[str, Any], at: datetime
) -> int:
    """Store a reply that was given below; return its id. It waits for review like any other.

    `reply` has round, outcome, text and at.
    """
    known = case_reply.c
    same = (known.case_id == case.id) & (known.at == reply["at"])
    reply_id = conn.execute(select(known.id).where(same)).scalar_one_or_none()
    if reply_id is None:
        reply_id = new_id()
        row = {"id": reply_id, "region": case.region, "case_id": case.id, **reply}
        conn.execute(insert(case_reply).values(**row, account_id=0, published=False))
    else:
        conn.execute(update(case_reply).where(known.id == reply_id).values(text=reply["text"]))
    context.emit(conn, case.event(MIRRORED, reply_id=reply_id), at)
    return int(reply_id)


def of_public_id(conn: Connection, public_id: str) -> Case | None:
    """Return the mirrored case of a number, None when there is none."""
    mine = rectification_case.c
    row = conn.execute(
        select(mine.origin_kind, mine.origin_id).where(
            mine.public_id == public_id, mine.queue == BELOW
        )
    ).one_or_none()
    return None if row is None else by_origin(conn, row.origin_kind, row.origin_id)


def _new(
    context: Context, conn: Connection, origin: origins.Origin, mirror: Mirror, state: Any
) -> Case | None:
    row = {
        **{name: getattr(origin, name) for name in _COPIED},
        **state,
        "id": new_id(),
        "public_id": mirror.public_id,
        "origin_kind": origin.kind,
        "options": list(origin.options),
        "rated_organization_id": origin.organization_id,
        "queue": BELOW,
        "opened_at": mirror.opened_at,
        "visible_at": mirror.opened_at,
        "first_due_at": mirror.first_due_at,
        "provisional": False,
        "plan": to_json(own_plan(context.rules, mirror.complexity)),
        "plan_no": 1,
        "version": 1,
        "state": str(mirror.state),
        "outcome": None if mirror.outcome is None else str(mirror.outcome),
    }
    insert_or_ignore(conn, rectification_case, [row])
    return by_origin(conn, origin.kind, origin.origin_id)


_COPIED: Final = (
    "region",
    "served_month",
    "origin_id",
    "evaluation_id",
    "occurrence_id",
    "organization_id",
    "hall_id",
    "window_id",
    "staff_id",
    "item_id",
    "grade",
    "identity",
)


def _state(mirror: Mirror, zone: ZoneInfo) -> dict[str, Any]:
    """Return the columns that move."""
    return {
        "state": mirror.state,
        "outcome": mirror.outcome,
        "complexity": mirror.complexity,
        "contacted_at": mirror.contacted_at,
        "replied_at": mirror.replied_at,
        "first_replied_at": mirror.first_replied_at,
        "closed_at": mirror.closed_at,
        "due_at": mirror.due_at,
        "due_day": mirror.due_at.astimezone(zone).date(),
        "late": mirror.late,
        "round": mirror.round,
        "reopened": mirror.reopened,
    }
