"""Units that an opinion can be about: halls and organizations, found by name or code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, literal, select, union_all

from haochaping.access.tables import is_set
from haochaping.catalog.tables import hall, organization
from haochaping.hooks.values import Words

HALL, ORGANIZATION = "hall", "organization"
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: `organization_id` answers for it, `hall_id` is set for a hall."""

    kind: str
    code: str
    name: Words
    organization_id: int
    hall_id: int | None


def search(conn: Connection, wanted: str) -> tuple[Unit, ...]:
    """Return at most 20 units whose name holds the words or whose code they are."""
    text = f"%{_escaped(wanted)}%"
    statement = union_all(
        _halls().where(
            hall.c.name.like(text, escape="\\") | (hall.c.code == wanted), is_set(hall.c.active)
        ),
        _organizations().where(
            organization.c.name.like(text, escape="\\") | (organization.c.code == wanted),
            is_set(organization.c.active),
        ),
    )
    return tuple(_unit(row) for row in conn.execute(statement.limit(MOST)))


def find(conn: Connection, kind: str, code: str) -> Unit | None:
    """Return a unit by its kind and code."""
    if kind == HALL:
        statement = _halls().where(hall.c.code == code)
    elif kind == ORGANIZATION:
        statement = _organizations().where(organization.c.code == code)
    else:
        return None
    row = conn.execute(statement).one_or_none()
    return None if row is None else _unit(row)


def _halls() -> Any:
    return select(
        literal(HALL).label("kind"),
        hall.c.code,
        hall.c.name,
        hall.c.name_en,
        hall.c.organization_id,
        hall.c.id.label("unit_id"),
    )


def _organizations() -> Any:
    return select(
        literal(ORGANIZATION).label("kind"),
        organization.c.code,
        organization.c.name,
        organization.c.name_en,
        organization.c.id.label("organization_id"),
        organization.c.id.label("unit_id"),
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _unit(row: Row[Any]) -> Unit:
    return Unit(
        row.kind,
        row.code,
        Words(row.name, row.name_en or ""),
        row.organization_id,
        row.unit_id if row.kind == HALL else None,
    )
