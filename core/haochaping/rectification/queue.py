"""The handler's list: open cases by due moment, the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select, tuple_

from haochaping.catalog import subjects
from haochaping.catalog.tables import organization, region
from haochaping.containment import contained
from haochaping.hooks.rectification import CaseState, PlanStep
from haochaping.hooks.values import Duration, Unit, Words
from haochaping.rectification.context import Context
from haochaping.rectification.problems import UnusableCursor
from haochaping.rectification.records import Case, from_row, selection
from haochaping.rectification.schedule import reckon
from haochaping.rectification.tables import rectification_case as cases
from haochaping.worktime import Band, Remaining

ORGANIZATION_PATH: Final = organization.c.path
REGION_PATH: Final = region.c.path
"""Columns of the list that `access.visible` narrows."""

PAGE: Final = 50
SOON: Final = Duration(2, Unit.WORKDAY)


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the list is wanted; what is empty does not narrow it.

    `queue`: only cases that travel this way (`unit`, `hotline`).
    seen: the condition of `access.visible` over ORGANIZATION_PATH and REGION_PATH.
    unit_side: hides cases that have not reached their unit yet. staff_ids: the staff
    members whose own matters are left out. `to_confirm`: a changed rating waits.
    assignee_id: who works on them; `unassigned`: nobody yet.
    """

    seen: ColumnElement[bool] | None = None
    organization_path: str = ""
    region_path: str = ""
    states: tuple[CaseState, ...] = ()
    band: Band | None = None
    unit_side: bool = True
    staff_ids: frozenset[int] = frozenset()
    to_confirm: bool = False
    queue: str = ""
    assignee_id: int | None = None
    unassigned: bool = False


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the list. `remaining` is None while the calendar fails."""

    public_id: str
    state: CaseState
    complexity: str
    item: Words | None
    organization: Words
    due_day: date
    provisional: bool
    band: Band
    remaining: Remaining | None
    confirm: str | None
    plan_failed: bool
    reopened: int
    version: int
    queue: str = "unit"
    assignee_id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Lines and the cursor of the next page, empty on the last one."""

    rows: tuple[QueueRow, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the bands part, reckoned once a page: the moment, this day, two workdays on."""

    now: datetime
    today: datetime
    soon: datetime

    def band(self, due_at: datetime) -> Band:
        """Return the band of a due moment."""
        if due_at <= self.now:
            return Band.OVERDUE
        if due_at <= self.today:
            return Band.TODAY
        return Band.SOON if due_at <= self.soon else Band.NORMAL


def page(
    context: Context, conn: Connection, wanted: Filter, now: datetime, cursor: str = ""
) -> Page:
    """Return one page of open cases from `cursor` on. Raises UnusableCursor."""
    bounds = bounds_at(context, now)
    wish = statement(wanted, bounds)
    if cursor:
        wish = wish.where(tuple_(cases.c.due_at, cases.c.id) > _after(conn, cursor))
    found = [from_row(row) for row in conn.execute(wish).mappings()]
    rows = _rows(context, conn, found[:PAGE], bounds)
    return Page(rows, found[PAGE - 1].public_id if len(found) > PAGE else "")


def statement(wanted: Filter, bounds: Bounds) -> Select[Any]:
    """Return the statement of a page's cases, the most urgent first, and one of the next page."""
    narrowed = _conditions(_joined(selection()), wanted, bounds)
    return narrowed.order_by(cases.c.due_at, cases.c.id).limit(PAGE + 1)


def counts(context: Context, conn: Connection, wanted: Filter, now: datetime) -> dict[Band, int]:
    """Return how many open cases of the filter lie in each band."""
    bounds = bounds_at(context, now)
    numbers = _conditions(_joined(select(cases.c.due_at, func.count())), wanted, bounds)
    found = dict.fromkeys(Band, 0)
    for due_at, number in conn.execute(numbers.group_by(cases.c.due_at)):
        found[bounds.band(due_at)] += number
    return found


def bounds_at(context: Context, now: datetime) -> Bounds:
    """Return the bounds of the bands at `now`."""
    local = now.astimezone(context.zone)
    midnight = datetime(local.year, local.month, local.day, tzinfo=context.zone)
    soon = reckon(context, now, PlanStep("soon", SOON)).moment
    return Bounds(now, (midnight + timedelta(days=1)).astimezone(now.tzinfo), soon)


def _joined(statement: Select[Any]) -> Select[Any]:
    return (
        statement.select_from(cases)
        .join(organization, organization.c.id == cases.c.organization_id)
        .join(region, region.c.code == cases.c.region, isouter=True)
        .where(cases.c.closed_at.is_(None))
    )


def _conditions(statement: Select[Any], wanted: Filter, bounds: Bounds) -> Select[Any]:
    if wanted.seen is not None:
        statement = statement.where(wanted.seen)
    if wanted.organization_path:
        statement = statement.where(_under(organization.c.path, wanted.organization_path))
    if wanted.region_path:
        statement = statement.where(_under(region.c.path, wanted.region_path))
    if wanted.states:
        statement = statement.where(cases.c.state.in_([str(state) for state in wanted.states]))
    if wanted.unit_side:
        statement = statement.where(cases.c.visible_at <= bounds.now)
    if wanted.staff_ids:
        own = cases.c.staff_id.in_(wanted.staff_ids)
        statement = statement.where(or_(cases.c.staff_id.is_(None), ~own))
    if wanted.queue:
        statement = statement.where(cases.c.queue == wanted.queue)
    if wanted.assignee_id is not None:
        statement = statement.where(cases.c.assignee_id == wanted.assignee_id)
    if wanted.unassigned:
        statement = statement.where(cases.c.assignee_id.is_(None))
    if wanted.to_confirm:
        statement = statement.where(cases.c.confirm.is_not(None))
    return statement if wanted.band is None else statement.where(_in_band(wanted.band, bounds))


def _under(column: ColumnElement[str], path: str) -> ColumnElement[bool]:
    return func.substr(column, 1, len(path)) == path


def _in_band(band: Band, bounds: Bounds) -> ColumnElement[bool]:
    due = cases.c.due_at
    soon = max(bounds.today, bounds.soon)
    if band is Band.OVERDUE:
        return due <= bounds.now
    if band is Band.TODAY:
        return and_(due > bounds.now, due <= bounds.today)
    if band is Band.SOON:
        return and_(due > bounds.today, due <= soon)
    return due > soon


def _rows(
    context: Context, conn: Connection, found: Sequence[Case], bounds: Bounds
) -> tuple[QueueRow, ...]:
    items = subjects.names(conn, "item", {case.item_id for case in found if case.item_id})
    units = subjects.names(conn, "organization", {case.organization_id for case in found})
    return tuple(
        QueueRow(
            public_id=case.public_id,
            state=case.state,
            complexity=case.complexity,
            item=items[case.item_id].name if case.item_id in items else None,
            organization=units[case.organization_id].name,
            due_day=case.due_day,
            provisional=case.provisional,
            band=bounds.band(case.due_at),
            remaining=_remaining(context, bounds.now, case.due_at),
            confirm=case.confirm,
            plan_failed=case.plan_failure is not None,
            reopened=case.reopened,
            version=case.version,
            queue=case.queue,
            assignee_id=case.assignee_id,
        )
        for case in found
    )


def _remaining(context: Context, now: datetime, due_at: datetime) -> Remaining | None:
    return contained("calendar", lambda: context.calendar.remaining(now, due_at)).value


def _after(conn: Connection, cursor: str) -> Any:
    """Return where the page before ended; its ids tell when a rating came and stay inside."""
    last = conn.execute(select(cases.c.due_at, cases.c.id).where(cases.c.public_id == cursor))
    row = last.one_or_none()
    if row is None:
        raise UnusableCursor
    return tuple_(literal(row.due_at, cases.c.due_at.type), literal(row.id, cases.c.id.type))
