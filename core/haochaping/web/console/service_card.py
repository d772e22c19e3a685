"""A service as staff see it who enter what its rater says: no person, no grade."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from haochaping.access.principals import own_matter
from haochaping.evaluation import targets
from haochaping.evaluation.problems import UnknownOccurrence
from haochaping.evaluation.targets import Target
from haochaping.hooks.values import OccurrenceKey, UnitRef, Words
from haochaping.problems import Problem
from haochaping.web import formats
from haochaping.web.console import reach
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words


class OwnMatter(Problem):
    """Who served must not enter the rating of it."""

    code = "HCP-OWN-SERVICE"
    status = 403
    title = Words(
        "这次服务由您本人提供，须由其他人员录入评价",
        "You provided this service yourself: somebody else must enter its rating",
    )


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """A service: its address, what it was and where, and whether it was rated."""

    address: str
    item: str
    day: str
    where: str
    unit: str
    case_no: str
    rated: bool


def load(conn: Connection, permission: str, key: OccurrenceKey) -> Target:
    """Return a service for whoever may enter its rating.

    Raises UnknownOccurrence, also for a service beyond reach, and OwnMatter.
    """
    found = targets.find(conn, key)
    if found is None or not reach.reaches(conn, permission, key):
        raise UnknownOccurrence
    staff = found.occurrence.staff
    if own_matter(principal(), None if staff is None else staff.id):
        raise OwnMatter
    return found


def card(found: Target) -> ServiceCard:
    """Return a service as a list shows it."""
    service = found.occurrence
    return ServiceCard(
        address=reach.key_text(service.key),
        item=item_of(found),
        day=formats.day(service.served_at),
        where=" · ".join(filter(None, (_name(service.hall), _name(service.window)))),
        unit=words(service.organization.name),
        case_no=service.case_no,
        rated=found.rated_id is not None,
    )


def item_of(found: Target) -> str:
    """Return the item in words."""
    return _name(found.occurrence.item) or _("政务服务事项")


def _name(unit: UnitRef | None) -> str:
    return words(unit.name) if unit is not None else ""
