"""Which account a provider's subject stands for: bound by the person or by an administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from haochaping.access.providers import SUBJECT_MAX
from haochaping.access.tables import identity_binding as bound
from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event
from haochaping.problems import Problem
from haochaping.store import is_duplicate

_SHOWN: Final = 2


class BindingRefused(Problem):
    """A subject that cannot be bound."""

    code = "HCP-BINDING-REFUSED"
    status = 409
    title = Words("无法绑定", "This cannot be bound")


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody as a provider knows them."""

    provider: str
    value: str

    def mac(self, keyring: Keyring) -> str:
        """Return the keyed hash by which the subject is found."""
        return keyring.mac("identity", f"{self.provider}\x1f{self.value}".encode()).hex()

    @property
    def hint(self) -> str:
        """The two ends of the subject, enough to tell one's own from another."""
        value = self.value
        if len(value) <= 2 * _SHOWN:
            return "*" * len(value)
        return f"{value[:_SHOWN]}***{value[-_SHOWN:]}"


@dataclass(frozen=True, slots=True)
class Binding:
    """A subject that stands for an account."""

    id: int
    provider: str
    hint: str
    bound_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Match:
    """The account that a subject stands for; `own` when it bound the subject itself."""

    account_id: int
    own: bool


@dataclass(frozen=True, slots=True)
class Bind:
    """What is to be bound, and who does it."""

    account_id: int
    subject: Subject
    by: int


@dataclass(frozen=True, slots=True)
class Unbind:
    """Which binding of an account is to go, and who undoes it."""

    account_id: int
    binding_id: int
    by: int


def bind(conn: Connection, keyring: Keyring, emit: Emit, wanted: Bind, at: datetime) -> int:
    """Bind a subject to an account and return the binding's id.

    Raises BindingRefused when it is empty, too long, or stands for an account already.
    """
    subject = wanted.subject
    if not 0 < len(subject.value) <= SUBJECT_MAX or not subject.value.isprintable():
        raise BindingRefused(
            Words(f"标识应为 1 至 {SUBJECT_MAX} 个字符", f"Give 1 to {SUBJECT_MAX} characters")
        )
    binding_id = new_id()
    row = {"id": binding_id, "account_id": wanted.account_id, "provider": subject.provider}
    row |= {"subject_mac": subject.mac(keyring), "hint": subject.hint}
    try:
        with conn.begin_nested():
            conn.execute(insert(bound).values(**row, bound_at=at, bound_by=wanted.by))
    except IntegrityError as error:
        if is_duplicate(error):
            raise BindingRefused(
                Words("该标识已绑定账号，请先解除", "It is bound already: undo that first")
            ) from error
        raise
    _tell(conn, emit, "account.identity_bound", wanted, at)
    return binding_id


def unbind(conn: Connection, emit: Emit, gone: Unbind, at: datetime) -> bool:
    """Undo a binding of an account; return False when it is not theirs or is gone."""
    mine = (bound.c.id == gone.binding_id) & (bound.c.account_id == gone.account_id)
    provider = conn.execute(select(bound.c.provider).where(mine)).scalar_one_or_none()
    if provider is None:
        return False
    conn.execute(delete(bound).where(mine))
    was = Bind(gone.account_id, Subject(provider, ""), gone.by)
    _tell(conn, emit, "account.identity_unbound", was, at)
    return True


def match(conn: Connection, keyring: Keyring, subject: Subject, at: datetime) -> Match | None:
    """Return the account that a subject stands for, and note that it was used."""
    found = (bound.c.provider == subject.provider) & (bound.c.subject_mac == subject.mac(keyring))
    row = conn.execute(select(bound.c.account_id, bound.c.bound_by).where(found)).one_or_none()
    if row is None:
        return None
    conn.execute(update(bound).where(found).values(used_at=at))
    return Match(row.account_id, own=row.account_id == row.bound_by)


def of_account(conn: Connection, account_id: int) -> tuple[Binding, ...]:
    """Return what is bound to an account, the oldest first."""
    columns = (bound.c.id, bound.c.provider, bound.c.hint, bound.c.bound_at, bound.c.used_at)
    statement = select(*columns).where(bound.c.account_id == account_id).order_by(bound.c.id)
    return tuple(Binding(*row) for row in conn.execute(statement))


def _tell(conn: Connection, emit: Emit, kind: str, wanted: Bind, at: datetime) -> None:
    payload = {"provider": wanted.subject.provider, "by": wanted.by}
    emit(conn, Event(kind, f"account:{wanted.account_id}", payload), at)
