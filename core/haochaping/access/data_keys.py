"""Data keys: one for each person and each anonymous text; destroying one erases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from haochaping.access.tables import vault_key
from haochaping.crypto import Keyring, new_data_key
from haochaping.ids import new_id

_PURPOSE = "data-key"


def make(conn: Connection, keyring: Keyring, at: datetime) -> tuple[int, bytes]:
    """Store a new data key, wrapped by the keyring; return its id and the key."""
    key_id, key = new_id(), new_data_key()
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


def destroy(conn: Connection, key_id: int) -> bool:
    """Delete a data key: what it sealed can never be read again."""
    return conn.execute(delete(vault_key).where(vault_key.c.id == key_id)).rowcount == 1


def rewrap(conn: Connection, keyring: Keyring, after: int, limit: int) -> int | None:
    """Wrap the next keys again under the current master key; return the last id, None at the end.

    Run it to the end after a rotation, before the old master key's copies are put away.
    """
    statement = select(vault_key).where(vault_key.c.id > after).order_by(vault_key.c.id)
    last = None
    for row in conn.execute(statement.limit(limit)).all():
        plain = keyring.open(_PURPOSE, row.wrapped, _context(row.id))
        wrapped = keyring.seal(_PURPOSE, plain, _context(row.id))
        conn.execute(update(vault_key).where(vault_key.c.id == row.id).values(wrapped=wrapped))
        last = row.id
    return last


def _context(key_id: int) -> bytes:
    return f"key:{key_id}".encode()
