"""What supervisors look at beside the formulas: days to a reply, visits, appeals, why due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal,
    select,
    tuple_,
    type_coerce,
)

from haochaping.catalog.tables import organization, region
from haochaping.rectification import appeal_rows, cursors
from haochaping.rectification.tables import case_appeal, case_deadline, case_visit
from haochaping.rectification.tables import rectification_case as cases
from haochaping.rectification.visits import DONE, DUE, VisitRow
from haochaping.store.types import Flag, Id

SECONDS_A_DAY: Final = 86_400
_MICROS: Final = 1_000_000
_RESULTS: Final = ("satisfied", "unsatisfied", "unreachable")
_YES: Final = literal(True, Flag())


@dataclass(frozen=True, slots=True)
class Span:
    """Moments from `start` up to but not including `end`."""

    start: datetime
    end: datetime

    def holds(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that a moment lies within."""
        return and_(column >= self.start, column < self.end)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; `value` is exact, None when there is nothing to divide by."""

    over: int
    under: int

    @property
    def value(self) -> Fraction | None:
        """The exact quotient."""
        return Fraction(self.over, self.under) if self.under else None


@dataclass(frozen=True, slots=True)
class VisitToMake:
    """A visit that is due and the public number of its case."""

    visit: VisitRow
    public_id: str
    organization_id: int
    item_id: int | None
    staff_id: int | None


@dataclass(frozen=True, slots=True)
class VisitFigures:
    """Visits made one way: how many, and what came of them."""

    by: str
    made: int
    satisfied: int
    unsatisfied: int
    unreachable: int
    organization_id: int | None = None

    @property
    def satisfaction(self) -> Share:
        """The satisfied over those who were reached."""
        return Share(self.satisfied, self.satisfied + self.unsatisfied)


def reply_time(conn: Connection, seen: ColumnElement[bool], span: Span) -> Share:
    """Return the seconds from opening to the first reply, summed, over the cases replied to.

    Only cases whose first reply lies within the span and that `seen` keeps.
    """
    opened, replied = _micros(cases.c.opened_at), _micros(cases.c.first_replied_at)
    seconds: ColumnElement[Any] = func.sum((replied - opened) // _MICROS)
    statement = _rated(select(seconds, func.count()).select_from(cases), seen)
    row = conn.execute(statement.where(span.holds(cases.c.first_replied_at))).one()
    return Share(int(row[0] or 0), int(row[1]))


def visits_satisfied(conn: Connection, seen: ColumnElement[bool], span: Span) -> Share:
    """Return the visits that found a satisfied rater, over those that reached one."""
    counted = select(_count_if(case_visit.c.satisfied == _YES), func.count())
    statement = _rated(_of_case(counted, case_visit), seen)
    made = and_(case_visit.c.satisfied.is_not(None), span.holds(case_visit.c.done_at))
    return _share(conn, statement.where(made))


def visit_figures(
    conn: Connection, seen: ColumnElement[bool], span: Span, *, by_unit: bool = False
) -> tuple[VisitFigures, ...]:
    """Return the visits made within the span, by way, or by rated unit and way."""
    visit, unit = case_visit.c, cases.c.rated_organization_id
    groups = (unit, visit.by) if by_unit else (visit.by,)
    counts = [func.count(), *(_count_if(visit.outcome == one) for one in _RESULTS)]
    statement = _rated(_of_case(select(*groups, *counts), case_visit), seen)
    made = and_(visit.state == DONE, span.holds(visit.done_at))
    rows = conn.execute(statement.where(made).group_by(*groups).order_by(*groups))
    return tuple(_visit_figures(tuple(row), by_unit) for row in rows)


def appeals_upheld(conn: Connection, seen: ColumnElement[bool], span: Span) -> Share:
    """Return the appeals upheld within the span, over all that were decided."""
    upheld = case_appeal.c.state == appeal_rows.UPHELD
    statement = _rated(_of_case(select(_count_if(upheld), func.count()), case_appeal), seen)
    decided = case_appeal.c.state.in_((appeal_rows.UPHELD, appeal_rows.REJECTED))
    return _share(conn, statement.where(decided, span.holds(case_appeal.c.decided_at)))


def visits_to_make(
    conn: Connection, seen: ColumnElement[bool], cursor: str = "", limit: int = 50
) -> tuple[VisitToMake, ...]:
    """Return visits that are due, the most urgent first, a page at a time.

    :param seen: the condition of `access.visible` over `queue.ORGANIZATION_PATH` and
        `queue.REGION_PATH`.
    :param cursor: what `cursor_of` gave for the last visit of the page before.
    Raises UnusableCursor.
    """
    visit = case_visit.c
    columns = (*(visit[name] for name in VisitRow.__slots__), *_CASE_COLUMNS)
    statement = _lead(_of_case(select(*columns), case_visit), seen).where(visit.state == DUE)
    if cursor:
        statement = statement.where(tuple_(visit.due_at, visit.id) > _decoded(cursor))
    rows = conn.execute(statement.order_by(visit.due_at, visit.id).limit(limit)).mappings()
    return tuple(_visit(row) for row in rows)


def cursor_of(last: VisitToMake) -> str:
    """Return the cursor of the page that comes after a visit."""
    return cursors.written(last.visit.due_at, last.visit.id)


def why_due(
    conn: Connection, public_ids: Collection[str]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return how the due moments of cases came about, a line for each day, by public number."""
    deadline = case_deadline.c
    same_case = and_(
        deadline.region == cases.c.region,
        deadline.case_id == cases.c.id,
        deadline.round == cases.c.round,
    )
    statement = (
        select(cases.c.public_id, case_deadline.c.lines)
        .join(case_deadline, same_case)
        .where(
            cases.c.public_id.in_(set(public_ids)),
            case_deadline.c.level == 0,
            case_deadline.c.due_at == cases.c.due_at,
        )
    )
    return {row.public_id: row.lines for row in conn.execute(statement)}


