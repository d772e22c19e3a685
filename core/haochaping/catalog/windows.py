"""Windows (窗口) of halls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, tuple_

from haochaping.catalog import codes, fields, locks
from haochaping.catalog.fields import Fields
from haochaping.catalog.outcomes import Outcome, unknown
from haochaping.catalog.saving import Batch, Row
from haochaping.catalog.tables import hall, organization, region, window
from haochaping.hooks.values import Words


@dataclass(frozen=True, slots=True)
class Window:
    """A window; `organization_id` is the organization that serves there."""

    id: int
    hall_id: int
    code: str
    name: Words
    organization_id: int
    active: bool


@dataclass(frozen=True, slots=True)
class WindowDraft:
    """A window as handed in; without an organization the hall's own serves there."""

    hall: str
    code: str
    name: str
    name_en: str
    organization: str
    active: bool


def draft(row: Fields) -> WindowDraft:
    """Return the draft of a line. Raises FieldFault."""
    return WindowDraft(
        hall=fields.code(row, "hall"),
        code=fields.code(row, "code"),
        name=fields.needed(row, "name"),
        name_en=fields.text(row, "name_en"),
        organization=fields.code_if_any(row, "organization"),
        active=fields.flag(row, "active", True),
    )


def save(conn: Connection, drafts: Sequence[WindowDraft]) -> list[Outcome]:
    """Store windows; the outcome of each, in order."""
    locks.hold(conn, "window")
    halls = codes.halls(conn, {item.hall for item in drafts})
    owners = codes.organizations(conn, {item.organization for item in drafts})
    keys = {(halls[item.hall].id, item.code) for item in drafts if item.hall in halls}
    batch = Batch(window, _known(conn, keys))

    def put(item: WindowDraft) -> Outcome:
        if item.hall not in halls:
            return unknown("大厅", "hall", item.hall)
        if item.organization and item.organization not in owners:
            return unknown("机构", "organization", item.organization)
        place = halls[item.hall]
        owner = owners[item.organization].id if item.organization else place.organization_id
        return batch.put((place.id, item.code), _values(item, place.id, owner))

    outcomes = [put(item) for item in drafts]
    batch.write(conn)
    return outcomes


def find(conn: Connection, hall_code: str, code: str) -> Window | None:
    """Return a window by the codes of its hall and itself, None when there is none."""
    found = codes.halls(conn, {hall_code}).get(hall_code)
    if found is None:
        return None
    query = select(window).where(window.c.hall_id == found.id, window.c.code == code)
    row = conn.execute(query).mappings().first()
    return None if row is None else _window(row)


def get(conn: Connection, window_id: int) -> Window | None:
    """Return the window of an id, None when there is none."""
    row = conn.execute(select(window).where(window.c.id == window_id)).mappings().first()
    return None if row is None else _window(row)


def place(conn: Connection, found: Window) -> tuple[str, str]:
    """Return the paths of a window's region, which is its hall's, and of its organization."""
    query = (
        select(region.c.path, organization.c.path)
        .select_from(hall)
        .join(region, region.c.code == hall.c.place)
        .join(organization, organization.c.id == found.organization_id)
        .where(hall.c.id == found.hall_id)
    )
    region_path, organization_path = conn.execute(query).one()
    return region_path, organization_path


def of_hall(conn: Connection, hall_id: int) -> tuple[Window, ...]:
    """Return the windows of a hall in order of their codes."""
    query = select(window).where(window.c.hall_id == hall_id).order_by(window.c.code)
    return tuple(_window(row) for row in conn.execute(query).mappings())


def hall_names(conn: Connection, ids: Collection[int]) -> dict[int, Words]:
    """Return the names of the halls that windows stand in, by the windows' ids."""
    if not ids:
        return {}
    query = select(window.c.id, hall.c.name, hall.c.name_en).join(
        hall, hall.c.id == window.c.hall_id
    )
    rows = conn.execute(query.where(window.c.id.in_(set(ids))))
    return {row.id: Words(row.name, row.name_en) for row in rows}


def _known(conn: Connection, keys: set[tuple[int, str]]) -> dict[Any, Row]:
    if not keys:
        return {}
    query = select(window).where(tuple_(window.c.hall_id, window.c.code).in_(keys))
    rows = conn.execute(query).mappings()
    return {(row["hall_id"], row["code"]): dict(row) for row in rows}


def _values(item: WindowDraft, hall_id: int, owner: int) -> Row:
    return {
        "hall_id": hall_id,
        "code": item.code,
        "name": item.name,
        "name_en": item.name_en,
        "organization_id": owner,
        "active": item.active,
    }


def _window(row: Mapping[Any, Any]) -> Window:
    return Window(
        id=row["id"],
        hall_id=row["hall_id"],
        code=row["code"],
        name=Words(row["name"], row["name_en"]),
        organization_id=row["organization_id"],
        active=row["active"],
    )


def place_names(conn: Connection, window_id: int) -> tuple[Words, Words] | None:
    """Return the names of the hall and the window, None when there is no such open window."""
    statement = (
        select(hall.c.name, hall.c.name_en, window.c.name, window.c.name_en, window.c.active)
        .join(hall, hall.c.id == window.c.hall_id)
        .where(window.c.id == window_id)
    )
    row = conn.execute(statement).one_or_none()
    return None if row is None or not row[4] else (Words(row[0], row[1]), Words(row[2], row[3]))
