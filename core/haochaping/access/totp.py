"""The second factor: time-based one-time codes (RFC 6238) and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from sqlalchemy import Connection, delete, insert, select, update

from haochaping.access.tables import account, is_set, recovery_code
from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.ids import random_code, random_key
from haochaping.problems import Problem
from haochaping.store.types import micros

STEP_SECONDS: Final = 30
DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_DRIFT_STEPS: Final = 1
"""A phone's clock may be off by this many steps either way."""
RECOVERY_CODES: Final = 8
_RECOVERY_LENGTH: Final = 10
_PURPOSE: Final = "totp"


class SecondFactorInUse(Problem):
    """The account has a second factor, and a new one would push it aside."""

    code = "HCP-SECOND-FACTOR-IN-USE"
    status = 409
    title = Words("该账号已启用两步验证，请先解除", "Remove the present second factor first")


def step_of(at: datetime) -> int:
    """Return the number of the 30-second step that `at` falls into."""
    return micros(at) // 1_000_000 // STEP_SECONDS


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Return the code of a step (RFC 4226 truncation over HMAC-SHA1, as phones expect)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def provisioning_uri(secret: bytes, login: str, issuer: str) -> str:
    """Return the `otpauth:` address that a phone reads from a QR code."""
    query = urlencode({"secret": shown(secret), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(login)}?{query}"


def shown(secret: bytes) -> str:
    """Return the secret as it is typed into a phone."""
    return base64.b32encode(secret).decode().rstrip("=")


def begin(conn: Connection, keyring: Keyring, account_id: int) -> bytes:
    """Give the account a new secret, asked for once it is confirmed, and return it.

    Raises SecondFactorInUse when the account has one: it must be removed first.
    """
    secret = random_key(_SECRET_BYTES)
    sealed = keyring.seal(_PURPOSE, secret, _context(account_id))
    statement = (
        update(account)
        .where(account.c.id == account_id, ~is_set(account.c.totp_confirmed))
        .values(totp_sealed=sealed, totp_step=0)
    )
    if conn.execute(statement).rowcount != 1:
        raise SecondFactorInUse()
    return secret


def pending(conn: Connection, keyring: Keyring, account_id: int) -> bytes | None:
    """Return the secret that waits for its first code, None when there is none."""
    row = conn.execute(
        select(account.c.totp_sealed, account.c.totp_confirmed).where(account.c.id == account_id)
    ).one_or_none()
    if row is None or row.totp_sealed is None or row.totp_confirmed:
        return None
    return keyring.open(_PURPOSE, row.totp_sealed, _context(account_id))


def confirm(
    conn: Connection, keyring: Keyring, account_id: int, code: str, at: datetime
) -> tuple[str, ...] | None:
    """Turn the second factor on with its first code; return recovery codes, shown once.

    Returns None when the code does not fit.
    """
    if pending(conn, keyring, account_id) is None:
        return None
    if not accept(conn, keyring, account_id, code, at):
        return None
    _change(conn, account_id, totp_confirmed=True)
    return _new_recovery_codes(conn, keyring, account_id)


def accept(conn: Connection, keyring: Keyring, account_id: int, code: str, at: datetime) -> bool:
    """Say whether the code fits now, and use its step up: the same code fits only once."""
    sealed = conn.execute(
        select(account.c.totp_sealed).where(account.c.id == account_id)
    ).scalar_one_or_none()
    if sealed is None:
        return False
    step = _matching_step(keyring.open(_PURPOSE, sealed, _context(account_id)), code, at)
    if step is None:
        return False
    statement = (
        update(account)
        .where(account.c.id == account_id, account.c.totp_step < step)
        .values(totp_step=step)
    )
    return conn.execute(statement).rowcount == 1


def accept_recovery(
    conn: Connection, keyring: Keyring, account_id: int, code: str, at: datetime
) -> bool:
    """Say whether a recovery code fits, and use it up."""
    statement = (
        update(recovery_code)
        .where(
            recovery_code.c.account_id == account_id,
            recovery_code.c.code_mac == _recovery_mac(keyring, account_id, code),
            recovery_code.c.used_at.is_(None),
        )
        .values(used_at=at)
    )
    return conn.execute(statement).rowcount == 1


def remove(conn: Connection, account_id: int) -> None:
    """Take the second factor off, for a person who lost phone and recovery codes."""
    conn.execute(delete(recovery_code).where(recovery_code.c.account_id == account_id))
    _change(conn, account_id, totp_sealed=None, totp_confirmed=False)


def _matching_step(secret: bytes, code: str, at: datetime) -> int | None:
    digits = "".join(code.split())
    now = step_of(at)
    for step in range(now - _DRIFT_STEPS, now + _DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), digits.encode()):
            return step
    return None


def _new_recovery_codes(conn: Connection, keyring: Keyring, account_id: int) -> tuple[str, ...]:
    codes = tuple(random_code(_RECOVERY_LENGTH) for _ in range(RECOVERY_CODES))
    conn.execute(delete(recovery_code).where(recovery_code.c.account_id == account_id))
    rows = [
        {"account_id": account_id, "code_mac": _recovery_mac(keyring, account_id, code)}
        for code in codes
    ]
    conn.execute(insert(recovery_code), rows)
    return tuple(f"{code[:5]}-{code[5:]}" for code in codes)


def _recovery_mac(keyring: Keyring, account_id: int, code: str) -> str:
    plain = code.replace("-", "").replace(" ", "").upper()
    return keyring.mac("recovery", f"{account_id}:{plain}".encode()).hex()


def _context(account_id: int) -> bytes:
    return f"account:{account_id}".encode()


def _change(conn: Connection, account_id: int, **values: object) -> None:
    conn.execute(update(account).where(account.c.id == account_id).values(**values))
