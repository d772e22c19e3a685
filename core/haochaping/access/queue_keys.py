"""Key pairs to which window devices seal the ratings they keep while the line is down.

A device holds public points only. A new pair is made every `RENEW_AFTER`; an old one still
opens what was sealed to it until `DESTROY_AFTER`, then nobody can.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from haochaping.access.tables import queue_key
from haochaping.crypto import Keyring, new_exchange_key, open_exchanged
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event
from haochaping.problems import Problem
from haochaping.store import Store

RENEW_AFTER: Final = timedelta(days=30)
DESTROY_AFTER: Final = timedelta(days=180)
"""Far longer than a link is good for, so no rating that could count is lost with a key."""
_PURPOSE: Final = "device.queue"


class QueueKeyGone(Problem):
    """What was sent is sealed to a key that was never here or has been destroyed."""

    code = "HCP-QUEUE-KEY-GONE"
    status = 422
    title = Words(
        "加密所用的密钥已不在本平台，无法读取",
        "It is sealed to a key that this platform does not hold",
    )


@dataclass(frozen=True, slots=True)
class QueueKey:
    """The public half of a pair: its id, its point (base64url), when it was made."""

    id: str
    public: str
    created_at: datetime

    def due(self, at: datetime) -> bool:
        """Say whether it is time for a new pair."""
        return at - self.created_at >= RENEW_AFTER


def current(conn: Connection) -> QueueKey | None:
    """Return the newest key, None when none was made yet."""
    newest = queue_key.c.created_at.desc(), queue_key.c.id.desc()
    row = conn.execute(select(queue_key).order_by(*newest).limit(1)).one_or_none()
    return None if row is None else QueueKey(str(row.id), encoded(row.public), row.created_at)


def in_use(store: Store, keyring: Keyring, emit: Emit, at: datetime) -> QueueKey:
    """Return the key that devices seal to, made now when it is time. Raises StoreUnavailable."""
    with store.look() as conn:
        found = current(conn)
    if found is not None and not found.due(at):
        return found
    with store.write() as conn:
        found = current(conn)  # another process may have been quicker
        if found is None or found.due(at):
            found = rotate(conn, keyring, emit, at)
    return found


def rotate(conn: Connection, keyring: Keyring, emit: Emit, at: datetime) -> QueueKey:
    """Make a new pair; devices learn of it with their next request."""
    private, public = new_exchange_key()
    number = new_id()
    sealed = keyring.seal(_PURPOSE, private, str(number).encode())
    row = {"id": number, "private_sealed": sealed, "public": public, "created_at": at}
    conn.execute(insert(queue_key), row)
    emit(conn, Event("queue_key.made", f"queue_key:{number}"), at)
    return QueueKey(str(number), encoded(public), at)


def private_key(conn: Connection, keyring: Keyring, key_id: str) -> bytes:
    """Return the private half of a key. Raises QueueKeyGone."""
    number = int(key_id) if key_id.isascii() and key_id.isdigit() and len(key_id) < 19 else 0
    wanted = select(queue_key.c.private_sealed).where(queue_key.c.id == number)
    sealed = conn.execute(wanted).scalar_one_or_none()
    if sealed is None:
        raise QueueKeyGone()
    return keyring.open(_PURPOSE, sealed, str(number).encode())


def opened(private: bytes, sealed: str, context: str) -> bytes:
    """Return what a device sealed (base64url). Raises Unsealable."""
    return open_exchanged(private, decoded(sealed), context.encode())


def tidy(conn: Connection, at: datetime) -> int:
    """Destroy keys that are too old to be of use; the newest stays. Return how many."""
    newest = current(conn)
    if newest is None:
        return 0
    old = queue_key.c.created_at < at - DESTROY_AFTER
    return conn.execute(delete(queue_key).where(old, queue_key.c.id != int(newest.id))).rowcount


def encoded(data: bytes) -> str:
    """Return bytes in base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return the bytes of base64url text; nothing for text that is none."""
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        return b""
