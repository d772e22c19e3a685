"""Data keys: one for each person and each anonymous text; destroying one erases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from haochaping.access.tables import vault_key
from haochaping.crypto import Keyring, Unsealable
from haochaping.ids import new_id

_PURPOSE = "data-key"
BATCH: Final = 2000
"""Keys that are wrapped again in one transaction."""


def make(conn: Connection, keyring: Keyring, at: datetime) -> tuple[int, bytes]:
    """Store a new data key, wrapped by the keyring; return its id and the key."""
    key_id, key = new_id(), keyring.new_data_key()
    wrapped = keyring.seal(_PURPOSE, key, _context(key_id))
    conn.execute(insert(vault_key).values(id=key_id, wrapped=wrapped, created_at=at))
    return key_id, key


def get(conn: Connection, keyring: Keyring, key_id: int) -> bytes | None:
    """Return a data key, None when it was destroyed."""
    return get_all(conn, keyring, [key_id]).get(key_id)


def get_all(conn: Connection, keyring: Keyring, key_ids: Iterable[int]) -> Mapping[int, bytes]:
    """Return data keys by id; those destroyed are left out."""
    statement = select(vault_key.c.id, vault_key.c.wrapped).where(vault_key.c.id.in_(set(key_ids)))
    return {
        row.id: keyring.open(_PURPOSE, row.wrapped, _context(row.id))
        for row in conn.execute(statement)
    }


def opens(conn: Connection, keyring: Keyring) -> bool | None:
    """Say whether the keyring opens the oldest data key; None when none is stored."""
    oldest = conn.execute(select(vault_key.c.id).order_by(vault_key.c.id).limit(1)).scalar()
    if oldest is None:
        return None
    try:
        get_all(conn, keyring, [oldest])
    except Unsealable:
        return False
    return True


def destroy(conn: Connection, key_id: int) -> bool:
    """Delete a data key: what it sealed can never be read again."""
    return conn.execute(delete(vault_key).where(vault_key.c.id == key_id)).rowcount == 1


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How far a re-wrapping has come: the last id looked at, and how many were wrapped anew."""

    last: int
    count: int


def rewrap(conn: Connection, keyring: Keyring, after: int, limit: int) -> Rewrapped | None:
    """Wrap the next keys again under the current master key; None at the end.

    Those that are wrapped by it already are passed over, so a second run changes nothing.

    Run it to the end after a rotation, before the old master key's copies are put away.
    """
    statement = select(vault_key).where(vault_key.c.id > after).order_by(vault_key.c.id)
    rows = conn.execute(statement.limit(limit).with_for_update()).all()
    if not rows:
        return None
    changed = [
        {"key_id": row.id, "anew": keyring.seal(_PURPOSE, plain, _context(row.id))}
        for row in rows
        if not keyring.is_current(row.wrapped)
        for plain in (keyring.open(_PURPOSE, row.wrapped, _context(row.id)),)
    ]
    if changed:
        one = update(vault_key).where(vault_key.c.id == bindparam("key_id"))
        conn.execute(one.values(wrapped=bindparam("anew")), changed)
    return Rewrapped(rows[-1].id, len(changed))


def _context(key_id: int) -> bytes:
    return f"key:{key_id}".encode()
