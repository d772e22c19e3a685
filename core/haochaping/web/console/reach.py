"""How far somebody's permissions reach: services, units, counties, the whole deployment."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import Connection, select

from haochaping.access.principals import Forbidden, Principal, Scope, allowed, visible
from haochaping.catalog import places, regions
from haochaping.catalog.places import Place
from haochaping.catalog.tables import organization, region
from haochaping.hooks.values import OccurrenceKey
from haochaping.web.errors import NotFound
from haochaping.web.guard import principal

_KEY: Final = re.compile(r"([0-9]{6})-([0-9]{6})-([0-9]{1,19})")


def key_text(key: OccurrenceKey) -> str:
    """Return a key as it stands in addresses: `330106-202611-99`."""
    return f"{key.region}-{key.served_month}-{key.id}"


def key_of(text: str) -> OccurrenceKey:
    """Return the key of an address. Raises NotFound."""
    found = _KEY.fullmatch(text)
    if found is None or int(found[3]) >= 2**63:
        raise NotFound()
    return OccurrenceKey(found[1], int(found[2]), int(found[3]))


def scope_of(place: Place | None) -> Scope | None:
    """Return where something lies, for asking whether somebody's grants reach it."""
    if place is None:
        return None
    return Scope(place.region_path, place.organization_path, place.hall_id, place.staff_id)


def reaches(conn: Connection, permission: str, key: OccurrenceKey) -> bool:
    """Say whether who is signed in holds a permission for a service."""
    scope = scope_of(places.of_occurrence(conn, key))
    return scope is not None and allowed(principal(), permission, scope)


def reaches_unit(conn: Connection, permission: str, kind: str, subject_id: int) -> bool:
    """Say whether who is signed in holds a permission for a unit of the catalogue."""
    scope = scope_of(places.of_subject(conn, kind, subject_id))
    return scope is not None and allowed(principal(), permission, scope)


def everywhere(permission: str, who: Principal | None = None) -> bool:
    """Say whether a permission is held in the whole deployment."""
    return allowed(who or principal(), permission, Scope())


def require_everywhere(permission: str) -> None:
    """Raise Forbidden unless a permission is held in the whole deployment."""
    if not everywhere(permission):
        raise Forbidden(permission=permission)


def region_scope(conn: Connection, code: str) -> Scope:
    """Return the scope of a region; empty, as the whole deployment, without a code."""
    return Scope(regions.path_of(conn, code) or "") if code else Scope()


def counties(conn: Connection, permission: str) -> tuple[str, ...] | None:
    """Return the counties that a permission may touch anywhere in; None means all.

    A grant within an organization touches the counties of its units: what is listed must
    still be asked about one by one.
    """
    who = principal()
    if everywhere(permission, who):
        return None
    statement = (
        select(region.c.county)
        .outerjoin(organization, organization.c.place == region.c.code)
        .where(visible(who, permission, organization.c.path, region.c.path))
        .distinct()
    )
    return tuple(conn.execute(statement).scalars())
