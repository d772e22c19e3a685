"""Granting roles and taking them back, and the principal that results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from haochaping.access.accounts import NoSuchAccount
from haochaping.access.principals import Grant, Principal
from haochaping.access.roles import MACHINES, ROLE_NAMES, SEPARATED, Role
from haochaping.access.tables import account, account_grant, is_set
from haochaping.catalog.tables import hall, organization, region, staff
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event
from haochaping.problems import Problem


class GrantRefused(Problem):
    """A role that this account must not hold, or not there."""

    code = "HCP-GRANT-REFUSED"
    status = 422
    title = Words("不能授予该角色", "This role cannot be granted")


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A role to be granted and where it holds; by whom, None for the command line."""

    account_id: int
    role: Role
    region: str = ""
    organization_id: int | None = None
    hall_id: int | None = None
    staff_id: int | None = None
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A grant in force, with what its list shows."""

    id: int
    grant: Grant
    granted_at: datetime


def give(conn: Connection, emit: Emit, new: NewGrant, at: datetime) -> int:
    """Grant a role and return the grant's id; a role held in the same place stays one grant.

    Raises NoSuchAccount, and GrantRefused when the account would join two of
    administrator, security officer and auditor, when somebody grants to themselves,
    or when the place does not exist.
    """
    _lock(conn, new.account_id)
    present = held(conn, new.account_id)
    _require_grantable(new, {each.grant.role for each in present})
    _require_place(conn, new)
    for each in present:
        if _same(each.grant, new):
            return each.id
    return _store(conn, emit, new, at)


def revoke(
    conn: Connection, emit: Emit, grant_id: int, at: datetime, by: int | None = None
) -> bool:
    """Take a grant back; return False when it is unknown or no longer in force."""
    statement = (
        update(account_grant)
        .where(account_grant.c.id == grant_id, account_grant.c.revoked_at.is_(None))
        .values(revoked_at=at, revoked_by=by)
        .returning(account_grant.c.account_id, account_grant.c.role)
    )
    row = conn.execute(statement).one_or_none()
    if row is None:
        return False
    payload = {"by": by, "grant": grant_id, "role": row.role}
    emit(conn, Event("grant.revoked", f"account:{row.account_id}", payload), at)
    return True


def held(conn: Connection, account_id: int) -> tuple[Held, ...]:
    """Return the grants of an account that are in force, oldest first."""
    statement = _with_grants().where(account.c.id == account_id, account_grant.c.id.is_not(None))
    rows = conn.execute(statement.order_by(account_grant.c.granted_at, account_grant.c.id))
    return tuple(Held(row.id, _grant(row), row.granted_at) for row in rows)


def principal(conn: Connection, account_id: int) -> Principal | None:
    """Return who acts, in one statement; None when the account is closed or unknown."""
    statement = _with_grants().where(account.c.id == account_id, is_set(account.c.active))
    rows = conn.execute(statement).all()
    if not rows:
        return None
    grants = tuple(_grant(row) for row in rows if row.id is not None)
    return Principal(account_id, rows[0].name, grants)


def anybody_with(conn: Connection, role: Role) -> bool:
    """Say whether any open account holds `role`, as before the first administrator is made."""
    statement = (
        select(account_grant.c.id)
        .join(account, account.c.id == account_grant.c.account_id)
        .where(
            account_grant.c.role == role,
            account_grant.c.revoked_at.is_(None),
            is_set(account.c.active),
        )
        .limit(1)
    )
    return conn.execute(statement).first() is not None


def _with_grants() -> Select[Any]:
    in_force = (account_grant.c.account_id == account.c.id) & account_grant.c.revoked_at.is_(None)
    return (
        select(
            account.c.name,
            account_grant,
            region.c.path.label("region_path"),
            organization.c.path.label("organization_path"),
        )
        .select_from(account)
        .outerjoin(account_grant, in_force)
        .outerjoin(region, region.c.code == account_grant.c.region)
        .outerjoin(organization, organization.c.id == account_grant.c.organization_id)
    )


def _grant(row: Row[Any]) -> Grant:
    return Grant(
        role=Role(row.role),
        region=row.region,
        organization_id=row.organization_id,
        hall_id=row.hall_id,
        staff_id=row.staff_id,
        region_path=row.region_path or "",
        organization_path=row.organization_path or "",
    )


def _lock(conn: Connection, account_id: int) -> None:
    statement = (
        update(account)
        .where(account.c.id == account_id)
        .values(grants_version=account.c.grants_version + 1)
    )
    if conn.execute(statement).rowcount != 1:
        raise NoSuchAccount()


def _require_grantable(new: NewGrant, present: set[Role]) -> None:
    if new.role in MACHINES:
        raise GrantRefused(
            Words(
                "设备和业务系统使用密钥，不使用账号", "Devices and systems use keys, not accounts"
            )
        )
    if new.by == new.account_id:
        raise GrantRefused(Words("不能给自己授予角色", "Nobody grants roles to themselves"))
    clash = (SEPARATED & present) - {new.role} if new.role in SEPARATED else frozenset()
    if clash:
        other = ROLE_NAMES[next(iter(clash))]
        raise GrantRefused(
            Words(
                f"该账号已是{other.zh}：系统管理员、安全管理员、审计员须由三人分任",
                f"The account is {other.en} already: administrator, security officer and "
                "auditor must be three people",
            )
        )
    if new.role is Role.STAFF_MEMBER and new.staff_id is None:
        raise GrantRefused(
            Words("窗口工作人员须填写工号", "A staff member's role needs the staff number")
        )


def _require_place(conn: Connection, new: NewGrant) -> None:
    places = (
        (new.region or None, region.c.code, Words("地区", "region")),
        (new.organization_id, organization.c.id, Words("机构", "organization")),
        (new.hall_id, hall.c.id, Words("大厅", "hall")),
        (new.staff_id, staff.c.id, Words("工作人员", "staff member")),
    )
    for value, column, what in places:
        if (
            value is not None
            and conn.execute(select(column).where(column == value)).first() is None
        ):
            raise GrantRefused(
                Words(f"没有这个{what.zh}：{value}", f"There is no such {what.en}: {value}")
            )


def _same(present: Grant, new: NewGrant) -> bool:
    names = ("role", "region", "organization_id", "hall_id", "staff_id")
    return all(getattr(present, name) == getattr(new, name) for name in names)


def _store(conn: Connection, emit: Emit, new: NewGrant, at: datetime) -> int:
    grant_id = new_id()
    place = {
        "role": str(new.role),
        "region": new.region,
        "organization_id": new.organization_id,
        "hall_id": new.hall_id,
        "staff_id": new.staff_id,
    }
    row = place | {"id": grant_id, "account_id": new.account_id}
    conn.execute(insert(account_grant).values(row | {"granted_at": at, "granted_by": new.by}))
    payload = place | {"grant": grant_id, "by": new.by}
    emit(conn, Event("grant.given", f"account:{new.account_id}", payload, new.region), at)
    return grant_id
