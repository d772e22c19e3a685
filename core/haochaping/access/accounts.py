"""Accounts: who can sign in, and what is known of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from haochaping.access import passwords, sessions
from haochaping.access.tables import account, account_grant
from haochaping.catalog.tables import hall, organization, staff
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event
from haochaping.problems import Problem
from haochaping.store import is_duplicate

_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
NAME_MAX: Final = 64


class LoginRefused(Problem):
    """A name for signing in that cannot be used."""

    code = "HCP-LOGIN-REFUSED"
    status = 422
    title = Words("登录名不可用", "This sign-in name cannot be used")


class NoSuchAccount(Problem):
    """There is no such account."""

    code = "HCP-NO-SUCH-ACCOUNT"
    status = 404
    title = Words("没有这个账号", "There is no such account")


@dataclass(frozen=True, slots=True)
class Account:
    """An account, without its secrets."""

    id: int
    login: str
    name: str
    active: bool
    must_change: bool
    created_at: datetime
    signed_in_at: datetime | None
    second_factor: bool


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a new account starts with: a hash of its initial password, made beforehand.

    Hashing takes a tenth of a second and has no place inside a transaction.
    """

    login: str
    name: str
    password_hash: str


def folded(login: str) -> str:
    """Return a sign-in name as it is compared: compatibility forms and case folded."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def create(
    conn: Connection, emit: Emit, new: NewAccount, at: datetime, by: int | None = None
) -> int:
    """Store a new account and return its id. Raises LoginRefused.

    The initial password has to be changed at the first sign-in.
    """
    account_id = new_id()
    row = _checked(new) | {"id": account_id, "created_at": at, "password_at": at}
    row |= {"created_by": by}
    if _id_of(conn, row["login"]) is not None:
        raise _taken(row["login"])
    try:
        conn.execute(insert(account).values(row))
    except IntegrityError as error:
        if is_duplicate(error):
            raise _taken(row["login"]) from error
        raise
    emit(conn, Event("account.created", f"account:{account_id}", {"by": by}), at)
    return account_id


def load(conn: Connection, account_id: int) -> Account:
    """Return an account. Raises NoSuchAccount."""
    found = _one(conn, account.c.id == account_id)
    if found is None:
        raise NoSuchAccount()
    return found


def created_by(conn: Connection, account_id: int) -> int | None:
    """Return the account that made an account, None for the command line or an import."""
    statement = select(account.c.created_by).where(account.c.id == account_id)
    return conn.execute(statement).scalar_one_or_none()


def find(conn: Connection, login: str) -> Account | None:
    """Return the account with this sign-in name, None when there is none."""
    return _one(conn, account.c.login == folded(login))


def listing(
    conn: Connection, *, after: str = "", containing: str = "", limit: int = 50
) -> list[Account]:
    """Return accounts ordered by sign-in name, a page at a time from `after` on."""
    statement = select(account).where(account.c.login > after)
    if containing:
        wanted = folded(containing)
        statement = statement.where(
            account.c.login.contains(wanted, autoescape=True)
            | account.c.name.contains(containing.strip(), autoescape=True)
        )
    rows = conn.execute(statement.order_by(account.c.login).limit(limit))
    return [_account(row) for row in rows]


def names(conn: Connection, account_ids: Iterable[int]) -> Mapping[int, str]:
    """Return display names by id; ids without an account are left out."""
    statement = select(account.c.id, account.c.name).where(account.c.id.in_(set(account_ids)))
    return {row.id: row.name for row in conn.execute(statement)}


def name(conn: Connection, account_id: int) -> str:
    """Return the display name of an account, empty when there is none."""
    return names(conn, [account_id]).get(account_id, "")


def disable(
    conn: Connection, emit: Emit, account_id: int, at: datetime, by: int | None = None
) -> None:
    """Close an account and end its sessions. Raises NoSuchAccount."""
    _set(conn, account_id, active=False)
    sessions.revoke_all(conn, account_id, at)
    emit(conn, Event("account.disabled", f"account:{account_id}", {"by": by}), at)


def enable(
    conn: Connection, emit: Emit, account_id: int, at: datetime, by: int | None = None
) -> None:
    """Open a closed account again. Raises NoSuchAccount."""
    _set(conn, account_id, active=True)
    emit(conn, Event("account.enabled", f"account:{account_id}", {"by": by}), at)


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """A new password, hashed; `initial` when somebody else set it, so it must be changed."""

    account_id: int
    password_hash: str
    initial: bool
    by: int | None = None


def set_password(conn: Connection, emit: Emit, change: PasswordChange, at: datetime) -> None:
    """Store a new password and end all sessions of the account. Raises NoSuchAccount."""
    _set(
        conn,
        change.account_id,
        password_hash=change.password_hash,
        password_at=at,
        must_change=change.initial,
    )
    sessions.revoke_all(conn, change.account_id, at)
    details = {"by": change.by, "initial": change.initial}
    emit(conn, Event("account.password_set", f"account:{change.account_id}", details), at)


def new_password_hash(login: str, new: str, stored: str) -> str:
    """Return the hash of a new password. Raises PasswordTooWeak, also for the present one."""
    passwords.require_good(new, folded(login))
    if passwords.matches(stored, new):
        raise passwords.PasswordTooWeak(
            Words("新密码不能与原密码相同", "The new password must differ from the present one")
        )
    return passwords.hashed(new)


def password_hash_of(conn: Connection, account_id: int) -> str:
    """Return the stored hash, to check it outside the transaction. Raises NoSuchAccount."""
    found = conn.execute(
        select(account.c.password_hash).where(account.c.id == account_id)
    ).scalar_one_or_none()
    if found is None:
        raise NoSuchAccount()
    return str(found)


def outside(conn: Connection, account_id: int, organization_id: int) -> bool:
    """Say whether an account belongs to no unit within `organization_id`.

    It belongs to the organizations of its grants, of their halls and of their staff members.
    """
    path = conn.execute(
        select(organization.c.path).where(organization.c.id == organization_id)
    ).scalar_one_or_none()
    return path is None or not any(held.startswith(path) for held in _paths_held(conn, account_id))


def _paths_held(conn: Connection, account_id: int) -> list[str]:
    held = account_grant.c
    statement = (
        select(organization.c.path)
        .select_from(account_grant)
        .outerjoin(hall, hall.c.id == held.hall_id)
        .outerjoin(staff, staff.c.id == held.staff_id)
        .join(
            organization,
            or_(
                organization.c.id == held.organization_id,
                organization.c.id == hall.c.organization_id,
                organization.c.id == staff.c.organization_id,
            ),
        )
        .where(held.account_id == account_id, held.revoked_at.is_(None))
    )
    return list(conn.execute(statement).scalars())


def _checked(new: NewAccount) -> dict[str, object]:
    login = folded(new.login)
    if not _LOGIN.fullmatch(login):
        raise LoginRefused(
            Words(
                "登录名应为 2 至 64 个小写字母、数字或 . _ @ -，并以字母或数字开头",
                "Use 2 to 64 small letters, digits or . _ @ -, starting with a letter or digit",
            ),
            login=new.login,
        )
    name = " ".join(unicodedata.normalize("NFC", new.name).split())
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise LoginRefused(
            Words(f"姓名应为 1 至 {NAME_MAX} 个字", f"Give a name of 1 to {NAME_MAX} characters")
        )
    return {
        "login": login,
        "name": name,
        "password_hash": new.password_hash,
        "must_change": True,
        "active": True,
    }


def _taken(login: object) -> LoginRefused:
    return LoginRefused(Words(f"登录名 {login} 已存在", f"The name {login} is taken"))


def _id_of(conn: Connection, login: object) -> int | None:
    return conn.execute(select(account.c.id).where(account.c.login == login)).scalar_one_or_none()


def _set(conn: Connection, account_id: int, **values: object) -> None:
    statement = update(account).where(account.c.id == account_id).values(**values)
    if conn.execute(statement).rowcount != 1:
        raise NoSuchAccount()


def _one(conn: Connection, condition: ColumnElement[bool]) -> Account | None:
    row = conn.execute(select(account).where(condition)).one_or_none()
    return None if row is None else _account(row)


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        name=row.name,
        active=row.active,
        must_change=row.must_change,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
        second_factor=row.totp_confirmed,
    )
