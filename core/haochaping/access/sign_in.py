"""Signing in, step by step: password, second factor, forced changes.

These functions open their own transactions: checking a password takes a tenth of a
second, which no other writer should wait for, and a failure must be counted although
the caller is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Connection, Row, select

from haochaping.access import lockout, passwords, sessions, stages, totp
from haochaping.access.accounts import PasswordChange, folded, new_password_hash, set_password
from haochaping.access.sessions import Opened, Session, Stage
from haochaping.access.tables import account
from haochaping.clock import Clock
from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.journal import Emit, Event
from haochaping.problems import Problem
from haochaping.profile.rules import AccessRules
from haochaping.store import Store


class SignInRefused(Problem):
    """The name or the password is wrong; which of them, and whether the name exists, is kept."""

    code = "HCP-SIGN-IN-REFUSED"
    status = 401
    title = Words("登录名或密码不正确", "The name or the password is not right")


class CodeRefused(Problem):
    """The code of the second factor is wrong or was used before."""

    code = "HCP-CODE-REFUSED"
    status = 401
    title = Words(
        "验证码不正确或已使用，请等待下一个", "The code is wrong or used, take the next one"
    )


class LockedOut(Problem):
    """Too many failures in a row; `retry_after` is in seconds."""

    code = "HCP-LOCKED-OUT"
    status = 429
    title = Words("连续失败次数过多，请稍后再试", "Too many failures, please try again later")


class WrongStep(Problem):
    """The session is at another step of signing in."""

    code = "HCP-WRONG-STEP"
    status = 409
    title = Words("请先完成当前的登录步骤", "Finish the present step of signing in first")


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """What signing in needs: database, keys, clock, the profile's rules, the journal."""

    store: Store
    keyring: Keyring
    clock: Clock
    rules: AccessRules
    emit: Emit


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody typed, and a short description of the browser for their own list."""

    login: str
    password: str
    client: str = ""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor to be set up: the secret as typed, and the address for a QR code."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A second factor that is set up, with recovery codes that are shown once."""

    opened: Opened
    recovery_codes: tuple[str, ...]


def with_password(gate: Gatekeeper, given: Credentials) -> Opened:
    """Check name and password and open a session in its first stage.

    Raises SignInRefused or LockedOut, for unknown names in the same way and time.
    """
    login = folded(given.login)
    key = lockout.key_of(gate.keyring, f"login:{login}")
    with gate.store.read() as conn:
        _require_unlocked(gate, conn, key)
        row = _row(conn, login)
    fits = passwords.matches(None if row is None else row.password_hash, given.password)
    account_id = row.id if row is not None and fits and row.active else None
    opened, until = _admit(gate, key, account_id, given.client)
    return opened or _refuse(gate, until, SignInRefused())


def with_code(gate: Gatekeeper, current: Session, code: str) -> Opened:
    """Check the second factor (or a recovery code) and go on to the next stage.

    Raises CodeRefused, and LockedOut when the session was ended after too many failures.
    """
    _require_stage(current, Stage.SECOND_FACTOR)
    key = lockout.key_of(gate.keyring, f"factor:{current.account_id}")
    now = gate.clock.now()
    with gate.store.write() as conn:
        until = lockout.locked_until(conn, key, now)
        if until is None and _code_fits(gate, conn, current.account_id, code):
            lockout.clear(conn, key)
            return _advance(gate, conn, current)
        until = until or lockout.failed(conn, key, gate.rules.lockout, now)
        if until is not None:
            sessions.revoke(conn, current.account_id, current.id, now)
    _refuse(gate, until, CodeRefused())


def with_new_password(gate: Gatekeeper, current: Session, old: str, new: str) -> Opened:
    """Change the password and go on under a new token; all other sessions end.

    Raises SignInRefused when the old password is wrong, PasswordTooWeak for the new one,
    LockedOut after too many wrong ones.
    """
    _require_stage(current, Stage.NEW_PASSWORD, Stage.FULL)
    key = lockout.key_of(gate.keyring, f"password:{current.account_id}")
    with gate.store.read() as conn:
        _require_unlocked(gate, conn, key)
        row = conn.execute(_columns().where(account.c.id == current.account_id)).one()
    if not passwords.matches(row.password_hash, old):
        wrong = SignInRefused(Words("原密码不正确", "The present password is not right"))
        _refuse(gate, _count_failure(gate, key), wrong)
    changed = new_password_hash(row.login, new, row.password_hash)
    change = PasswordChange(current.account_id, changed, initial=False, by=current.account_id)
    with gate.store.write() as conn:
        lockout.clear(conn, key)
        set_password(conn, gate.emit, change, gate.clock.now())
        return _advance(gate, conn, current)


