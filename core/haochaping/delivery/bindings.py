"""Raters who agreed to be told in WeChat about one rating: their openid, sealed, by chain.

The openid lies under the rater's own data key, so it goes when the person is erased; one
tap on the rating's page takes it back. Messages name the binding (`bound:<id>`), and the
openid is looked up as they go out and kept nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, select

from haochaping.access.vault import Vault
from haochaping.delivery.tables import rater_binding
from haochaping.ids import new_id
from haochaping.store.upsert import insert_or_ignore

RECEIVER: Final = "bound:"
"""What the receiver of a message to a bound rater begins with."""

Chain = tuple[str, int, int]
"""Region, month served and first rating of a chain."""
_KEY: Final = ("region", "served_month", "first_id")


@dataclass(frozen=True, slots=True)
class Consent:
    """What a rater agreed to: by which gateway, to which words (their digest), as whom."""

    gateway: str
    openid: str = field(repr=False)
    words: str
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A consent in force."""

    id: int
    gateway: str
    at: datetime

    @property
    def receiver(self) -> str:
        """How messages name it."""
        return f"{RECEIVER}{self.id}"


def bind(conn: Connection, vault: Vault, chain: Chain, consent: Consent, at: datetime) -> Binding:
    """Store a consent in place of an earlier one for the same rating."""
    unbind(conn, vault, chain)
    binding_id = new_id()
    sealed, key_id = vault.seal_text(
        conn, consent.openid.encode(), consent.person_id, _context(binding_id), at
    )
    row = {
        "id": binding_id,
        **dict(zip(_KEY, chain, strict=True)),
        "person_id": consent.person_id,
        "gateway": consent.gateway,
        "sealed": sealed,
        "key_id": key_id,
        "consent": consent.words,
        "at": at,
    }
    if not insert_or_ignore(conn, rater_binding, [row]):  # two taps at once: the first stands
        vault.forget_text(conn, key_id)
    found = of(conn, chain)
    return found or Binding(binding_id, consent.gateway, at)


def of(conn: Connection, chain: Chain) -> Binding | None:
    """Return the consent in force for a rating, None without one."""
    rows = rater_binding.c
    row = conn.execute(select(rows.id, rows.gateway, rows.at).where(_is(chain))).one_or_none()
    return None if row is None else Binding(row.id, row.gateway, row.at)


def unbind(conn: Connection, vault: Vault, chain: Chain) -> bool:
    """Take a consent back and destroy the openid; return False when there was none.

    What waits to go out finds nobody and is dropped.
    """
    return _gone(conn, vault, _is(chain)) > 0


def erase(conn: Connection, vault: Vault, person_id: int) -> int:
    """Destroy all consents of a person; return how many there were."""
    return _gone(conn, vault, rater_binding.c.person_id == person_id)


def expire(conn: Connection, vault: Vault, before: datetime) -> int:
    """Destroy consents given before a moment; return how many there were."""
    return _gone(conn, vault, rater_binding.c.at < before)


def of_person(conn: Connection, person_id: int) -> tuple[Binding, ...]:
    """Return the consents of a person, oldest first."""
    rows = rater_binding.c
    statement = select(rows.id, rows.gateway, rows.at).where(rows.person_id == person_id)
    return tuple(Binding(*row) for row in conn.execute(statement.order_by(rows.id)))


def openid(conn: Connection, vault: Vault, receiver: str) -> str | None:
    """Return the openid that a receiver (`bound:<id>`) stands for, None once it is gone."""
    binding_id = int(receiver.removeprefix(RECEIVER))
    rows = rater_binding.c
    row = conn.execute(select(rows.sealed, rows.key_id).where(rows.id == binding_id)).one_or_none()
    if row is None:
        return None
    plain = vault.open_text(conn, row.sealed, row.key_id, _context(binding_id))
    return None if plain is None else plain.decode()


def _gone(conn: Connection, vault: Vault, condition: ColumnElement[bool]) -> int:
    keys = conn.execute(delete(rater_binding).where(condition).returning(rater_binding.c.key_id))
    found = list(keys.scalars())
    for key_id in found:
        vault.forget_text(conn, key_id)  # a person's key stays for what else it seals
    return len(found)


def _is(chain: Chain) -> ColumnElement[bool]:
    region, month, first_id = chain
    rows: Any = rater_binding.c
    condition: ColumnElement[bool] = (
        (rows.region == region) & (rows.served_month == month) & (rows.first_id == first_id)
    )
    return condition


def _context(binding_id: int) -> bytes:
    return f"binding:{binding_id}".encode()
