"""Server-side sessions: random tokens, stored hashed, timed out and revocable."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from haochaping.access.tables import account, is_set, session
from haochaping.crypto import Keyring
from haochaping.ids import new_id, random_key

ABSOLUTE: Final = timedelta(hours=12)
"""A session ends this long after signing in, however busy it is."""
SEEN_EVERY: Final = timedelta(seconds=60)
"""`seen_at` is written at most this often."""
KEPT: Final = timedelta(days=30)
"""Ended sessions stay this long for whoever looks at their own list."""
_TOKEN_BYTES: Final = 32
_CLIENT_LENGTH: Final = 120


class Stage(StrEnum):
    """What a session still lacks; only a full one reaches anything but its own steps."""

    SECOND_FACTOR = "second_factor"
    NEW_PASSWORD = "new_password"
    ENROL = "enrol"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is in force."""

    id: int
    account_id: int
    stage: Stage
    client: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    via: str = ""
    """The identity provider through which it was opened, empty for a password."""

    def unseen(self, at: datetime) -> bool:
        """Say whether `seen` should be called, to keep the session from idling out."""
        return at - self.seen_at >= SEEN_EVERY


@dataclass(frozen=True, slots=True)
class Visitor:
    """An account with a short description of its browser, for its own list of sessions."""

    account_id: int
    client: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session and its token, which is known to the browser only."""

    session: Session
    token: str


def open_session(
    conn: Connection, keyring: Keyring, who: int | Visitor, stage: Stage, at: datetime
) -> Opened:
    """Open a session with a fresh token; `who` is an account's id, or a visitor."""
    visitor = Visitor(who) if isinstance(who, int) else who
    token = _new_token()
    opened = Session(
        id=new_id(),
        account_id=visitor.account_id,
        stage=stage,
        client=" ".join(visitor.client.split())[:_CLIENT_LENGTH],
        created_at=at,
        seen_at=at,
        expires_at=at + ABSOLUTE,
        via=visitor.via,
    )
    row = {name: getattr(opened, name) for name in Session.__slots__}
    conn.execute(insert(session).values(row | {"token_mac": _mac(keyring, token)}))
    return Opened(opened, token)


def resolve(
    conn: Connection, keyring: Keyring, token: str, at: datetime, idle: timedelta
) -> Session | None:
    """Return the session of a token, None when it ended, idled out or its account is closed."""
    statement = (
        select(session)
        .join(account, account.c.id == session.c.account_id)
        .where(
            session.c.token_mac == _mac(keyring, token),
            session.c.revoked_at.is_(None),
            session.c.expires_at > at,
            session.c.seen_at > at - idle,
            is_set(account.c.active),
        )
    )
    row = conn.execute(statement).one_or_none()
    return None if row is None else _session(row)


def seen(conn: Connection, session_id: int, at: datetime) -> None:
    """Note that a session is in use; call it when `Session.unseen` says so."""
    conn.execute(
        update(session).where(session.c.id == session_id, session.c.seen_at < at).values(seen_at=at)
    )


def advance(
    conn: Connection, keyring: Keyring, current: Session, stage: Stage, at: datetime
) -> Opened:
    """Let a session into its next stage under a new token; the old token ends."""
    revoke(conn, current.account_id, current.id, at)
    visitor = Visitor(current.account_id, current.client, current.via)
    return open_session(conn, keyring, visitor, stage, at)


def revoke(conn: Connection, account_id: int, session_id: int, at: datetime) -> bool:
    """End one session of an account; return False when it is not theirs or has ended."""
    statement = (
        update(session)
        .where(
            session.c.id == session_id,
            session.c.account_id == account_id,
            session.c.revoked_at.is_(None),
        )
        .values(revoked_at=at)
    )
    return conn.execute(statement).rowcount == 1


def revoke_all(
    conn: Connection, account_id: int, at: datetime, except_id: int | None = None
) -> int:
    """End the sessions of an account, but for one if given; return how many ended."""
    statement = update(session).where(
        session.c.account_id == account_id, session.c.revoked_at.is_(None)
    )
    if except_id is not None:
        statement = statement.where(session.c.id != except_id)
    return conn.execute(statement.values(revoked_at=at)).rowcount


def of_account(
    conn: Connection, account_id: int, at: datetime, idle: timedelta
) -> tuple[Session, ...]:
    """Return the sessions of an account that are in force, the latest first."""
    statement = (
        select(session)
        .where(
            session.c.account_id == account_id,
            session.c.revoked_at.is_(None),
            session.c.expires_at > at,
            session.c.seen_at > at - idle,
        )
        .order_by(session.c.seen_at.desc())
    )
    return tuple(_session(row) for row in conn.execute(statement))


def tidy(conn: Connection, at: datetime) -> int:
    """Delete sessions that have long ended; return how many."""
    return conn.execute(delete(session).where(session.c.seen_at < at - KEPT)).rowcount


def _new_token() -> str:
    return base64.urlsafe_b64encode(random_key(_TOKEN_BYTES)).decode().rstrip("=")


def _mac(keyring: Keyring, token: str) -> str:
    return keyring.mac("session", token.encode()).hex()


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        account_id=row.account_id,
        stage=Stage(row.stage),
        client=row.client,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        via=row.via,
    )
