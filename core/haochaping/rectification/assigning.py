"""Who works on a case: assigned by the unit or its supervisors, one case after another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, literal, select

from haochaping.access import grants
from haochaping.access.principals import allowed
from haochaping.access.roles import ROLE_PERMISSIONS
from haochaping.access.tables import account, account_grant
from haochaping.catalog.tables import organization
from haochaping.hooks.values import Words
from haochaping.rectification.actors import Order
from haochaping.rectification.case_view import scope_of
from haochaping.rectification.context import Context
from haochaping.rectification.machine import HANDLE
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.problems import NeedMissing, OwnMatter
from haochaping.rectification.records import Case
from haochaping.rectification.tables import rectification_case
from haochaping.store.types import Flag

_HANDLING: Final = sorted(
    str(role) for role, permissions in ROLE_PERMISSIONS.items() if HANDLE in permissions
)
_NOBODY: Final = Words("请选择有权办理这个工单的人员", "Choose somebody who may handle this case")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody to whom cases may be assigned."""

    login: str
    name: str
    unit: Words


def assign(context: Context, conn: Connection, order: Order, account_id: int) -> Case:
    """Assign a case to somebody who may handle it; every due moment stays.

    Raises OwnMatter when the case is about that person, NeedMissing when they may not
    handle it, else like `moves.begin`.
    """
    case = begin(context, conn, order, "assign")
    who = grants.principal(conn, account_id)
    if who is None or not allowed(who, HANDLE, scope_of(conn, case)):
        raise NeedMissing(_NOBODY, need="account")
    if case.staff_id is not None and case.staff_id in who.staff_ids:
        raise OwnMatter
    return finish(context, conn, case, "assign", order, assignee_id=account_id)


def candidates(conn: Connection, public_ids: Collection[str]) -> tuple[Candidate, ...]:
    """Return who may handle at least one of some cases, by their unit and name."""
    paths = _paths(conn, public_ids)
    held, unit = account_grant.c, organization.c
    statement = (
        select(account.c.id, account.c.login, account.c.name, unit.name.label("unit"), unit.path)
        .join(account_grant, held.account_id == account.c.id)
        .join(organization, unit.id == held.organization_id)
        .where(held.role.in_(_HANDLING), held.revoked_at.is_(None))
        .where(account.c.active == literal(True, Flag()))
        .order_by(unit.path, account.c.name, account.c.id)
    )
    found = {
        row.id: Candidate(row.login, row.name, Words(row.unit))
        for row in conn.execute(statement)
        if any(path.startswith(row.path) for path in paths)
    }
    return tuple(found.values())


def _paths(conn: Connection, public_ids: Collection[str]) -> Sequence[str]:
    cases = rectification_case.c
    statement = (
        select(organization.c.path)
        .join(rectification_case, cases.organization_id == organization.c.id)
        .where(cases.public_id.in_(list(public_ids)))
        .distinct()
    )
    return conn.execute(statement).scalars().all() if public_ids else ()
