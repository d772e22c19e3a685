"""Where officials are reached outside the console: encrypted, looked up as a message goes out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, select

from haochaping.crypto import Keyring
from haochaping.delivery.tables import account_address
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.store.upsert import upsert

MOBILE: Final = "mobile"
EMAIL: Final = "email"
_PURPOSE: Final = "account_address"
_FORMS: Final[Mapping[str, tuple[re.Pattern[str], Words]]] = MappingProxyType(
    {
        MOBILE: (
            re.compile(r"1[3-9][0-9]{9}"),
            Words("手机号应为 11 位数字", "a mobile number has 11 digits"),
        ),
        EMAIL: (
            re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,185}\.[A-Za-z]{2,24}"),
            Words("电子邮箱应如 name@example.gov.cn", "an address such as name@example.gov.cn"),
        ),
    }
)
_ID: Final = (
    re.compile(r"[A-Za-z0-9_.@$:-]{1,64}"),
    Words(
        "账号标识只含字母、数字和 _ . @ $ : -，最多 64 位",
        "an id has letters, digits and _ . @ $ : - only, 64 at most",
    ),
)


class AddressRefused(Problem):
    """What was given as an address cannot be one."""

    code = "HCP-ADDRESS-REFUSED"
    status = 422
    title = Words("接收地址不合要求", "The address is not as required")


def note(
    conn: Connection, keyring: Keyring, account_id: int, kind: str, address: str, at: datetime
) -> None:
    """Note where an account is reached by a kind; an empty address removes it.

    Raises AddressRefused. `by_account` is the account itself unless `note_for` is used.
    """
    note_for(conn, keyring, (account_id, account_id), kind, address, at)


def note_for(
    conn: Connection,
    keyring: Keyring,
    who: tuple[int, int | None],
    kind: str,
    address: str,
    at: datetime,
) -> None:
    """Note an address for `who`: the account, and the account that writes it. Raises as `note`."""
    account_id, by = who
    given = address.strip()
    if not given:
        conn.execute(delete(account_address).where(_is(account_id, kind)))
        return
    require(kind, given)
    row = {
        "account_id": account_id,
        "kind": kind,
        "sealed": keyring.seal(_PURPOSE, given.encode(), _context(account_id, kind)),
        "at": at,
        "by_account": by,
    }
    upsert(conn, account_address, [row], ["account_id", "kind"], ["sealed", "at", "by_account"])


def require(kind: str, address: str) -> None:
    """Raise AddressRefused when `address` is neither empty nor of the form of its kind."""
    form, expected = _FORMS.get(kind, _ID)
    if address and not form.fullmatch(address):
        raise AddressRefused(expected)


def find(conn: Connection, keyring: Keyring, account_id: int, kind: str) -> str:
    """Return where an account is reached, an empty text when nothing is noted."""
    statement = select(account_address.c.sealed).where(_is(account_id, kind))
    sealed = conn.execute(statement).scalar_one_or_none()
    if sealed is None:
        return ""
    return keyring.open(_PURPOSE, sealed, _context(account_id, kind)).decode()


def all_of(conn: Connection, keyring: Keyring, account_id: int) -> Mapping[str, str]:
    """Return the addresses of an account by kind."""
    statement = select(account_address.c.kind).where(account_address.c.account_id == account_id)
    kinds: Iterable[str] = conn.execute(statement).scalars().all()
    return {kind: find(conn, keyring, account_id, kind) for kind in kinds}


def _is(account_id: int, kind: str) -> ColumnElement[bool]:
    return (account_address.c.account_id == account_id) & (account_address.c.kind == kind)


def _context(account_id: int, kind: str) -> bytes:
    return f"{account_id}:{kind}".encode()
