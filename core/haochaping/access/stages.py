"""Which step of signing in comes next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from haochaping.access.sessions import Stage
from haochaping.access.tables import account, account_grant
from haochaping.journal import Emit, Event
from haochaping.profile.rules import AccessRules


def first(conn: Connection, account_id: int, rules: AccessRules) -> Stage:
    """Return the stage a session has once the password was right."""
    confirmed = conn.execute(
        select(account.c.totp_confirmed).where(account.c.id == account_id)
    ).scalar_one()
    return Stage.SECOND_FACTOR if confirmed else following(conn, account_id, rules)


def following(conn: Connection, account_id: int, rules: AccessRules) -> Stage:
    """Return the stage of a session that showed its second factor, if there is one."""
    row = conn.execute(
        select(account.c.must_change, account.c.totp_confirmed).where(account.c.id == account_id)
    ).one()
    if row.must_change:
        return Stage.NEW_PASSWORD
    if not row.totp_confirmed and _needs_factor(conn, account_id, rules):
        return Stage.ENROL
    return Stage.FULL


def entered(conn: Connection, emit: Emit, account_id: int, stage: Stage, at: datetime) -> None:
    """Note that somebody has fully signed in; the steps before are not noted."""
    if stage is Stage.FULL:
        conn.execute(update(account).where(account.c.id == account_id).values(signed_in_at=at))
        emit(conn, Event("account.signed_in", f"account:{account_id}"), at)


def _needs_factor(conn: Connection, account_id: int, rules: AccessRules) -> bool:
    statement = (
        select(account_grant.c.id)
        .where(
            account_grant.c.account_id == account_id,
            account_grant.c.revoked_at.is_(None),
            account_grant.c.role.in_(rules.second_factor.roles),
        )
        .limit(1)
    )
    return conn.execute(statement).first() is not None
