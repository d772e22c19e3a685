"""Window devices as a list, narrowed to those that somebody manages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from haochaping.access.devices import Device
from haochaping.access.principals import Columns, Principal, visible_in
from haochaping.access.tables import device, is_set
from haochaping.catalog.tables import hall, organization, region, window
from haochaping.hooks.values import Words

MANAGE: Final = "device.manage"
PAGE: Final = 100
OFFERED: Final = 500
"""Windows that a list to choose from holds; where there are more, their codes are asked for."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window that a device may be registered for."""

    id: int
    hall: Words
    name: Words


def managed(
    conn: Connection, who: Principal, after: tuple[str, int] = ("", 0)
) -> tuple[Device, ...]:
    """Return devices that somebody manages by name, the ended ones too, beyond name and id."""
    name, last = after
    beyond = (device.c.name > name) | ((device.c.name == name) & (device.c.id > last))
    statement = _devices(who).where(beyond).order_by(device.c.name, device.c.id).limit(PAGE)
    return tuple(_device(row) for row in conn.execute(statement))


def manages(conn: Connection, who: Principal, device_id: int) -> bool:
    """Say whether somebody manages a device."""
    return conn.execute(_devices(who).where(device.c.id == device_id)).first() is not None


def windows(conn: Connection, who: Principal) -> tuple[Window, ...]:
    """Return the windows in use that somebody registers devices for, hall by hall.

    Empty when there are more than a list to choose from should hold.
    """
    columns = Columns(organization.c.path, region.c.path, hall.c.id)
    names = (hall.c.name, hall.c.name_en.label("en"))
    statement = (
        select(window.c.id, window.c.name, window.c.name_en, names[0].label("hall"), names[1])
        .join(hall, hall.c.id == window.c.hall_id)
        .join(organization, organization.c.id == window.c.organization_id)
        .join(region, region.c.code == hall.c.place)
        .where(visible_in(who, MANAGE, columns), is_set(window.c.active))
        .order_by(hall.c.code, window.c.code)
        .limit(OFFERED + 1)
    )
    found = tuple(
        Window(row.id, Words(row.hall, row.en), Words(row.name, row.name_en))
        for row in conn.execute(statement)
    )
    return found if len(found) <= OFFERED else ()


def _devices(who: Principal) -> Select[Any]:
    columns = Columns(organization.c.path, region.c.path, hall.c.id)
    return (
        select(device, window.c.hall_id, window.c.organization_id)
        .join(window, window.c.id == device.c.window_id)
        .join(hall, hall.c.id == window.c.hall_id)
        .join(organization, organization.c.id == window.c.organization_id)
        .join(region, region.c.code == hall.c.place)
        .where(visible_in(who, MANAGE, columns))
    )


def _device(row: Any) -> Device:
    return Device(**{name: getattr(row, name) for name in Device.__slots__})
