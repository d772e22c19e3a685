"""Where a unit or an occurrence belongs, for checking who may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, func, select

from haochaping.catalog.tables import hall, item, occurrence, organization, region, staff, window
from haochaping.hooks.values import OccurrenceKey


@dataclass(frozen=True, slots=True)
class Place:
    """Where something belongs: paths of region and organization, hall, window, staff member."""

    region_path: str
    organization_path: str
    hall_id: int | None = None
    window_id: int | None = None
    staff_id: int | None = None


_REGION_PATH: Final = region.c.path.label("region_path")
_ORGANIZATION_PATH: Final = organization.c.path.label("organization_path")
_SUBJECT: Final[BindParameter[Any]] = bindparam("subject")

_OF: Final[Mapping[str, Select[Any]]] = {
    "organization": select(_REGION_PATH, _ORGANIZATION_PATH)
    .select_from(organization)
    .join(region, region.c.code == organization.c.place)
    .where(organization.c.id == _SUBJECT),
    "hall": select(_REGION_PATH, _ORGANIZATION_PATH, hall.c.id.label("hall_id"))
    .select_from(hall)
    .join(region, region.c.code == hall.c.place)
    .join(organization, organization.c.id == hall.c.organization_id)
    .where(hall.c.id == _SUBJECT),
    "window": select(
        _REGION_PATH, _ORGANIZATION_PATH, window.c.hall_id, window.c.id.label("window_id")
    )
    .select_from(window)
    .join(hall, hall.c.id == window.c.hall_id)
    .join(region, region.c.code == hall.c.place)
    .join(organization, organization.c.id == window.c.organization_id)
    .where(window.c.id == _SUBJECT),
    "staff": select(
        _REGION_PATH,
        _ORGANIZATION_PATH,
        staff.c.hall_id,
        staff.c.window_id,
        staff.c.id.label("staff_id"),
    )
    .select_from(staff)
    .join(organization, organization.c.id == staff.c.organization_id)
    .join(region, region.c.code == organization.c.place)
    .where(staff.c.id == _SUBJECT),
    "item": select(_REGION_PATH, _ORGANIZATION_PATH)
    .select_from(item)
    .outerjoin(organization, organization.c.id == item.c.organization_id)
    .outerjoin(region, region.c.code == organization.c.place)
    .where(item.c.id == _SUBJECT),
}

_OF_REGION: Final = select(_REGION_PATH).where(region.c.code == _SUBJECT)

_OF_OCCURRENCE: Final = (
    select(
        _REGION_PATH,
        _ORGANIZATION_PATH,
        occurrence.c.hall_id,
        occurrence.c.window_id,
        occurrence.c.staff_id,
    )
    .select_from(occurrence)
    .join(organization, organization.c.id == occurrence.c.organization_id)
    .outerjoin(hall, hall.c.id == occurrence.c.hall_id)
    .join(region, region.c.code == func.coalesce(hall.c.place, organization.c.place))
    .where(
        and_(
            occurrence.c.region == bindparam("key_region"),
            occurrence.c.served_month == bindparam("key_month"),
            occurrence.c.id == bindparam("key_id"),
        )
    )
)


def of_subject(conn: Connection, kind: str, subject_id: int) -> Place | None:
    """Return where a unit belongs, None when it is unknown.

    Kinds are those of `subjects.KINDS`. Raises KeyError for another kind.
    """
    if kind == "region":
        row = conn.execute(_OF_REGION, {"subject": str(subject_id)}).mappings().first()
    else:
        row = conn.execute(_OF[kind], {"subject": subject_id}).mappings().first()
    return None if row is None else _place(row)


def of_occurrence(conn: Connection, key: OccurrenceKey) -> Place | None:
    """Return where a service was received, None when it is unknown; one statement."""
    values = {"key_region": key.region, "key_month": key.served_month, "key_id": key.id}
    row = conn.execute(_OF_OCCURRENCE, values).mappings().first()
    return None if row is None else _place(row)


def _place(row: Mapping[Any, Any]) -> Place:
    return Place(
        region_path=row["region_path"] or "",
        organization_path=row.get("organization_path") or "",
        hall_id=row.get("hall_id"),
        window_id=row.get("window_id"),
        staff_id=row.get("staff_id"),
    )
