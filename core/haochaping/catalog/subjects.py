"""What figures are kept of: names and subtrees of every kind of unit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, case, cast, literal, select

from haochaping.catalog import trees
from haochaping.catalog.keys import among
from haochaping.catalog.tables import hall, item, organization, region, staff, window
from haochaping.hooks.values import Subject, Words
from haochaping.store.types import Flag, Id
from haochaping.store.types import Words as Text

KINDS: Final = ("region", "organization", "hall", "window", "staff", "item")
"""Kinds of subjects; the id of a region is its code as a number."""

_YES: Final = literal(True, Flag())
_NONE: Final = literal("", Text())
_REGION_ID: Final[ColumnElement[int]] = cast(region.c.code, Id()).label("id")


def _columns(identity: Any, code: Any, name: Any, name_en: Any, place: Any) -> Select[Any]:
    return select(
        identity.label("id"),
        code.label("code"),
        name.label("name"),
        name_en.label("name_en"),
        place.label("region"),
    )


_ITEM_NAME: Final = case((item.c.sensitive == _YES, item.c.public_name), else_=item.c.name)
_ITEM_NAME_EN: Final = case((item.c.sensitive == _YES, _NONE), else_=item.c.name_en)
_ITEM_CODE: Final = case((item.c.sensitive == _YES, _NONE), else_=item.c.code)

_QUERIES: Final[Mapping[str, Select[Any]]] = {
    "region": _columns(_REGION_ID, region.c.code, region.c.name, region.c.name_en, region.c.county),
    "organization": _columns(
        organization.c.id,
        organization.c.code,
        organization.c.name,
        organization.c.name_en,
        organization.c.region,
    ),
    "hall": _columns(hall.c.id, hall.c.code, hall.c.name, hall.c.name_en, hall.c.region),
    "window": _columns(
        window.c.id, window.c.code, window.c.name, window.c.name_en, hall.c.region
    ).join(hall, hall.c.id == window.c.hall_id),
    "staff": _columns(
        staff.c.id, staff.c.number, staff.c.number, _NONE, organization.c.region
    ).join(organization, organization.c.id == staff.c.organization_id),
    "item": _columns(
        item.c.id, _ITEM_CODE, _ITEM_NAME, _ITEM_NAME_EN, organization.c.region
    ).outerjoin(organization, organization.c.id == item.c.organization_id),
}

_CODES: Final = {
    "region": (region.c.code, _REGION_ID),
    "organization": (organization.c.code, organization.c.id),
    "hall": (hall.c.code, hall.c.id),
    "staff": (staff.c.number, staff.c.id),
    "item": (item.c.code, item.c.id),
}

_TABLES: Final = {
    "organization": organization,
    "hall": hall,
    "window": window,
    "staff": staff,
    "item": item,
}


def names(conn: Connection, kind: str, ids: Collection[int]) -> dict[int, Subject]:
    """Return the subjects of a kind by id, in one statement; unknown ids are left out.

    A sensitive item shows its public name and no code, a staff member only the number.
    Raises KeyError for an unknown kind.
    """
    if not ids:
        return {}
    if kind == "region":
        condition = among(conn, region.c.code, {str(one) for one in ids})
    else:
        condition = among(conn, _TABLES[kind].c.id, ids)
    return _found(conn, kind, condition)


def by_code(conn: Connection, kind: str, codes: Collection[str]) -> dict[str, int]:
    """Return the ids of subjects by their codes (staff by number); unknown ones are left out.

    Windows have no code of their own. Raises KeyError for them and for an unknown kind.
    """
    column, identity = _CODES[kind]
    rows = conn.execute(select(column, identity).where(column.in_(set(codes))))
    return {code: number for code, number in rows}


def units_of(conn: Connection, kind: str, ids: Collection[int]) -> dict[int, int]:
    """Return the organizations that subjects belong to, by subject; unknown ones are left out.

    Regions belong to none. Raises KeyError for an unknown kind.
    """
    if kind == "region" or not ids:
        return {}
    table = _TABLES[kind]
    owner = table.c.id if kind == "organization" else table.c.organization_id
    rows = conn.execute(select(table.c.id, owner).where(among(conn, table.c.id, ids)))
    return {number: unit for number, unit in rows if unit is not None}


def units(conn: Connection) -> tuple[Subject, ...]:
    """Return the active organizations, by name."""
    statement = _QUERIES["organization"].where(organization.c.active == _YES)
    rows = conn.execute(statement.order_by(organization.c.name, organization.c.id)).mappings()
    return tuple(_subject("organization", row) for row in rows)


def all_of(conn: Connection, kind: str, ids: Select[int]) -> dict[int, Subject]:
    """Return the subjects of a kind whose ids a query gives, in one statement."""
    identity = _REGION_ID if kind == "region" else _TABLES[kind].c.id
    return _found(conn, kind, identity.in_(ids))


def in_region(kind: str, path: str) -> Select[int]:
    """Return the query for the ids of the active units of a kind within a region's path."""
    if kind == "region":
        return select(_REGION_ID).where(trees.within(region.c.path, path))
    inside = select(region.c.code).where(trees.within(region.c.path, path))
    if kind in {"hall", "window"}:
        halls = select(hall.c.id).where(hall.c.place.in_(inside), hall.c.active == _YES)
        return halls if kind == "hall" else _active("window").where(window.c.hall_id.in_(halls))
    owners = select(organization.c.id).where(organization.c.place.in_(inside))
    return _owned(kind, owners)


def in_organization(kind: str, path: str) -> Select[int]:
    """Return the query for the ids of the active units of a kind within an organization's path."""
    inside = trees.within(organization.c.path, path)
    if kind == "region":
        places = select(organization.c.place).where(inside)
        return select(_REGION_ID).where(region.c.code.in_(places))
    return _owned(kind, select(organization.c.id).where(inside))


def _owned(kind: str, owners: Select[int]) -> Select[int]:
    if kind == "organization":
        return owners.where(organization.c.active == _YES)
    return _active(kind).where(_TABLES[kind].c.organization_id.in_(owners))


def _active(kind: str) -> Select[int]:
    table = _TABLES[kind]
    return select(table.c.id).where(table.c.active == _YES)


def _found(conn: Connection, kind: str, condition: ColumnElement[bool]) -> dict[int, Subject]:
    rows = conn.execute(_QUERIES[kind].where(condition)).mappings()
    return {row["id"]: _subject(kind, row) for row in rows}


def _subject(kind: str, row: Mapping[Any, Any]) -> Subject:
    return Subject(
        kind=kind,
        id=row["id"],
        name=Words(row["name"], row["name_en"]),
        region=row["region"] or "",
        code=row["code"],
    )
