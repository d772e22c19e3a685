"""Who acts and where they may: principals, grants and the scopes they reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, true

from haochaping.access.roles import ROLE_PERMISSIONS, Role
from haochaping.hooks.values import Words
from haochaping.problems import Problem


class Forbidden(Problem):
    """Who is signed in has no right to do this here."""

    code = "HCP-FORBIDDEN"
    status = 403
    title = Words("没有权限进行此操作", "You have no right to do this")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and where it holds; what is empty or None does not bound it.

    The two paths are those of the region and the organization, from their root.
    """

    role: Role
    region: str = ""
    organization_id: int | None = None
    hall_id: int | None = None
    staff_id: int | None = None
    region_path: str = ""
    organization_path: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an object lies: paths of its region and organization, its hall, its staff member."""

    region_path: str = ""
    organization_path: str = ""
    hall_id: int | None = None
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """An account that acts, with the grants it holds now."""

    account_id: int
    name: str
    grants: tuple[Grant, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held anywhere."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def staff_ids(self) -> frozenset[int]:
        """The staff members that this account is."""
        return frozenset(grant.staff_id for grant in self.grants if grant.staff_id is not None)

    def may(self, permission: str) -> bool:
        """Say whether the permission is held anywhere, as for an entry of the navigation."""
        return any(True for _ in _granting(self, permission))


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of a list by which it is narrowed to what may be seen."""

    organization_path: ColumnElement[str]
    region_path: ColumnElement[str]
    hall_id: ColumnElement[Any] | None = None
    staff_id: ColumnElement[Any] | None = field(default=None)


def allowed(principal: Principal, permission: str, scope: Scope) -> bool:
    """Say whether the principal holds the permission for an object in `scope`."""
    return any(_covers(grant, scope) for grant in _granting(principal, permission))


def require(principal: Principal, permission: str, scope: Scope) -> None:
    """Raise Forbidden unless the principal holds the permission for an object in `scope`."""
    if not allowed(principal, permission, scope):
        raise Forbidden(permission=permission)


def own_matter(principal: Principal, rated_staff_id: int | None) -> bool:
    """Say whether the principal is the rated staff member.

    Nobody rates, handles, reviews or voids in their own matter.
    """
    return rated_staff_id is not None and rated_staff_id in principal.staff_ids


def visible(
    principal: Principal,
    permission: str,
    organization_path: ColumnElement[str],
    region_path: ColumnElement[str],
) -> ColumnElement[bool]:
    """Return the condition that keeps of a list what the principal may see.

    Grants bound to a hall or a staff member show nothing here: use `visible_in` for
    lists that have such columns.
    """
    return visible_in(principal, permission, Columns(organization_path, region_path))


def visible_in(principal: Principal, permission: str, columns: Columns) -> ColumnElement[bool]:
    """Return the condition that keeps of a list what the principal may see."""
    return or_(false(), *(_condition(grant, columns) for grant in _granting(principal, permission)))


def _granting(principal: Principal, permission: str) -> Iterator[Grant]:
    return (
        grant for grant in principal.grants if permission in ROLE_PERMISSIONS.get(grant.role, ())
    )


def _covers(grant: Grant, scope: Scope) -> bool:
    return (
        _reaches(grant.region, grant.region_path, scope.region_path)
        and _reaches(grant.organization_id, grant.organization_path, scope.organization_path)
        and grant.hall_id in (None, scope.hall_id)
        and grant.staff_id in (None, scope.staff_id)
    )


def _reaches(bound: str | int | None, path: str, place: str) -> bool:
    # a bound whose region or organization is gone has no path and reaches nothing
    return not bound or (bool(path) and place.startswith(path))


def _condition(grant: Grant, columns: Columns) -> ColumnElement[bool]:
    return and_(
        _under(grant.region, grant.region_path, columns.region_path),
        _under(grant.organization_id, grant.organization_path, columns.organization_path),
        _equal(grant.hall_id, columns.hall_id),
        _equal(grant.staff_id, columns.staff_id),
    )


def _under(bound: str | int | None, path: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    if not bound:
        return true()
    if not path:
        return false()
    return func.substr(column, 1, len(path)) == path  # exact in both databases, unlike LIKE


def _equal(bound: int | None, column: ColumnElement[Any] | None) -> ColumnElement[bool]:
    if bound is None:
        return true()
    return false() if column is None else column == bound
