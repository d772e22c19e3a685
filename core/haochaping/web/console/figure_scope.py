"""Where somebody's figures are taken from: the subtrees of their grants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, true

from haochaping.access.principals import Grant
from haochaping.access.roles import ROLE_PERMISSIONS
from haochaping.catalog import subjects
from haochaping.grading import figures
from haochaping.rectification.queue import ORGANIZATION_PATH, REGION_PATH
from haochaping.web.console.own import place_of
from haochaping.web.guard import principal
from haochaping.web.site import site

EXACT: Final = "figures.exact"


@dataclass(frozen=True, slots=True)
class FigureScope:
    """A subtree of regions or organizations; `number` tells it in addresses."""

    number: int
    title: str
    grant: Grant

    @property
    def kind(self) -> str:
        """The kind of subject that the scope's totals are summed over."""
        return "organization" if self.grant.organization_id else "region"

    @property
    def ids(self) -> figures.Ids:
        """Which subjects of that kind, None for all."""
        if self.grant.organization_id:
            return subjects.in_organization("organization", self._path)
        return figures.within_region(self.grant.region) if self.grant.region else None

    def units(self) -> Select[int] | None:
        """Return the organizations within the scope, None for all."""
        return self.of("organization")

    def of(self, kind: str) -> Select[int] | None:
        """Return the active units of a kind within the scope, None for all."""
        if self.grant.organization_id:
            return subjects.in_organization(kind, self._path)
        if self.grant.region:
            return subjects.in_region(kind, self.grant.region_path)
        return None

    def seen(self) -> ColumnElement[bool]:
        """Return the condition that keeps the cases within the scope."""
        if self.grant.organization_id:
            return _under(ORGANIZATION_PATH, self._path)
        return _under(REGION_PATH, self.grant.region_path) if self.grant.region else true()

    @property
    def _path(self) -> str:
        return self.grant.organization_path or "/0/"  # a unit that is gone holds nothing


def scopes() -> tuple[FigureScope, ...]:
    """Return the scopes of whoever is signed in, in the order of their grants."""
    with site().store.read() as conn:
        return tuple(_scopes(conn))


def chosen(number: int | None) -> FigureScope:
    """Return the scope with that number, the first one when there is none."""
    found = {one.number: one for one in scopes()}
    return found.get(number or 0, next(iter(found.values())))


def _scopes(conn: Connection) -> list[FigureScope]:
    held = [one for one in principal().grants if EXACT in ROLE_PERMISSIONS[one.role]]
    return [FigureScope(number, place_of(conn, grant), grant) for number, grant in enumerate(held)]


def _under(column: ColumnElement[Any], path: str) -> ColumnElement[bool]:
    return func.substr(column, 1, len(path)) == path
