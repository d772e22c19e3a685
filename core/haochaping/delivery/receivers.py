"""Who is meant by `handler`, `unit_head`, `supervisor`, `managing_department` of a unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, literal, or_, select

from haochaping.access.roles import Role
from haochaping.access.tables import account, account_grant, is_set
from haochaping.catalog.tables import organization, region

_WANTED: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "handler": frozenset({Role.HANDLER, Role.UNIT_LIAISON}),
        "unit_head": frozenset({Role.LEADER}),
        "supervisor": frozenset({Role.SUPERVISOR}),
        "managing_department": frozenset({Role.SUPERVISOR}),
    }
)
_OTHERWISE: Final[Mapping[str, str]] = MappingProxyType(
    {"handler": "unit_head", "unit_head": "supervisor", "managing_department": "supervisor"}
)
"""To whom a message goes when nobody holds the part it was meant for."""


@dataclass(frozen=True, slots=True)
class Unit:
    """An organization by the paths that grants are held in."""

    id: int
    path: str
    region_path: str


def resolve(conn: Connection, to: str, organization_id: int | None) -> tuple[int, ...]:
    """Return the accounts a message goes to; empty when there is nobody.

    Of those whose grant covers the organization, the nearest are taken: first grants on
    the organization itself, then on those above it, then on its region, then unbounded
    ones. `managing_department` looks above the organization only.
    """
    if to.startswith("account:"):
        return _open_account(conn, int(to.removeprefix("account:")))
    unit = None if organization_id is None else _unit(conn, organization_id)
    if unit is None:
        return ()
    found = (_nearest(conn, word, unit) for word in _ladder(to))
    return next((accounts for accounts in found if accounts), ())


def _ladder(word: str) -> tuple[str, ...]:
    """Return the parts to look for, each in case nobody holds those before it."""
    if word not in _WANTED:
        return ()
    return (word, *_ladder(_OTHERWISE.get(word, "")))


def _nearest(conn: Connection, word: str, unit: Unit) -> tuple[int, ...]:
    grants = _covering(conn, _WANTED[word], unit)
    if word == "managing_department":
        grants = [grant for grant in grants if grant.organization_id != unit.id]
    if not grants:
        return ()
    best = max(_nearness(grant) for grant in grants)
    return tuple(sorted({grant.account_id for grant in grants if _nearness(grant) == best}))


def _nearness(grant: Row[Any]) -> tuple[int, int]:
    return len(grant.path or ""), len(grant.region_path or "")


def _covering(conn: Connection, roles: frozenset[Role], unit: Unit) -> list[Row[Any]]:
    held = account_grant.c
    statement = (
        select(
            held.account_id,
            held.organization_id,
            organization.c.path,
            region.c.path.label("region_path"),
        )
        .join(account, account.c.id == held.account_id)
        .outerjoin(organization, organization.c.id == held.organization_id)
        .outerjoin(region, region.c.code == held.region)
        .where(
            held.role.in_(roles),
            held.revoked_at.is_(None),
            is_set(account.c.active),
            and_(held.hall_id.is_(None), held.staff_id.is_(None)),
            or_(held.organization_id.is_(None), _starts(unit.path, organization.c.path)),
            or_(held.region == "", _starts(unit.region_path, region.c.path)),
        )
    )
    return list(conn.execute(statement))


def _starts(path: str, prefix: Any) -> Any:
    return func.substr(literal(path), 1, func.length(prefix)) == prefix


def _unit(conn: Connection, organization_id: int) -> Unit | None:
    statement = (
        select(organization.c.id, organization.c.path, region.c.path.label("region_path"))
        .join(region, region.c.code == organization.c.place)
        .where(organization.c.id == organization_id)
    )
    row = conn.execute(statement).one_or_none()
    return None if row is None else Unit(row.id, row.path, row.region_path)


def _open_account(conn: Connection, account_id: int) -> tuple[int, ...]:
    statement = select(account.c.id).where(account.c.id == account_id, is_set(account.c.active))
    return tuple(conn.execute(statement).scalars())
