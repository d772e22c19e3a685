"""Making a deployment folder: settings, keys, tables and the first accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from haochaping.access import accounts, grants, passwords
from haochaping.access.roles import Role
from haochaping.deployment import Deployment, open_deployment
from haochaping.hooks.values import Words
from haochaping.operating import own_key
from haochaping.rulebook import read_profile
from haochaping.settings import FILE, plugin_manager, write_secrets
from haochaping.store import migrating

FIRST_ACCOUNTS: Final = (
    ("admin", "管理员", Role.ADMINISTRATOR),
    ("security", "安全管理员", Role.SECURITY_OFFICER),
    ("auditor", "审计员", Role.AUDITOR),
)
"""Sign-in name, display name and role of the accounts every deployment starts with."""

_TEMPLATE: Final = """\
# Settings of this deployment: no rules (they are in the profile) and no secrets.
# 本部署的设置：规则在配置档里，密钥在 secrets/ 里，都不在这里。
profile: {profile}
database: {database}
base_url: {base_url}
listen:
  web: 127.0.0.1:8000
  line: 127.0.0.1:8001
line_url: {line_url}
production: false
outgoing:
  allow_hosts: []
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asked for; None takes the default."""

    home: Path
    profile: str
    database: str | None = None
    base_url: str | None = None


@dataclass(slots=True)
class Installed:
    """What was done, in words, and the first accounts made: sign-in name and password."""

    lines: list[Words] = field(default_factory=list)
    accounts: list[tuple[str, str]] = field(default_factory=list)


def install(wish: Wish) -> Installed:
    """Make the folder, or complete it; what exists is never overwritten.

    Raises ProfileError, SettingsRefused or StoreUnavailable; a second run changes nothing.
    """
    done = Installed()
    read_profile(plugin_manager(wish.home), wish.profile, wish.home)
    _write_settings(wish, done)
    for path in write_secrets(wish.home):
        done.lines.append(Words(f"已生成密钥 {path}", f"made the key {path}"))
    for name in ("data", "plugins", "calendars"):
        (wish.home / name).mkdir(exist_ok=True)
    with open_deployment(wish.home, checked=False) as deployment:
        _make_tables(deployment, done)
        with deployment.store.write() as conn:
            own_key.note(conn, deployment.keyring, deployment.clock.now())
        _make_first_accounts(deployment, done)
    return done


def _write_settings(wish: Wish, done: Installed) -> None:
    wish.home.mkdir(parents=True, exist_ok=True)
    file = wish.home / FILE
    if file.exists():
        done.lines.append(Words(f"{file} 已存在，未改动", f"{file} exists and was left alone"))
        return
    text = _TEMPLATE.format(
        profile=wish.profile,
        database=wish.database or "sqlite:///data/haochaping.db",
        base_url=wish.base_url or "http://127.0.0.1:8000",
        line_url="http://127.0.0.1:8001",
    )
    file.write_text(text, encoding="utf-8")
    done.lines.append(Words(f"已写入 {file}", f"wrote {file}"))


def _make_tables(deployment: Deployment, done: Installed) -> None:
    for state in migrating.migrate(deployment.store, deployment.migration_lines()):
        if state.pending:
            name = state.line.name
            done.lines.append(Words(f"已建立 {name} 的表", f"made the tables of {name}"))


def _make_first_accounts(deployment: Deployment, done: Installed) -> None:
    """Make the three accounts that keep each other in check, each for another person."""
    for login, name, role in FIRST_ACCOUNTS:
        with deployment.store.read() as conn:
            if grants.anybody_with(conn, role):
                continue
        done.accounts.append(_make_account(deployment, (login, name, role)))
    if done.accounts:
        done.lines.append(
            Words(
                "管理员、安全管理员、审计员三个账号和初始口令如下，请交给三个人，首次登录须修改",
                "administrator, security officer and auditor with their initial passwords:"
                " hand them to three people, to be changed at first sign-in",
            )
        )


def _make_account(deployment: Deployment, first: tuple[str, str, Role]) -> tuple[str, str]:
    login, name, role = first
    password = passwords.initial()
    new = accounts.NewAccount(login, name, passwords.hashed(password))
    at, emit = deployment.clock.now(), deployment.journal.emit
    with deployment.store.write() as conn:
        account_id = accounts.create(conn, emit, new, at)
        grants.give(conn, emit, grants.NewGrant(account_id, role), at)
    return login, password
