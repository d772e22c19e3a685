"""Rows of the catalogue as they can be imported again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from haochaping.catalog.tables import hall, item, organization, region, region_alias, staff, window

Rows = Iterator[Sequence[str]]

_FETCH: Final = 2000


def regions(conn: Connection) -> Rows:
    """Give the regions, parents first, then the aliases."""
    query = select(region).order_by(func.length(region.c.path), region.c.code)
    for row in _rows(conn, query):
        days = (_day(row.valid_from), _day(row.valid_to))
        yield (row.code, row.name, row.name_en, row.level, row.parent or "", *days, "")
    aliases = select(region_alias).order_by(region_alias.c.alias, region_alias.c.valid_from)
    for row in _rows(conn, aliases):
        yield (row.alias, "", "", "", "", _day(row.valid_from), _day(row.valid_to), row.code)


def organizations(conn: Connection) -> Rows:
    """Give the organizations, parents first."""
    above = organization.alias("above")
    query = (
        select(organization, above.c.code.label("parent"))
        .outerjoin(above, above.c.id == organization.c.parent_id)
        .order_by(func.length(organization.c.path), organization.c.code)
    )
    for row in _rows(conn, query):
        parent = row.parent or ""
        yield (row.code, row.name, row.name_en, row.place, parent, _flag(row.active))


def halls(conn: Connection) -> Rows:
    """Give the halls."""
    query = (
        select(hall, organization.c.code.label("owner"))
        .join(organization, organization.c.id == hall.c.organization_id)
        .order_by(hall.c.code)
    )
    for row in _rows(conn, query):
        opening = ";".join("-".join(span) for span in row.opening or ())
        named = (row.code, row.name, row.name_en)
        yield (*named, row.place, row.owner, opening, _flag(row.active))


def windows(conn: Connection) -> Rows:
    """Give the windows, hall by hall."""
    query = (
        select(window, hall.c.code.label("hall"), organization.c.code.label("owner"))
        .join(hall, hall.c.id == window.c.hall_id)
        .join(organization, organization.c.id == window.c.organization_id)
        .order_by(hall.c.code, window.c.code)
    )
    for row in _rows(conn, query):
        yield (row.hall, row.code, row.name, row.name_en, row.owner, _flag(row.active))


def staff_members(conn: Connection) -> Rows:
    """Give the staff members."""
    query = (
        select(
            staff,
            organization.c.code.label("owner"),
            hall.c.code.label("hall"),
            window.c.code.label("window"),
        )
        .join(organization, organization.c.id == staff.c.organization_id)
        .outerjoin(hall, hall.c.id == staff.c.hall_id)
        .outerjoin(window, window.c.id == staff.c.window_id)
        .order_by(staff.c.number)
    )
    for row in _rows(conn, query):
        yield (row.number, row.owner, row.hall or "", row.window or "", _flag(row.active))


def items(conn: Connection) -> Rows:
    """Give the items."""
    query = (
        select(item, organization.c.code.label("owner"))
        .outerjoin(organization, organization.c.id == item.c.organization_id)
        .order_by(item.c.code)
    )
    for row in _rows(conn, query):
        flags = (_flag(row.sensitive), row.public_name, _flag(row.active))
        yield (row.code, row.name, row.name_en, row.owner or "", *flags)


def _rows(conn: Connection, query: Select[Any]) -> Iterator[Any]:
    return iter(conn.execute(query.execution_options(yield_per=_FETCH)))


def _flag(value: bool) -> str:
    return "是" if value else "否"


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
