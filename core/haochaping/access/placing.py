"""Roles and places as people write them: role names and the codes of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from haochaping.access.grants import GrantRefused, NewGrant
from haochaping.access.roles import MACHINES, ROLE_NAMES, Role
from haochaping.catalog import codes
from haochaping.hooks.values import Words

_Ref = codes.OrganizationRef | codes.HallRef | codes.StaffRef


@dataclass(frozen=True, slots=True)
class Place:
    """Where a role holds, by the codes that outsiders know; empty does not bound it."""

    region: str = ""
    organization: str = ""
    hall: str = ""
    staff: str = ""


def role_named(text: str) -> Role:
    """Return the role of a word, a Chinese or an English name. Raises GrantRefused."""
    wanted = " ".join(text.split()).casefold()
    for role, names in ROLE_NAMES.items():
        if role not in MACHINES and wanted in _spellings(role, names):
            return role
    offered = "、".join(names.zh for role, names in ROLE_NAMES.items() if role not in MACHINES)
    words = ", ".join(role for role in ROLE_NAMES if role not in MACHINES)
    raise GrantRefused(
        Words(f"没有角色「{text}」，可用：{offered}", f"There is no role “{text}”, use: {words}")
    )


def grant_of(conn: Connection, account_id: int, role: Role, place: Place) -> NewGrant:
    """Return the grant of a role in a place. Raises GrantRefused for a code that is not there."""
    return NewGrant(
        account_id,
        role,
        region=place.region,
        organization_id=organization_id(conn, place.organization),
        hall_id=_id(codes.halls(conn, [place.hall]), place.hall),
        staff_id=_id(codes.staff_members(conn, [place.staff]), place.staff),
    )


def organization_id(conn: Connection, code: str) -> int | None:
    """Return the id of an organization, None for no code. Raises GrantRefused when unknown."""
    return _id(codes.organizations(conn, [code]), code)


def _spellings(role: Role, names: Words) -> frozenset[str]:
    word = str(role)
    return frozenset({word, word.replace("_", " "), names.zh, names.en.casefold()})


def _id(found: Mapping[str, _Ref], code: str) -> int | None:
    if not code:
        return None
    if code not in found:
        raise GrantRefused(
            Words(
                f"「{code}」不在目录中，请先导入或核对代码",
                f"The catalogue has no “{code}”: import it first or correct the code",
            )
        )
    return found[code].id
