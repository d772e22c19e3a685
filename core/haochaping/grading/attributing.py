"""Who answers for a bad rating: figures of units and staff follow what verification found.

A finding moves the bad ratings of a chain away from those who are not responsible. Region,
hall and item keep every rating; services received stay where they were. Where several back
offices are named, the rating counts once for each of them, and once for region and hall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    delete,
    insert,
    null,
    select,
    tuple_,
)

from haochaping.evaluation.tables import evaluation
from haochaping.grading.context import CountingRules
from haochaping.grading.tables import NOWHERE, UNPLACED, attribution, attribution_other
from haochaping.store.upsert import upsert

STAFF, WINDOW_UNIT, BACK_OFFICE = "staff", "window_unit", "back_office"
NOBODYS: Final = ("system", "rule", "outside")
"""Responsible is no unit: a system or platform, the rule itself, somebody outside the remit."""

Chain = tuple[str, int, int]
"""Region, month served and first rating of a chain."""


class Who(NamedTuple):
    """Who is responsible: the back office that leads where it is one, and `others` beside it."""

    responsible: str
    organization_id: int | None = None
    others: tuple[int, ...] = ()


_KEY: Final = ("region", "served_month", "first_id")
_UNHELD: Final = {"window_id": None, "staff_id": None}


def places(row: Mapping[str, Any], who: Who | None) -> tuple[Mapping[str, Any], ...]:
    """Return a rating with the places that answer for it; `who` None changes nothing.

    The window's organization answers instead of the staff member; a back office instead of
    staff, window and organization; what is nobody's counts for neither. Further back offices
    follow in rows of their own, which count for nothing else.
    """
    if who is None or who.responsible == STAFF:
        return (row,)
    if who.responsible == WINDOW_UNIT:
        return ({**row, "staff_id": None},)
    if who.responsible != BACK_OFFICE:
        return ({**row, "organization_id": UNPLACED, **_UNHELD},)
    lead = {**row, "organization_id": who.organization_id, **_UNHELD}
    alone = {**row, "region": NOWHERE, "hall_id": None, "item_id": None, **_UNHELD}
    return (lead, *({**alone, "organization_id": unit} for unit in who.others))


def placed_columns() -> tuple[ColumnElement[Any], ...]:
    """Return the first of `places` for `evaluation` with `attribution` joined to it."""
    rows, who = evaluation.c, attribution.c
    away = (BACK_OFFICE, *NOBODYS)
    unit = case(
        (who.responsible == BACK_OFFICE, who.organization_id),
        (who.responsible.in_(NOBODYS), UNPLACED),
        else_=rows.organization_id,
    )
    window = case((who.responsible.in_(away), null()), else_=rows.window_id)
    staff = case((who.responsible.is_not(None), null()), else_=rows.staff_id)
    return (
        unit.label("organization_id"),
        rows.hall_id,
        window.label("window_id"),
        staff.label("staff_id"),
        rows.item_id,
    )


def joined(rules: CountingRules) -> ColumnElement[bool]:
    """Return the condition that joins a bad rating of the first round to its attribution."""
    return _joined(rules, attribution)


def others_joined(rules: CountingRules) -> ColumnElement[bool]:
    """Return the condition that joins such a rating to each further back office."""
    return _joined(rules, attribution_other)


def _joined(rules: CountingRules, to: Table) -> ColumnElement[bool]:
    rows, who = evaluation.c, to.c
    return and_(
        who.region == rows.region,
        who.served_month == rows.served_month,
        who.first_id == rows.first_id,
        rows.round == 1,
        rows.grade.in_(rules.bad_grades),
    )


def known(conn: Connection, chains: Sequence[Chain]) -> Mapping[Chain, Who]:
    """Return who answers for some chains; those with their own staff are left out."""
    rows = attribution.c
    keys = tuple_(*(rows[name] for name in _KEY))
    statement = select(*(rows[name] for name in _KEY), rows.responsible, rows.organization_id)
    found = conn.execute(statement.where(keys.in_(list(dict.fromkeys(chains)))))
    whose = {(row[0], row[1], row[2]): Who(row[3], row[4]) for row in found}
    return _with_others(conn, whose)


def set_responsible(conn: Connection, chain: Chain, who: Who, case_id: int) -> None:
    """Write who answers for a chain from now on."""
    key = dict(zip(_KEY, chain, strict=True))
    conn.execute(delete(attribution_other).where(_mine(attribution_other, chain)))
    if who.responsible == STAFF:
        conn.execute(delete(attribution).where(_mine(attribution, chain)))
        return
    unit = who.organization_id if who.responsible == BACK_OFFICE else None
    row = {**key, "responsible": who.responsible, "organization_id": unit, "case_id": case_id}
    upsert(conn, attribution, [row], _KEY, ("responsible", "organization_id", "case_id"))
    if who.others:
        beside = [{**key, "organization_id": other} for other in who.others]
        conn.execute(insert(attribution_other), beside)


def _with_others(conn: Connection, whose: dict[Chain, Who]) -> Mapping[Chain, Who]:
    named = [chain for chain, who in whose.items() if who.responsible == BACK_OFFICE]
    if not named:
        return whose
    rows = attribution_other.c
    columns = [*(rows[name] for name in _KEY), rows.organization_id]
    statement = select(*columns).where(tuple_(*columns[:3]).in_(named)).order_by(*columns)
    for region, month, first, unit in conn.execute(statement):
        chain = (region, month, first)
        whose[chain] = whose[chain]._replace(others=(*whose[chain].others, unit))
    return whose


def _mine(to: Table, chain: Chain) -> ColumnElement[bool]:
    return and_(*(to.c[name] == value for name, value in zip(_KEY, chain, strict=True)))


def bad_ratings(conn: Connection, rules: CountingRules, chain: Chain) -> list[Mapping[str, Any]]:
    """Return the bad ratings of a chain's first round, held until the transaction ends."""
    rows, mine = evaluation.c, _mine(evaluation, chain)
    bad = and_(rows.round == 1, rows.grade.in_(rules.bad_grades))
    names = ("id", "first_id", "counted_on", "organization_id", "hall_id", "window_id", "staff_id")
    more = ("item_id", "channel", "provenance", "round", "grade", "status")
    columns = [rows[name] for name in (*names, *more)]
    conn.execute(select(rows.id).where(mine).with_for_update()).all()  # whoever amends is done
    statement = select(*columns).where(mine, bad).order_by(rows.id)
    return [dict(row) for row in conn.execute(statement).mappings()]
