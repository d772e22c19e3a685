"""Which step of signing in comes next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from haochaping.access.sessions import Stage, Visitor
from haochaping.access.tables import account, account_grant
from haochaping.journal import Emit, Event
from haochaping.profile.rules import AccessRules


def first(conn: Connection, account_id: int, rules: AccessRules) -> Stage:
    """Return the stage a session has once the password was right."""
    confirmed = conn.execute(
        select(account.c.totp_confirmed).where(account.c.id == account_id)
    ).scalar_one()
    return Stage.SECOND_FACTOR if confirmed else following(conn, account_id, rules)


def first_through_provider(
    conn: Connection, account_id: int, rules: AccessRules, *, second_factor: bool
) -> Stage:
    """Return the stage of a session that a provider opened, having seen a second factor or not."""
    if second_factor:
        return Stage.FULL
    confirmed = conn.execute(
        select(account.c.totp_confirmed).where(account.c.id == account_id)
    ).scalar_one()
    return (
        Stage.SECOND_FACTOR if confirmed else following(conn, account_id, rules, by_password=False)
    )


def following(
    conn: Connection, account_id: int, rules: AccessRules, *, by_password: bool = True
) -> Stage:
    """Return the stage of a session that showed its second factor, if there is one.

    Whoever came through an identity provider need not know an initial password.
    """
    row = conn.execute(
        select(account.c.must_change, account.c.totp_confirmed).where(account.c.id == account_id)
    ).one()
    if row.must_change and by_password:
        return Stage.NEW_PASSWORD
    if not row.totp_confirmed and _needs_factor(conn, account_id, rules):
        return Stage.ENROL
    return Stage.FULL


def entered(conn: Connection, emit: Emit, who: Visitor, stage: Stage, at: datetime) -> None:
    """Note that somebody has fully signed in; the steps before are not noted."""
    if stage is Stage.FULL:
        mine = account.c.id == who.account_id
        conn.execute(update(account).where(mine).values(signed_in_at=at))
        payload = {"via": who.via} if who.via else {}
        emit(conn, Event("account.signed_in", f"account:{who.account_id}", payload), at)


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
