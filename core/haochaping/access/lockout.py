"""Lockout: after some failures in a row a name is closed for a while, known or not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, delete, or_, select, update

from haochaping.access.tables import login_attempt
from haochaping.crypto import Keyring
from haochaping.profile.rules import Lockout
from haochaping.store.upsert import insert

KEPT: Final = timedelta(days=1)


def key_of(keyring: Keyring, what: str) -> str:
    """Return the key under which failures of `what` (a name, a factor) are counted."""
    return keyring.mac("lockout", what.encode()).hex()


def locked_until(conn: Connection, key: str, at: datetime) -> datetime | None:
    """Return until when a key is locked, None when it is not."""
    until = conn.execute(
        select(login_attempt.c.locked_until).where(login_attempt.c.login_mac == key)
    ).scalar_one_or_none()
    return until if until is not None and until > at else None


def failed(conn: Connection, key: str, rules: Lockout, at: datetime) -> datetime | None:
    """Count one failure; return until when the key is now locked, None when it is not.

    Failures older than the rule's minutes are forgotten, and so is a lock that has ended.
    """
    failures, until = _count(conn, key, rules, at)
    if until is not None and until > at:
        return until
    if failures < rules.attempts:
        return None
    locked = at + timedelta(minutes=rules.minutes)
    conn.execute(
        update(login_attempt)
        .where(login_attempt.c.login_mac == key)
        .values(locked_until=locked, failures=0)
    )
    return locked


def clear(conn: Connection, key: str) -> None:
    """Forget the failures of a key, after it was used rightly or by an administrator."""
    conn.execute(delete(login_attempt).where(login_attempt.c.login_mac == key))


def tidy(conn: Connection, at: datetime) -> int:
    """Delete failures of long ago; return how many keys."""
    old = or_(login_attempt.c.locked_until.is_(None), login_attempt.c.locked_until < at)
    statement = delete(login_attempt).where(login_attempt.c.failed_at < at - KEPT, old)
    return conn.execute(statement).rowcount


def _count(conn: Connection, key: str, rules: Lockout, at: datetime) -> tuple[int, datetime | None]:
    row = {"login_mac": key, "failures": 1, "failed_at": at}
    stale = login_attempt.c.failed_at <= at - timedelta(minutes=rules.minutes)
    statement = insert(conn, login_attempt).values(row)
    counted = statement.on_conflict_do_update(
        index_elements=["login_mac"],
        set_={
            "failures": case((stale, 1), else_=login_attempt.c.failures + 1),
            "failed_at": at,
        },
    ).returning(login_attempt.c.failures, login_attempt.c.locked_until)
    failures, until = conn.execute(counted).one()
    return failures, until
