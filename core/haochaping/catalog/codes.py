"""From the codes that outsiders know to our ids, one statement per kind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from haochaping.catalog.keys import among
from haochaping.catalog.tables import hall, item, organization, staff, window


@dataclass(frozen=True, slots=True)
class HallRef:
    """What other rows need of a hall."""

    id: int
    region: str
    organization_id: int


@dataclass(frozen=True, slots=True)
class WindowRef:
    """What other rows need of a window."""

    id: int
    hall_id: int
    organization_id: int


@dataclass(frozen=True, slots=True)
class StaffRef:
    """What other rows need of a staff member."""

    id: int
    organization_id: int
    hall_id: int | None
    window_id: int | None


@dataclass(frozen=True, slots=True)
class OrganizationRef:
    """What other rows need of an organization."""

    id: int
    region: str


def organizations(conn: Connection, codes: Collection[str]) -> dict[str, OrganizationRef]:
    """Return the organizations of codes."""
    query = select(organization.c.code, organization.c.id, organization.c.region)
    rows = _rows(conn, query, organization.c.code, codes)
    return {row.code: OrganizationRef(row.id, row.region) for row in rows}


def organization_regions(conn: Connection, ids: Collection[int]) -> dict[int, str]:
    """Return the county-level regions of organizations by id."""
    query = select(organization.c.id, organization.c.region)
    return {row.id: row.region for row in _rows(conn, query, organization.c.id, ids)}


def halls(conn: Connection, codes: Collection[str]) -> dict[str, HallRef]:
    """Return the halls of codes."""
    query = select(hall.c.code, hall.c.id, hall.c.region, hall.c.organization_id)
    rows = _rows(conn, query, hall.c.code, codes)
    return {row.code: HallRef(row.id, row.region, row.organization_id) for row in rows}


def windows(
    conn: Connection, hall_ids: Collection[int], codes: Collection[str]
) -> dict[tuple[int, str], WindowRef]:
    """Return the windows of some halls, by hall and code."""
    query = select(window.c.code, window.c.id, window.c.hall_id, window.c.organization_id).where(
        window.c.hall_id.in_(set(hall_ids))
    )
    rows = _rows(conn, query, window.c.code, codes) if hall_ids else ()
    return {
        (row.hall_id, row.code): WindowRef(row.id, row.hall_id, row.organization_id) for row in rows
    }


def staff_members(conn: Connection, numbers: Collection[str]) -> dict[str, StaffRef]:
    """Return the staff members of numbers."""
    query = select(
        staff.c.number, staff.c.id, staff.c.organization_id, staff.c.hall_id, staff.c.window_id
    )
    rows = _rows(conn, query, staff.c.number, numbers)
    return {
        row.number: StaffRef(row.id, row.organization_id, row.hall_id, row.window_id)
        for row in rows
    }


def items(conn: Connection, codes: Collection[str]) -> dict[str, int]:
    """Return the ids of items."""
    query = select(item.c.code, item.c.id)
    return {row.code: row.id for row in _rows(conn, query, item.c.code, codes)}


def _rows(conn: Connection, query: Any, column: Any, keys: Collection[Any]) -> Any:
    wanted = {key for key in keys if key}
    return conn.execute(query.where(among(conn, column, wanted))) if wanted else ()
