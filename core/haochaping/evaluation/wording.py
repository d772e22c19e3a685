"""The rater's own words: sealed under the person's key, or a key of their own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from haochaping.access import data_keys
from haochaping.access.tables import vault_person
from haochaping.crypto import Keyring, open_with, seal_with
from haochaping.evaluation import stored
from haochaping.hooks.values import OccurrenceKey
from haochaping.ids import random_key

_SALT_BYTES: Final = 16
_KEY_OF: Final = select(vault_person.c.key_id).where(vault_person.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom words belong to: the row they stand in and the person in the vault, if any."""

    subject: str
    person_id: int | None


@dataclass(frozen=True, slots=True)
class SealedWords:
    """Sealed words, the id of their key, and the salted commitment the journal may keep."""

    sealed: bytes
    key_id: int
    commitment: str


def seal(conn: Connection, keyring: Keyring, text: str, owner: Owner, at: datetime) -> SealedWords:
    """Seal words; the 128-bit salt of the commitment lies inside, so it dies with the key."""
    plaintext = random_key(_SALT_BYTES) + text.encode()
    key_id, key = _key(conn, keyring, owner.person_id, at)
    sealed = seal_with(key, plaintext, owner.subject.encode())
    return SealedWords(sealed, key_id, hashlib.sha256(plaintext).hexdigest())


def open_words(
    conn: Connection, keyring: Keyring, sealed: bytes | None, key_id: int | None, subject: str
) -> str:
    """Return the words; empty when there are none or their key was destroyed.

    Raises haochaping.crypto.Unsealable when they were changed or moved to another row.
    """
    if sealed is None or key_id is None:
        return ""
    key = data_keys.get(conn, keyring, key_id)
    if key is None:
        return ""
    return open_with(key, sealed, subject.encode())[_SALT_BYTES:].decode()


def words_of(conn: Connection, keyring: Keyring, key: OccurrenceKey) -> str:
    """Return the words of the evaluation with this key; empty when there are none."""
    found = stored.by_key(conn, key)
    if found is None:
        return ""
    return open_words(conn, keyring, found.text_sealed, found.text_key_id, found.subject)


def _key(
    conn: Connection, keyring: Keyring, person_id: int | None, at: datetime
) -> tuple[int, bytes]:
    """Return the person's data key; a fresh one for nobody, or when theirs was destroyed."""
    key_id = None
    if person_id is not None:
        key_id = conn.execute(_KEY_OF, {"id": person_id}).scalar_one_or_none()
    key = None if key_id is None else data_keys.get(conn, keyring, key_id)
    if key_id is None or key is None:
        return data_keys.make(conn, keyring, at)
    return key_id, key
