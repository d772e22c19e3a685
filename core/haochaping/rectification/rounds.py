"""The due moments of a case as a whole: set anew with a plan or a new round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from haochaping.catalog.tables import hall
from haochaping.containment import contained
from haochaping.hooks.values import Duration, Unit
from haochaping.rectification.context import Context
from haochaping.rectification.plans import CONTACT, REPLY, CasePlan, from_json
from haochaping.rectification.records import Case
from haochaping.rectification.schedule import (
    Reckoned,
    Timer,
    extended,
    fallback,
    moved,
    reply_of,
    timers,
)
from haochaping.worktime import Calendar


def plan_of(case: Case) -> CasePlan:
    """Return the plan a case runs by."""
    return from_json(case.plan)


def timers_of(
    context: Context, conn: Connection, case: Case, plan: CasePlan, start: datetime
) -> tuple[Timer, ...]:
    """Return the timers of a round of the case that starts at `start`."""
    local = at_hall(context, conn, case.hall_id)
    asked = for_rater(plan, real_name=case.real_name)
    found = timers(local, asked, start, "opened")
    return found if not case.extension else _extended(local, case, asked, found)


def _extended(
    context: Context, case: Case, plan: CasePlan, found: Sequence[Timer]
) -> tuple[Timer, ...]:
    """Return the timers with the reply's moved by the approved extensions, warnings and all."""
    step = next((one for one in plan.steps_from("opened") if one.kind == REPLY), None)
    first = next((one for one in found if one.kind == REPLY and one.level == 0), None)
    if step is None or first is None:
        return tuple(found)
    due = Reckoned(first.due_at, first.due_day, first.provisional, tuple(first.lines))
    for each in case.extension or ():
        due = extended(context, due, Duration(int(each["count"]), Unit(each["unit"])))
    others = tuple(one for one in found if one.kind != REPLY)
    return others + moved(context, plan, step, (first.start_at, due))


def timers_after_reply(
    context: Context, conn: Connection, case: Case, at: datetime
) -> tuple[Timer, ...]:
    """Return the timers that start with a reply at `at`."""
    return timers(at_hall(context, conn, case.hall_id), plan_of(case), at, "replied")


def for_rater(plan: CasePlan, *, real_name: bool) -> CasePlan:
    """Return the plan without a contact deadline when nobody knows whom to contact."""
    if real_name:
        return plan
    steps = tuple(step for step in plan.steps if step.kind != CONTACT)
    return CasePlan(steps, plan.rungs)


def due_changes(context: Context, found: Sequence[Timer], start: datetime) -> dict[str, Any]:
    """Return the columns of a case that follow from the timers of its round."""
    due = due_of(context, found, start)
    return {"due_at": due.moment, "due_day": due.day, "provisional": due.provisional}


def due_of(context: Context, found: Sequence[Timer], start: datetime) -> Reckoned:
    """Return when the reply is due; the same day, provisional, when no timer says so."""
    reply = reply_of(found)
    if reply is None:
        return fallback(context, start)
    return Reckoned(reply.due_at, reply.due_day, reply.provisional)


def at_hall(context: Context, conn: Connection, hall_id: int | None) -> Context:
    """Return the context with the opening hours of a hall; its faults keep the profile's."""
    if hall_id is None:
        return context
    opening = conn.execute(select(hall.c.opening).where(hall.c.id == hall_id)).scalar()
    if not opening:
        return context
    known = context.calendar
    result = contained(
        "opening hours", lambda: _calendar(known, known.version, _intervals(opening))
    )
    return replace(context, calendar=result.value or context.calendar)


def _intervals(opening: Any) -> tuple[tuple[time, time], ...]:
    return tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in opening)


@lru_cache(maxsize=256)
def _calendar(calendar: Calendar, version: str, hours: tuple[tuple[time, time], ...]) -> Calendar:
    """Return a calendar with a hall's hours; another `version` has other days."""
    return calendar.with_hours(hours)
