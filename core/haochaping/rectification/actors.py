"""Who acts on a case, and what they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from haochaping.rectification import machine


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts on a case; the caller has checked that the case is in their scope.

    account_id: None for the rater and the system. staff_id: the staff member that the
    account belongs to, if any. organization_paths: paths of the units it belongs to.
    """

    account_id: int | None
    staff_id: int | None = None
    permissions: frozenset[str] = frozenset()
    organization_paths: tuple[str, ...] = ()

    def may(self, permission: str) -> bool:
        """Say whether the actor holds a permission."""
        return permission in self.permissions

    def within(self, path: str) -> bool:
        """Say whether the actor belongs to the unit at `path` or to a part of it."""
        return any(own.startswith(path) for own in self.organization_paths)


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