_CASE_COLUMNS: Final = (
    cases.c.public_id,
    cases.c.organization_id,
    cases.c.item_id,
    cases.c.staff_id,
)


def _micros(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, Id())


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


def _of_case(statement: Select[Any], owner: Any) -> Select[Any]:
    its_own = (cases.c.region == owner.c.region) & (cases.c.id == owner.c.case_id)
    return statement.select_from(owner).join(cases, its_own)


def _rated(statement: Select[Any], seen: ColumnElement[bool]) -> Select[Any]:
    """Join the rated unit: a transfer moves no figure."""
    return _placed(statement, cases.c.rated_organization_id, seen)


def _lead(statement: Select[Any], seen: ColumnElement[bool]) -> Select[Any]:
    return _placed(statement, cases.c.organization_id, seen)


def _placed(
    statement: Select[Any], unit: ColumnElement[int], seen: ColumnElement[bool]
) -> Select[Any]:
    return (
        statement.join(organization, organization.c.id == unit)
        .join(region, region.c.code == cases.c.region, isouter=True)
        .where(seen)
    )


def _share(conn: Connection, statement: Select[Any]) -> Share:
    row = conn.execute(statement).one()
    return Share(int(row[0] or 0), int(row[1]))


def _visit_figures(row: tuple[Any, ...], by_unit: bool) -> VisitFigures:
    organization_id, rest = (row[0], row[1:]) if by_unit else (None, row)
    made, satisfied, unsatisfied, unreachable = (int(one or 0) for one in rest[1:])
    return VisitFigures(str(rest[0]), made, satisfied, unsatisfied, unreachable, organization_id)


def _visit(row: Mapping[Any, Any]) -> VisitToMake:
    visit = VisitRow(**{name: row[name] for name in VisitRow.__slots__})
    return VisitToMake(
        visit, row["public_id"], row["organization_id"], row["item_id"], row["staff_id"]
    )


def _decoded(cursor: str) -> Any:
    due_at, last = cursors.read(cursor)
    return tuple_(literal(due_at, case_visit.c.due_at.type), literal(last, Id()))
