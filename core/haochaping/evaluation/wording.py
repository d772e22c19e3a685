"""The rater's own words: sealed under the person's key, or a key of their own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Connection

from haochaping.hooks.values import OccurrenceKey
from haochaping.ids import random_key

_SALT_BYTES: Final = 16


class TextVault(Protocol):
    """Where data keys lie; destroying a key destroys the words sealed under it."""

    def seal_text(
        self,
        conn: Connection,
        plaintext: bytes,
        person_id: int | None,
        context: bytes,
        at: datetime,
    ) -> tuple[bytes, int]:
        """Seal under the person's key, or a fresh one; return the sealed bytes and the key's id."""
        ...

    def open_text(
        self, conn: Connection, sealed: bytes, key_id: int, context: bytes
    ) -> bytes | None:
        """Return what was sealed, None when its key was destroyed."""
        ...


@dataclass(frozen=True, slots=True)
class SealedWords:
    """Sealed words, the id of their key, and the salted commitment the journal may keep."""

    sealed: bytes
    key_id: int
    commitment: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom words belong to: the row they stand in and the person in the vault, if any."""

    subject: str
    person_id: int | None


def seal(conn: Connection, vault: TextVault, text: str, owner: Owner, at: datetime) -> SealedWords:
    """Seal words; the 128-bit salt of the commitment lies inside, so it dies with the key."""
    plaintext = random_key(_SALT_BYTES) + text.encode()
    context = owner.subject.encode()
    sealed, key_id = vault.seal_text(conn, plaintext, owner.person_id, context, at)
    return SealedWords(sealed, key_id, hashlib.sha256(plaintext).hexdigest())


def open_words(
    conn: Connection, vault: TextVault, sealed: bytes | None, key_id: int | None, subject: str
) -> str:
    """Return the words; empty when there are none or their key was destroyed."""
    if sealed is None or key_id is None:
        return ""
    plaintext = vault.open_text(conn, sealed, key_id, subject.encode())
    return "" if plaintext is None else plaintext[_SALT_BYTES:].decode()


def subject_of(key: OccurrenceKey) -> str:
    """Return the journal's name of the evaluation with this key."""
    return f"evaluation:{key.region}:{key.served_month}:{key.id}"
