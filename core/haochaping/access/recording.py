"""Which windows somebody may record services at: one's own, or those of one's halls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from haochaping.access.principals import Columns, Principal, Scope, allowed, visible_in
from haochaping.access.tables import is_set
from haochaping.catalog import places
from haochaping.catalog.tables import hall, organization, region, staff, window
from haochaping.hooks.values import OccurrenceKey, Words

PERMISSION: Final = "occurrence.record"
MOST: Final = 300
"""Windows that are offered at most: those of a large hall."""


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """A window that may be chosen."""

    id: int
    name: Words
    hall_id: int
    hall: Words


def windows(
    conn: Connection, who: Principal, hall_id: int | None = None
) -> tuple[WindowChoice, ...]:
    """Return the windows in use at which somebody may record services, hall by hall."""
    statement = _windows(who).where(is_set(window.c.active)).order_by(hall.c.code, window.c.code)
    if hall_id is not None:
        statement = statement.where(hall.c.id == hall_id)
    return tuple(_choice(row) for row in conn.execute(statement.limit(MOST)))


def window_of(conn: Connection, who: Principal, window_id: int) -> WindowChoice | None:
    """Return a window at which somebody may record services, None for any other."""
    row = conn.execute(_windows(who).where(window.c.id == window_id)).one_or_none()
    return None if row is None else _choice(row)


def may_print(conn: Connection, who: Principal, key: OccurrenceKey) -> bool:
    """Say whether somebody may print the receipt of a service: it was received at their window."""
    place = places.of_occurrence(conn, key)
    if place is None:
        return False
    scope = Scope(place.region_path, place.organization_path, place.hall_id, place.staff_id)
    if allowed(who, PERMISSION, scope):
        return True
    return place.window_id is not None and window_of(conn, who, place.window_id) is not None


def _windows(who: Principal) -> Select[Any]:
    return (
        select(
            window.c.id,
            window.c.name,
            window.c.name_en,
            window.c.hall_id,
            hall.c.name.label("hall"),
            hall.c.name_en.label("hall_en"),
        )
        .join(hall, hall.c.id == window.c.hall_id)
        .join(organization, organization.c.id == window.c.organization_id)
        .join(region, region.c.code == hall.c.place)
        .where(_reached(who))
    )


def _reached(who: Principal) -> ColumnElement[bool]:
    columns = Columns(organization.c.path, region.c.path, hall.c.id)
    own = select(staff.c.window_id).where(staff.c.id.in_(who.staff_ids), is_set(staff.c.active))
    return or_(visible_in(who, PERMISSION, columns), window.c.id.in_(own))


def _choice(row: Any) -> WindowChoice:
    return WindowChoice(
        row.id, Words(row.name, row.name_en), row.hall_id, Words(row.hall, row.hall_en)
    )
