"""The import kind `accounts`: a line is an account and one role in one place.

Further lines with the same sign-in name add roles. An account that is there keeps its
password. Administrator, security officer and auditor are granted one by one, never by
file; lines hold initial passwords, so whoever imports deletes the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from haochaping.access import accounts, grants, passwords, placing
from haochaping.access.accounts import Account, NewAccount
from haochaping.access.placing import Place
from haochaping.access.roles import SEPARATED, Role
from haochaping.catalog import fields
from haochaping.catalog.fields import FieldFault, Fields
from haochaping.catalog.importing.kinds import Column, ImportContext, Kind
from haochaping.catalog.outcomes import CREATED, UNCHANGED, UPDATED, Outcome, Status, refused
from haochaping.hooks.values import Words
from haochaping.problems import Problem


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """A line of the file: the password is hashed while no transaction is open."""

    login: str
    name: str
    role: Role
    place: Place
    password_hash: str = field(repr=False)


def draft(row: Fields) -> AccountDraft:
    """Return the draft of a line. Raises FieldFault."""
    login = fields.needed(row, "login", 64)
    return AccountDraft(
        login=login,
        name=fields.needed(row, "name", accounts.NAME_MAX),
        role=_role(row),
        place=Place(
            *(
                fields.text(row, name, fields.CODE_MAX)
                for name in ("region", "organization", "hall", "staff")
            )
        ),
        password_hash=_hash(login, row.get("password", "").strip()),
    )


def save(
    conn: Connection, context: ImportContext, drafts: Sequence[AccountDraft], last: bool
) -> list[Outcome]:
    """Store accounts and roles, each line whole or not at all."""
    return [_saved(conn, context, each) for each in drafts]


def _saved(conn: Connection, context: ImportContext, each: AccountDraft) -> Outcome:
    """Undo a line's own changes when it is refused; the lines before it stay."""
    savepoint = conn.begin_nested()
    try:
        outcome = _store(conn, context, each)
    except Problem as problem:
        savepoint.rollback()
        return Outcome(Status.REFUSED, problem.detail)
    savepoint.commit()
    return outcome


def _store(conn: Connection, context: ImportContext, each: AccountDraft) -> Outcome:
    known = accounts.find(conn, each.login)
    if known is not None and known.name != each.name:
        return _taken(known)
    at = context.clock.now()
    account_id = known.id if known else _create(conn, context, each)
    before = len(grants.held(conn, account_id))
    grants.give(conn, context.emit, placing.grant_of(conn, account_id, each.role, each.place), at)
    if known is None:
        return CREATED
    return UPDATED if len(grants.held(conn, account_id)) > before else UNCHANGED


def _create(conn: Connection, context: ImportContext, each: AccountDraft) -> int:
    new = NewAccount(each.login, each.name, each.password_hash)
    return accounts.create(conn, context.emit, new, context.clock.now())


def _taken(known: Account) -> Outcome:
    return refused(
        f"登录名 {known.login} 已属于{known.name}", f"The name {known.login} is {known.name}'s"
    )


def _role(row: Fields) -> Role:
    try:
        role = placing.role_named(fields.needed(row, "role"))
    except grants.GrantRefused as problem:
        raise FieldFault("role", problem.detail) from None
    if role in SEPARATED:
        raise FieldFault(
            "role",
            Words("该角色须逐个授予，不能批量导入", "this role is granted singly, never by file"),
        )
    return role


def _hash(login: str, password: str) -> str:
    try:
        passwords.require_good(password, accounts.folded(login))
    except passwords.PasswordTooWeak as problem:
        raise FieldFault("password", problem.detail) from None
    return passwords.hashed(password)


ACCOUNTS: Final = Kind(
    name="accounts",
    title=Words("账号", "Accounts"),
    columns=(
        Column("login", Words("登录名", "Sign-in name"), required=True, example="zhang.san"),
        Column("name", Words("姓名", "Name"), required=True, example="张三"),
        Column(
            "role",
            Words("角色", "Role"),
            required=True,
            example="工单承办人",
            note=Words("一行一个角色；多个角色写多行", "one role a line"),
        ),
        Column("region", Words("区划代码", "Region code"), example="990106"),
        Column("organization", Words("机构代码", "Organization code")),
        Column("hall", Words("大厅代码", "Hall code")),
        Column(
            "staff",
            Words("工号", "Staff number"),
            note=Words("角色为窗口工作人员时必填", "needed for staff members"),
        ),
        Column(
            "password",
            Words("初始密码", "Initial password"),
            required=True,
            example="Chu-shi 8842 mima",
            note=Words("首次登录须修改", "to be changed at the first sign-in"),
        ),
    ),
    parse=draft,
    save=save,
)
"""Made known by `import_kinds.register`."""
