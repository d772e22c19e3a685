"""The catalogue as lists: a page of one kind, searched and narrowed to what may be seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from haochaping.catalog.tables import hall, item, organization, region, staff, window
from haochaping.hooks.values import Words
from haochaping.store.types import Words as Text

PAGE: Final = 50
_NONE: Final[ColumnElement[str]] = literal("", Text())


@dataclass(frozen=True, slots=True)
class Where:
    """Columns that tell where a line belongs; access narrows a list by them."""

    organization_path: ColumnElement[str]
    region_path: ColumnElement[str]
    hall_id: ColumnElement[Any] | None = None
    staff_id: ColumnElement[Any] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its code, its name, what it belongs to and whether it is in use."""

    code: str
    name: Words
    belongs: Words
    place: Words
    active: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in order of their codes; `after` goes on behind the last, empty at the end."""

    lines: tuple[Line, ...]
    after: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: what may be seen, a part of code or name, where to go on."""

    seen: ColumnElement[bool]
    containing: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class _List:
    statement: Callable[[], Select[Any]]
    first: ColumnElement[str]
    second: ColumnElement[str]
    texts: tuple[ColumnElement[str], ...]
    where: Where


def kinds() -> tuple[str, ...]:
    """Return the kinds of lists, in the order in which they depend on each other."""
    return tuple(_LISTS)


def where(kind: str) -> Where:
    """Return the columns that tell where lines of a kind belong. Raises KeyError."""
    return _LISTS[kind].where


def page(conn: Connection, kind: str, wanted: Wanted) -> Page:
    """Return a page of a kind. Raises KeyError for an unknown kind."""
    chosen = _LISTS[kind]
    statement = _narrowed(chosen, wanted).order_by(chosen.first, chosen.second).limit(PAGE + 1)
    rows = conn.execute(statement).all()
    more = len(rows) > PAGE
    lines = tuple(_line(row) for row in rows[:PAGE])
    return Page(lines, f"{rows[PAGE - 1].first}~{rows[PAGE - 1].second}" if more else "")


def count(conn: Connection, kind: str, seen: ColumnElement[bool]) -> int:
    """Return how many lines of a kind may be seen."""
    statement = _LISTS[kind].statement().where(seen).subquery()
    return int(conn.execute(select(func.count()).select_from(statement)).scalar_one())


def _narrowed(chosen: _List, wanted: Wanted) -> Select[Any]:
    statement = chosen.statement().where(wanted.seen)
    if wanted.containing:
        found = (text.contains(wanted.containing, autoescape=True) for text in chosen.texts)
        statement = statement.where(or_(*found))
    if wanted.after:
        first, _, second = wanted.after.partition("~")
        bound = tuple_(literal(first, Text()), literal(second, Text()))
        statement = statement.where(tuple_(chosen.first, chosen.second) > bound)
    return statement


def _line(row: Row[Any]) -> Line:
    return Line(
        code=row.code,
        name=Words(row.name, row.name_en),
        belongs=Words(row.belongs or "", row.belongs_en or ""),
        place=Words(row.place or "", row.place_en or ""),
        active=True if row.active is None else bool(row.active),
    )


def _columns(first: Any, second: Any, **named: Any) -> Select[Any]:
    chosen = {"belongs": _NONE, "belongs_en": _NONE, "place": _NONE, "place_en": _NONE, **named}
    return select(
        first.label("first"),
        second.label("second"),
        *(column.label(name) for name, column in chosen.items()),
    )


def _names(table: Any, prefix: str) -> dict[str, Column[str]]:
    return {prefix: table.c.name, f"{prefix}_en": table.c.name_en}


def _regions() -> Select[Any]:
    above = region.alias("above")
    ended = region.c.valid_to.is_(None)
    return (
        _columns(
            region.c.code,
            _NONE,
            code=region.c.code,
            name=region.c.name,
            name_en=region.c.name_en,
            active=ended,
            **_names(above, "belongs"),
        )
        .select_from(region)
        .outerjoin(above, above.c.code == region.c.parent)
    )


def _organizations() -> Select[Any]:
    above = organization.alias("above")
    return (
        _columns(
            organization.c.code,
            _NONE,
            code=organization.c.code,
            name=organization.c.name,
            name_en=organization.c.name_en,
            active=organization.c.active,
            **_names(above, "belongs"),
            **_names(region, "place"),
        )
        .select_from(organization)
        .outerjoin(above, above.c.id == organization.c.parent_id)
        .join(region, region.c.code == organization.c.place)
    )


def _halls() -> Select[Any]:
    return (
        _columns(
            hall.c.code,
            _NONE,
            code=hall.c.code,
            name=hall.c.name,
            name_en=hall.c.name_en,
            active=hall.c.active,
            **_names(organization, "belongs"),
            **_names(region, "place"),
        )
        .select_from(hall)
        .join(organization, organization.c.id == hall.c.organization_id)
        .join(region, region.c.code == hall.c.place)
    )


def _windows() -> Select[Any]:
    return (
        _columns(
            hall.c.code,
            window.c.code,
            code=window.c.code,
            name=window.c.name,
            name_en=window.c.name_en,
            active=window.c.active,
            **_names(organization, "belongs"),
            **_names(hall, "place"),
        )
        .select_from(window)
        .join(hall, hall.c.id == window.c.hall_id)
        .join(organization, organization.c.id == window.c.organization_id)
        .join(region, region.c.code == hall.c.place)
    )


def _staff() -> Select[Any]:
    return (
        _columns(
            staff.c.number,
            _NONE,
            code=staff.c.number,
            name=staff.c.number,
            name_en=_NONE,
            active=staff.c.active,
            **_names(organization, "belongs"),
            **_names(hall, "place"),
        )
        .select_from(staff)
        .join(organization, organization.c.id == staff.c.organization_id)
        .join(region, region.c.code == organization.c.place)
        .outerjoin(hall, hall.c.id == staff.c.hall_id)
    )


def _items() -> Select[Any]:
    return (
        _columns(
            item.c.code,
            _NONE,
            code=item.c.code,
            name=item.c.name,
            name_en=item.c.name_en,
            active=item.c.active,
            **_names(organization, "belongs"),
        )
        .select_from(item)
        .outerjoin(organization, organization.c.id == item.c.organization_id)
        .outerjoin(region, region.c.code == organization.c.place)
    )


_OF_UNIT: Final = Where(organization.c.path, region.c.path)
_OF_HALL: Final = Where(organization.c.path, region.c.path, hall.c.id)


def _named(table: Any) -> tuple[ColumnElement[str], ...]:
    return (table.c.code, table.c.name)


_LISTS: Final[Mapping[str, _List]] = MappingProxyType(
    {
        "regions": _List(
            _regions, region.c.code, _NONE, _named(region), Where(_NONE, region.c.path)
        ),
        "organizations": _List(
            _organizations, organization.c.code, _NONE, _named(organization), _OF_UNIT
        ),
        "halls": _List(_halls, hall.c.code, _NONE, _named(hall), _OF_HALL),
        "windows": _List(
            _windows, hall.c.code, window.c.code, (*_named(window), hall.c.name), _OF_HALL
        ),
        "staff": _List(
            _staff,
            staff.c.number,
            _NONE,
            (staff.c.number,),
            Where(organization.c.path, region.c.path, staff.c.hall_id, staff.c.id),
        ),
        "items": _List(_items, item.c.code, _NONE, _named(item), _OF_UNIT),
    }
)
