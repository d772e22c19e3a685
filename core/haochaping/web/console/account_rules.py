"""Who may do what to which account: within one's subtree, never to oneself."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from haochaping.access import accounts, grants
from haochaping.access.accounts import NoSuchAccount
from haochaping.access.grants import NewGrant
from haochaping.access.principals import Forbidden, Grant, Scope, allowed
from haochaping.access.roles import Role
from haochaping.catalog import places
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.web.console import reach
from haochaping.web.guard import principal

READ: Final = "account.read"
GUARDED: Final = frozenset({Role.SECURITY_OFFICER, Role.AUDITOR})
"""Roles that check the administrator, who therefore sets no password for them."""


class OwnAccount(Problem):
    """Nobody changes their own account here."""

    code = "HCP-OWN-ACCOUNT"
    status = 409
    title = Words(
        "不能在这里变更自己的账号，请由另一位管理人员办理",
        "Nobody changes their own account here: another person does",
    )


class GuardedAccount(Problem):
    """The password of who checks the administrator is not set by the administrator."""

    code = "HCP-GUARDED-ACCOUNT"
    status = 409
    title = Words(
        "安全管理员和审计员的密码不由系统管理员重设，"
        "请在服务器上运行 haochaping user reset-password",
        "An administrator resets no password of a security officer or auditor; run "
        "haochaping user reset-password on the server",
    )


def manageable(conn: Connection, permission: str, account_id: int) -> bool:
    """Say whether all that an account holds lies where one's permission reaches.

    An account without roles belongs to whoever made it: it is within reach of those who reach
    its maker, and of those who hold the permission everywhere.
    """
    held = grants.held(conn, account_id)
    if held:
        who = principal()
        return all(allowed(who, permission, scope_of(conn, one.grant)) for one in held)
    maker = accounts.created_by(conn, account_id)
    if maker is None or maker == account_id:
        return reach.everywhere(permission)
    return _reaches_maker(conn, permission, maker)


def _reaches_maker(conn: Connection, permission: str, maker: int) -> bool:
    held = grants.held(conn, maker)
    scopes = [scope_of(conn, one.grant) for one in held] or [Scope()]
    return all(allowed(principal(), permission, scope) for scope in scopes)


def require_manageable(conn: Connection, permission: str, account_id: int) -> None:
    """Raise OwnAccount, or NoSuchAccount unless one may change an account.

    Whoever may read it but not change it is told so: Forbidden.
    """
    if account_id == principal().account_id:
        raise OwnAccount()
    accounts.load(conn, account_id)
    if not manageable(conn, permission, account_id):
        raise (
            Forbidden(permission=permission)
            if manageable(conn, READ, account_id)
            else (NoSuchAccount())
        )


def require_grantable(conn: Connection, permission: str, new: NewGrant) -> None:
    """Raise Forbidden unless a role would hold only where one's own permission reaches."""
    if not allowed(principal(), permission, scope_of(conn, new)):
        raise Forbidden(
            Words(
                "只能在您自己的管辖范围内授予角色，请填写范围内的地区或机构代码",
                "Roles are granted within your own region or organization: name its code",
            ),
            permission=permission,
        )


def require_unguarded(conn: Connection, account_id: int) -> None:
    """Raise GuardedAccount for accounts of security officers and auditors."""
    if GUARDED & {one.grant.role for one in grants.held(conn, account_id)}:
        raise GuardedAccount()


def scope_of(conn: Connection, grant: Grant | NewGrant) -> Scope:
    """Return the narrowest thing that bounds a grant; empty when nothing does."""
    bounds = (("staff", grant.staff_id), ("hall", grant.hall_id))
    for kind, subject in (*bounds, ("organization", grant.organization_id)):
        if subject is not None:
            return reach.scope_of(places.of_subject(conn, kind, subject)) or Scope()
    return reach.region_scope(conn, grant.region)