def begin_enrolment(gate: Gatekeeper, current: Session, issuer: str) -> Enrolment:
    """Return the second factor to be set up; asking again returns the same one.

    Raises SecondFactorInUse when the account has one.
    """
    _require_stage(current, Stage.ENROL, Stage.FULL)
    with gate.store.write() as conn:
        secret = totp.pending(conn, gate.keyring, current.account_id)
        secret = secret or totp.begin(conn, gate.keyring, current.account_id)
        login = conn.execute(_columns().where(account.c.id == current.account_id)).one().login
    return Enrolment(totp.shown(secret), totp.provisioning_uri(secret, login, issuer))


def finish_enrolment(gate: Gatekeeper, current: Session, code: str) -> Enrolled:
    """Turn the second factor on with its first code. Raises CodeRefused."""
    _require_stage(current, Stage.ENROL, Stage.FULL)
    now = gate.clock.now()
    with gate.store.write() as conn:
        codes = totp.confirm(conn, gate.keyring, current.account_id, code, now)
        if codes is None:
            raise CodeRefused()
        gate.emit(conn, Event("account.factor_set", f"account:{current.account_id}"), now)
        return Enrolled(_advance(gate, conn, current), codes)


def _admit(
    gate: Gatekeeper, key: str, account_id: int | None, client: str
) -> tuple[Opened | None, datetime | None]:
    now = gate.clock.now()
    with gate.store.write() as conn:
        until = lockout.locked_until(conn, key, now)
        if until is not None:
            return None, until
        if account_id is None:
            return None, lockout.failed(conn, key, gate.rules.lockout, now)
        lockout.clear(conn, key)
        stage = stages.first(conn, account_id, gate.rules)
        visitor = sessions.Visitor(account_id, client)
        stages.entered(conn, gate.emit, visitor, stage, now)
        return sessions.open_session(conn, gate.keyring, visitor, stage, now), None


def _advance(gate: Gatekeeper, conn: Connection, current: Session) -> Opened:
    now = gate.clock.now()
    who = sessions.Visitor(current.account_id, current.client, current.via)
    stage = stages.following(conn, who.account_id, gate.rules, by_password=not who.via)
    if current.stage is not Stage.FULL:
        stages.entered(conn, gate.emit, who, stage, now)
    return sessions.advance(conn, gate.keyring, current, stage, now)


def _code_fits(gate: Gatekeeper, conn: Connection, account_id: int, code: str) -> bool:
    now = gate.clock.now()
    return totp.accept(conn, gate.keyring, account_id, code, now) or totp.accept_recovery(
        conn, gate.keyring, account_id, code, now
    )


def _count_failure(gate: Gatekeeper, key: str) -> datetime | None:
    with gate.store.write() as conn:
        return lockout.failed(conn, key, gate.rules.lockout, gate.clock.now())


def _require_unlocked(gate: Gatekeeper, conn: Connection, key: str) -> None:
    until = lockout.locked_until(conn, key, gate.clock.now())
    if until is not None:
        _refuse(gate, until, SignInRefused())


def _refuse(gate: Gatekeeper, until: datetime | None, otherwise: Problem) -> NoReturn:
    if until is None:
        raise otherwise
    raise LockedOut(retry_after=int((until - gate.clock.now()).total_seconds()) + 1)


def _require_stage(current: Session, *stages: Stage) -> None:
    if current.stage not in stages:
        raise WrongStep(stage=str(current.stage))


def _columns() -> Any:
    return select(account.c.id, account.c.login, account.c.password_hash, account.c.active)


def _row(conn: Connection, login: str) -> Row[Any] | None:
    return conn.execute(_columns().where(account.c.login == login)).one_or_none()
