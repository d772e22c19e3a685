"""Which case a signed-in person may see, and as whom they act on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from haochaping.access.contact import Contact, permitted
from haochaping.access.principals import Scope, allowed, visible
from haochaping.catalog.tables import organization, region
from haochaping.rectification import tasks, visits
from haochaping.rectification.actors import Actor, actor_for
from haochaping.rectification.case_view import scope_of
from haochaping.rectification.machine import HANDLE, PARTNER, REVIEW, SUPERVISE, THIRD_PARTY, VISIT
from haochaping.rectification.moves import INSIDE_UNIT, may_see
from haochaping.rectification.problems import UnknownCase
from haochaping.rectification.queue import ORGANIZATION_PATH, REGION_PATH
from haochaping.rectification.records import Case, by_public_id
from haochaping.rectification.tables import rectification_case
from haochaping.web.guard import principal
from haochaping.web.site import site

READ: Final = "case.read"
_BESIDE: Final = (SUPERVISE, REVIEW)


@dataclass(frozen=True, slots=True)
class Sight:
    """A case that the signed-in person may see, and that person as an actor."""

    case: Case
    actor: Actor
    scope: Scope

    @property
    def whole(self) -> bool:
        """Say whether all of the case may be seen, not only what its unit sees."""
        return any(self.actor.may(permission) for permission in _BESIDE)

    @property
    def contact(self) -> Contact:
        """How this person may contact the rater."""
        if not self.case.real_name:
            return Contact.NONE
        mode = site().profile.rules.access.contact
        return permitted(mode, principal(), self.scope, self.case.staff_id)


def look(conn: Connection, public_id: str, at: datetime) -> Sight:
    """Return the case for whoever is signed in. Raises UnknownCase, whatever the reason."""
    case = by_public_id(conn, public_id)
    scope = scope_of(conn, case)
    actor = actor_for(conn, principal(), scope)
    if not _reaches(conn, case, scope):
        actor = _as_partner(conn, case, actor)
    if not may_see(case, actor, at):
        raise UnknownCase
    return Sight(case, actor, scope)


def _as_partner(conn: Connection, case: Case, actor: Actor) -> Actor:
    """Return the actor as one of a partner in joint handling. Raises UnknownCase for others."""
    who = principal()
    for task in tasks.tasks_of(conn, case):
        place = Scope(organization_path=task.path)
        if task.state in (tasks.OPEN, tasks.DONE) and allowed(who, HANDLE, place):
            return replace(actor, permissions=frozenset({PARTNER}))
    raise UnknownCase


def seen(*permissions: str) -> ColumnElement[bool]:
    """Return the condition that keeps of a list of cases what one of the permissions shows."""
    who = principal()
    return or_(*(visible(who, one, ORGANIZATION_PATH, REGION_PATH) for one in permissions))


def readable(at: datetime) -> ColumnElement[bool]:
    """Return the condition that keeps of a list of cases what may be read at a moment.

    What somebody reads as one of the unit they read once it has reached the unit; what
    they supervise or review at once, but for reviewers who act for units themselves.
    """
    who = principal()
    at_once = (SUPERVISE,) if any(map(who.may, INSIDE_UNIT)) else (SUPERVISE, REVIEW)
    released = rectification_case.c.visible_at <= at
    return or_(seen(*at_once), and_(seen(READ), released))


def reviewed() -> ColumnElement[bool]:
    """Return the condition that keeps of `rectification_case` what one reviews appeals of."""
    inside = (
        select(rectification_case.c.id)
        .join(organization, organization.c.id == rectification_case.c.organization_id)
        .join(region, region.c.code == rectification_case.c.region, isouter=True)
        .where(seen(REVIEW))
    )
    return rectification_case.c.id.in_(inside)


def _reaches(conn: Connection, case: Case, scope: Scope) -> bool:
    who = principal()
    if allowed(who, READ, scope) or allowed(who, REVIEW, scope):
        return True
    if allowed(who, THIRD_PARTY, scope) and _contacts_for_units():
        return True
    return allowed(who, VISIT, scope) and bool(visits.visits_of(conn, case))


def _contacts_for_units() -> bool:
    return bool(site().profile.rules.access.contact == "third_party")
