"""Who answers for a bad rating: figures of units and staff follow what verification found.

A finding moves the bad ratings of a chain away from those who are not responsible. Region,
hall and item keep every rating; services received stay where they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, delete, null, select, tuple_

from haochaping.evaluation.tables import evaluation
from haochaping.grading.context import CountingRules
from haochaping.grading.tables import UNPLACED, attribution
from haochaping.store.upsert import upsert

STAFF, WINDOW_UNIT, BACK_OFFICE = "staff", "window_unit", "back_office"
NOBODYS: Final = ("system", "rule", "outside")
"""Responsible is no unit: a system or platform, the rule itself, somebody outside the remit."""

Chain = tuple[str, int, int]
"""Region, month served and first rating of a chain."""
Who = tuple[str, int | None]
"""Who is responsible, and the back office where it is one."""

_KEY: Final = ("region", "served_month", "first_id")


def placed(row: Mapping[str, Any], who: Who | None) -> Mapping[str, Any]:
    """Return a rating with the places that answer for it; `who` None changes nothing.

    The window's organization answers instead of the staff member; a back office instead of
    staff, window and organization; what is nobody's counts for neither.
    """
    if who is None or who[0] == STAFF:
        return row
    if who[0] == WINDOW_UNIT:
        return {**row, "staff_id": None}
    unit = who[1] if who[0] == BACK_OFFICE else UNPLACED
    return {**row, "organization_id": unit, "window_id": None, "staff_id": None}


def placed_columns() -> tuple[ColumnElement[Any], ...]:
    """Return `placed` for statements over `evaluation` with `attribution` joined to it."""
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
    rows, who = evaluation.c, attribution.c
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
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in found}


def set_responsible(conn: Connection, chain: Chain, who: Who, case_id: int) -> None:
    """Write who answers for a chain from now on."""
    key = dict(zip(_KEY, chain, strict=True))
    if who[0] == STAFF:
        mine = and_(*(attribution.c[name] == value for name, value in key.items()))
        conn.execute(delete(attribution).where(mine))
        return
    unit = who[1] if who[0] == BACK_OFFICE else None
    row = {**key, "responsible": who[0], "organization_id": unit, "case_id": case_id}
    upsert(conn, attribution, [row], _KEY, ("responsible", "organization_id", "case_id"))


def bad_ratings(conn: Connection, rules: CountingRules, chain: Chain) -> list[Mapping[str, Any]]:
    """Return the bad ratings of a chain's first round, held until the transaction ends."""
    rows = evaluation.c
    mine = and_(*(rows[name] == value for name, value in zip(_KEY, chain, strict=True)))
    bad = and_(rows.round == 1, rows.grade.in_(rules.bad_grades))
    names = ("id", "first_id", "counted_on", "organization_id", "hall_id", "window_id", "staff_id")
    more = ("item_id", "channel", "provenance", "round", "grade", "status")
    columns = [rows[name] for name in (*names, *more)]
    conn.execute(select(rows.id).where(mine).with_for_update()).all()  # whoever amends is done
    statement = select(*columns).where(mine, bad).order_by(rows.id)
    return [dict(row) for row in conn.execute(statement).mappings()]
