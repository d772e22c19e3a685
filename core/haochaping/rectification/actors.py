"""Who acts on a case, and what they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from haochaping.access.principals import Principal, Scope, allowed
from haochaping.access.roles import PERMISSIONS
from haochaping.catalog.tables import hall, organization, staff
from haochaping.rectification import machine


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts on a case; the caller has checked that the case is in their scope.

    account_id: None for the rater and the system. staff_ids: the staff members that the
    account is. organization_paths: paths of the units it belongs to.
    """

    account_id: int | None
    staff_ids: frozenset[int] = frozenset()
    permissions: frozenset[str] = frozenset()
    organization_paths: tuple[str, ...] = ()

    def may(self, permission: str) -> bool:
        """Say whether the actor holds a permission."""
        return permission in self.permissions

    def within(self, path: str) -> bool:
        """Say whether the actor belongs to the unit at `path` or to a part of it."""
        return any(own.startswith(path) for own in self.organization_paths)


def actor_for(conn: Connection, principal: Principal, scope: Scope) -> Actor:
    """Return the principal as an actor: the permissions held for an object in `scope`."""
    held = {name for name in _PERMISSIONS if allowed(principal, name, scope)}
    return Actor(
        principal.account_id,
        principal.staff_ids,
        frozenset(held),
        tuple(sorted(_units(conn, principal))),
    )


def _units(conn: Connection, principal: Principal) -> set[str]:
    """Return the paths of the units that the principal's grants name, directly or not."""
    halls = {grant.hall_id for grant in principal.grants if grant.hall_id is not None}
    people = principal.staff_ids
    indirect = select(organization.c.path).where(
        organization.c.id.in_(select(hall.c.organization_id).where(hall.c.id.in_(halls)))
        | organization.c.id.in_(select(staff.c.organization_id).where(staff.c.id.in_(people)))
    )
    direct = {grant.organization_path for grant in principal.grants if grant.organization_path}
    return direct | set(conn.execute(indirect).scalars())


_PERMISSIONS: Final = frozenset(
    name for move in machine.MOVES for name in move.who if name in PERMISSIONS
)
RATER: Final = Actor(None, permissions=frozenset({machine.RATER}))
SYSTEM: Final = Actor(None, permissions=frozenset({machine.SYSTEM}))


@dataclass(frozen=True, slots=True)
class Order:
    """An action on a case as a page sends it.

    `version` is the one of the case as it was shown: if the case has changed since then,
    nothing is done. `note` is for staff, `public_note` is shown to the rater, `text` is
    the reply, the message or the rater's reason itself.
    """

    public_id: str
    version: int
    actor: Actor
    at: datetime
    note: str = ""
    public_note: str = ""
    text: str = ""


def by_system(public_id: str, version: int, at: datetime) -> Order:
    """Return an order of the software itself."""
    return Order(public_id, version, SYSTEM, at)
