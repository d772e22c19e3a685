"""Who sees which results: selections of subjects within reach, and the reach over everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Select, not_, select

from haochaping.access.principals import Columns, Forbidden, Principal, visible, visible_in
from haochaping.catalog.tables import hall, organization, region, staff, window

READ, MANAGE = "appraisal.read", "appraisal.manage"
OBJECT, DECIDE = "appraisal.object", "appraisal.decide"

_PLACED: Final[Mapping[str, tuple[Select[Any], Columns]]] = {
    "organization": (
        select(organization.c.id).join(region, region.c.code == organization.c.place),
        Columns(organization.c.path, region.c.path),
    ),
    "hall": (
        select(hall.c.id)
        .join(region, region.c.code == hall.c.place)
        .join(organization, organization.c.id == hall.c.organization_id),
        Columns(organization.c.path, region.c.path, hall.c.id),
    ),
    "window": (
        select(window.c.id)
        .join(hall, hall.c.id == window.c.hall_id)
        .join(region, region.c.code == hall.c.place)
        .join(organization, organization.c.id == window.c.organization_id),
        Columns(organization.c.path, region.c.path, window.c.hall_id),
    ),
    "staff": (
        select(staff.c.id)
        .join(organization, organization.c.id == staff.c.organization_id)
        .join(region, region.c.code == organization.c.place),
        Columns(organization.c.path, region.c.path, staff.c.hall_id, staff.c.id),
    ),
}


def within(who: Principal, permission: str, kind: str) -> Select[Any]:
    """Return the statement that selects the subjects of a kind that a permission reaches."""
    statement, columns = _PLACED[kind]
    return statement.where(visible_in(who, permission, columns))


def unit_of(conn: Connection, kind: str, subject: int) -> int | None:
    """Return the organization that a subject belongs to, None for one that is not there."""
    table = {"organization": organization, "hall": hall, "window": window, "staff": staff}[kind]
    column = table.c.id if kind == "organization" else table.c.organization_id
    found: int | None = conn.execute(
        select(column).where(table.c.id == subject)
    ).scalar_one_or_none()
    return found


def everything(conn: Connection, who: Principal, permission: str) -> bool:
    """Say whether a permission reaches every unit there is: a period is frozen for all at once."""
    if not who.may(permission):
        return False
    outside = (
        select(organization.c.id)
        .join(region, region.c.code == organization.c.place)
        .where(
            organization.c.active == 1,
            not_(visible(who, permission, organization.c.path, region.c.path)),
        )
    )
    return conn.execute(outside.limit(1)).first() is None


def require_everything(conn: Connection, who: Principal, permission: str) -> None:
    """Raise Forbidden unless a permission reaches every unit."""
    if not everything(conn, who, permission):
        raise Forbidden(permission=permission)
