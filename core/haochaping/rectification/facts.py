"""Counts over cases for boards: by subject and period, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)

from haochaping.grading import periods
from haochaping.hooks.grading import CaseFacts
from haochaping.hooks.rectification import Outcome
from haochaping.hooks.values import Identity, Period
from haochaping.rectification.tables import case_finding
from haochaping.rectification.tables import rectification_case as cases
from haochaping.store.types import Id, Moment

Ids = Sequence[int] | Select[Any] | None
"""Which subjects: their ids, a statement that selects them, or all of the kind."""

_SUBJECTS: Final[dict[str, ColumnElement[Any]]] = {
    "region": cast(cases.c.region, Id()),
    "organization": cases.c.rated_organization_id,
    "hall": cases.c.hall_id,
    "window": cases.c.window_id,
    "staff": cases.c.staff_id,
    "item": cases.c.item_id,
}
"""A case counts for the organization that was rated, so a transfer moves no figure."""

_CLOSE: Final = frozenset({"window", "staff", "item"})
"""Kinds whose counts could be told apart customer by customer."""

_WITHDRAWN: Final = str(Outcome.WITHDRAWN)

_FIELDS: Final = (
    "opened",
    "due",
    "on_time",
    "with_contact_due",
    "contacted",
    "open_overdue",
    "reopened",
    "upheld",
    "ended",
    "void",
)
"""Fields of the facts in the order of `_counts`."""

_START: Final[BindParameter[Any]] = bindparam("start", type_=Moment())
_END: Final[BindParameter[Any]] = bindparam("end", type_=Moment())
_NOW: Final[BindParameter[Any]] = bindparam("now", type_=Moment())
_UNTIL: Final[BindParameter[Any]] = bindparam("until", type_=Moment())

_GONE: Final = (str(Outcome.VOID), str(Outcome.WITHDRAWN))


def of(
    conn: Connection, kind: str, ids: Ids, period: Period, at: tuple[ZoneInfo, datetime]
) -> dict[int, CaseFacts]:
    """Return the facts of subjects in a period of local days; those without any are left out.

    Of windows, staff and items only cases that their unit sees by now are counted: earlier
    a count would tell who has just rated. Cases whose rating is void or withdrawn count as
    opened only. A case counts as due in the period of its first due moment, once that has
    passed or the reply is there.

    :param at: time zone of the period's days, and the moment that "overdue" is judged at.
    """
    zone, now = at
    start, end = _bounds(period, zone)
    values: dict[str, Any] = {"start": start, "end": end, "now": now, "until": min(end, now)}
    if ids is None:
        statement = _statement(kind)
    elif isinstance(ids, Select):
        statement = _statement(kind).where(_SUBJECTS[kind].in_(ids))
    else:
        statement, values["ids"] = _statement(kind, among=True), ids
    return {
        row[0]: CaseFacts(**{n: int(c or 0) for n, c in zip(_FIELDS, row[1:], strict=True)})
        for row in conn.execute(statement, values)
    }


def total(
    conn: Connection, kind: str, ids: Ids, period: Period, at: tuple[ZoneInfo, datetime]
) -> CaseFacts:
    """Return the summed facts of subjects in a period."""
    found = of(conn, kind, ids, period, at).values()
    names = CaseFacts.__slots__
    return CaseFacts(*(sum(getattr(each, name) for each in found) for name in names))


@cache
def _statement(kind: str, *, among: bool = False) -> Select[Any]:
    """Return the statement of `of`, made once: making it takes longer than to run it.

    Its values are `start`, `end`, `now`, `until` (the earlier of both) and, `among` some, `ids`.
    """
    subject = _SUBJECTS[kind]
    made = select(subject, *_counts()).where(subject.is_not(None), _touched()).group_by(subject)
    if kind in _CLOSE:
        made = made.where(cases.c.visible_at <= _NOW)
    return made.where(subject.in_(bindparam("ids", expanding=True))) if among else made


def _counts() -> list[ColumnElement[Any]]:
    stands = or_(cases.c.outcome.is_(None), cases.c.outcome.not_in(_GONE))
    opened = _within(cases.c.opened_at)
    named = and_(opened, stands, cases.c.identity != str(Identity.ANONYMOUS))
    judged = or_(cases.c.first_due_at <= _NOW, cases.c.first_replied_at.is_not(None))
    due = and_(_due_within(cases.c.first_due_at), stands, judged)
    on_time = and_(due, cases.c.first_replied_at < cases.c.first_due_at, cases.c.late == 0)
    conditions = (
        opened,
        due,
        on_time,
        named,
        and_(named, cases.c.contacted_at.is_not(None)),
        _overdue(),
        and_(opened, cases.c.reopened > 0),
        and_(opened, stands, _found_true()),
    )
    ended = and_(opened, cases.c.closed_at.is_not(None), cases.c.outcome != _WITHDRAWN)
    void = and_(opened, cases.c.outcome == str(Outcome.VOID))
    return [func.sum(case((one, 1), else_=0)) for one in (*conditions, ended, void)]


def _found_true() -> ColumnElement[bool]:
    """Found true, wholly or in part, when the complaint was verified."""
    own = case_finding.c
    true = own.truth.in_(("true", "partly"))
    return exists().where(own.region == cases.c.region, own.case_id == cases.c.id, true)


def _overdue() -> ColumnElement[bool]:
    """Open without a reply and past its due moment, at the end of the period or now."""
    waits = and_(cases.c.closed_at.is_(None), cases.c.replied_at.is_(None))
    return and_(waits, cases.c.due_at <= _UNTIL)


def _touched() -> ColumnElement[bool]:
    return or_(_within(cases.c.opened_at), _due_within(cases.c.first_due_at), _overdue())


def _within(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(column >= _START, column < _END)


def _due_within(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say whether a due moment lies in a period.

    It is an exclusive bound: 24:00 of the last day belongs to that day, not to the next month.
    """
    return and_(column > _START, column <= _END)


def _bounds(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return periods.moments(period, zone.key)
