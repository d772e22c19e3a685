"""`haochaping user` and `haochaping device`: accounts, roles, API keys, window devices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from haochaping.access.accounts import Account
    from haochaping.access.placing import Place
    from haochaping.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Desk:
    """An open deployment with one transaction."""

    deployment: Deployment
    conn: Connection
    at: datetime


@contextmanager
def _desk(invocation: Invocation, *, writes: bool = True) -> Iterator[Desk]:
    from haochaping.deployment import open_deployment

    with open_deployment(invocation.deployment_home()) as deployment:
        transaction = deployment.store.write if writes else deployment.store.read
        with transaction() as conn:
            yield Desk(deployment, conn, deployment.clock.now())


@click.group(help="管理账号 / manage accounts")
def user() -> None:
    """Accounts, their roles and second factors, and the keys of business systems."""


@click.group(help="管理窗口设备 / manage window devices")
def device() -> None:
    """Window devices and their keys."""


def _place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--staff", default="", help="工号 / staff number"),
        click.option("--hall", default="", help="大厅代码 / hall code"),
        click.option("--organization", default="", help="机构代码 / organization code"),
        click.option("--region", default="", help="区划代码 / region code"),
    ):
        command = option(command)

    @wraps(command)
    def placed(*args: Any, region: str, organization: str, hall: str, staff: str, **kw: Any) -> Any:
        from haochaping.access.placing import Place

        return command(*args, place=Place(region, organization, hall, staff), **kw)

    return placed


@user.command("add", help="新建账号，打印初始密码 / add an account, print its initial password")
@click.argument("login")
@click.argument("name")
@click.option("--role", default="", help="角色 / role, for example handler")
@_place_options
@pass_invocation
def add(invocation: Invocation, login: str, name: str, role: str, place: Place) -> None:
    """Make an account, optionally with a role; the initial password goes to stdout."""
    from haochaping.access import accounts, passwords

    password = passwords.initial()
    new = accounts.NewAccount(login, name, passwords.hashed(password))
    with _desk(invocation) as desk:
        account_id = accounts.create(desk.conn, desk.deployment.journal.emit, new, desk.at)
        if role:
            _give(desk, account_id, role, place)
    click.echo(f"{accounts.folded(login)}\t{password}")
    invocation.say(
        Words("初始密码只显示一次，首次登录须修改", "Shown once; to be changed at first sign-in")
    )


@user.command("list", help="列出账号 / list accounts")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def list_users(invocation: Invocation, as_json: bool) -> None:
    """Print every account with its roles."""
    with _desk(invocation, writes=False) as desk:
        rows = [_described(desk.conn, each) for each in _all_accounts(desk.conn)]
    _print(rows, as_json=as_json)


@user.command("grant", help="授予角色 / grant a role")
@click.argument("login")
@click.argument("role")
@_place_options
@pass_invocation
def grant(invocation: Invocation, login: str, role: str, place: Place) -> None:
    """Grant a role in a place."""
    with _desk(invocation) as desk:
        _give(desk, _account(desk, login).id, role, place)


@user.command("revoke", help="收回角色 / take roles back")
@click.argument("login")
@click.argument("role")
@pass_invocation
def revoke(invocation: Invocation, login: str, role: str) -> None:
    """Take a role back, wherever it is held."""
    from haochaping.access import grants
    from haochaping.access.placing import role_named

    wanted = role_named(role)
    with _desk(invocation) as desk:
        held = grants.held(desk.conn, _account(desk, login).id)
        for each in held:
            if each.grant.role is wanted:
                grants.revoke(desk.conn, desk.deployment.journal.emit, each.id, desk.at)


@user.command("disable", help="停用账号并下线 / close an account and its sessions")
@click.argument("login")
@pass_invocation
def disable(invocation: Invocation, login: str) -> None:
    """Close an account."""
    from haochaping.access import accounts

    with _desk(invocation) as desk:
        emit = desk.deployment.journal.emit
        accounts.disable(desk.conn, emit, _account(desk, login).id, desk.at)


@user.command("enable", help="恢复账号 / open a closed account again")
@click.argument("login")
@pass_invocation
def enable(invocation: Invocation, login: str) -> None:
    """Open a closed account."""
    from haochaping.access import accounts

    with _desk(invocation) as desk:
        emit = desk.deployment.journal.emit
        accounts.enable(desk.conn, emit, _account(desk, login).id, desk.at)


@user.command("reset-password", help="重设初始密码 / set a new initial password")
@click.argument("login")
@pass_invocation
def reset_password(invocation: Invocation, login: str) -> None:
    """Set a random password, print it, lift a lock and end the account's sessions."""
    from haochaping.access import accounts, lockout, passwords

    password = passwords.initial()
    changed = passwords.hashed(password)
    with _desk(invocation) as desk:
        found = _account(desk, login)
        change = accounts.PasswordChange(found.id, changed, initial=True)
        accounts.set_password(desk.conn, desk.deployment.journal.emit, change, desk.at)
        key = lockout.key_of(desk.deployment.keyring, f"login:{found.login}")
        lockout.clear(desk.conn, key)
    click.echo(f"{found.login}\t{password}")


@user.command("reset-totp", help="解除两步验证 / take the second factor off")
@click.argument("login")
@pass_invocation
def reset_totp(invocation: Invocation, login: str) -> None:
    """Take the second factor off and end the sessions; it is set up anew at sign-in."""
    from haochaping.access import sessions, totp
    from haochaping.journal import Event

    with _desk(invocation) as desk:
        found = _account(desk, login)
        totp.remove(desk.conn, found.id)
        sessions.revoke_all(desk.conn, found.id, desk.at)
        event = Event("account.factor_removed", f"account:{found.id}", {"by": None})
        desk.deployment.journal.emit(desk.conn, event, desk.at)


@user.command("add-key", help="新建业务系统密钥 / make an API key of a business system")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="cases.push, …")
@click.option("--region", required=True, help="区划代码 / root of its region subtree")
@click.option("--organization", default="", help="机构代码 / organization code")
@click.option("--days", type=click.IntRange(1), help="有效天数 / days until it expires")
@pass_invocation
def add_key(invocation: Invocation, /, name: str, scopes: tuple[str, ...], **given: Any) -> None:
    """Make an API key and print it, once."""
    from haochaping.access import api_keys, placing

    with _desk(invocation) as desk:
        days = given["days"]
        new = api_keys.NewApiKey(
            name=name,
            scopes=frozenset(scopes),
            region=given["region"],
            organization_id=placing.organization_id(desk.conn, given["organization"]),
            expires_at=desk.at + timedelta(days=days) if days else None,
        )
        deployment = desk.deployment
        key_id, key = api_keys.add(
            desk.conn, deployment.keyring, deployment.journal.emit, new, desk.at
        )
    _print_key(invocation, key_id, key)


@user.command("keys", help="列出业务系统密钥 / list API keys")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def keys(invocation: Invocation, as_json: bool) -> None:
    """Print the API keys, never the keys themselves."""
    from haochaping.access import api_keys

    with _desk(invocation, writes=False) as desk:
        rows = [
            {
                "id": each.id,
                "name": each.name,
                "region": each.region,
                "scopes": sorted(each.scopes),
                "seen_at": _moment(each.seen_at),
                "state": "revoked" if each.revoked_at else "active",
            }
            for each in api_keys.listing(desk.conn)
        ]
    _print(rows, as_json=as_json)


@user.command("revoke-key", help="收回业务系统密钥 / end an API key")
@click.argument("key_id", type=int)
@pass_invocation
def revoke_key(invocation: Invocation, key_id: int) -> None:
    """End an API key."""
    from haochaping.access import api_keys

    with _desk(invocation) as desk:
        done = api_keys.revoke(desk.conn, desk.deployment.journal.emit, key_id, desk.at)
    _require(invocation, done)


@device.command("add", help="登记窗口设备，打印密钥 / register a device, print its key")
@click.argument("hall")
@click.argument("window")
@click.option("--name", default="", help="设备名称 / name of the device")
@pass_invocation
def add_device(invocation: Invocation, hall: str, window: str, name: str) -> None:
    """Register a device for the window WINDOW of the hall HALL (codes)."""
    from haochaping.access import devices
    from haochaping.catalog import windows

    with _desk(invocation) as desk:
        found = windows.find(desk.conn, hall, window)
        if found is None:
            raise devices.NoSuchWindow()
        deployment = desk.deployment
        device_id, key = devices.add(
            desk.conn, deployment.keyring, deployment.journal.emit, (found.id, name), desk.at
        )
    _print_key(invocation, device_id, key)


@device.command("list", help="列出窗口设备 / list devices")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def list_devices(invocation: Invocation, as_json: bool) -> None:
    """Print the devices and how they are."""
    from haochaping.access import devices

    with _desk(invocation, writes=False) as desk:
        rows = [
            {
                "id": each.id,
                "name": each.name,
                "window_id": each.window_id,
                "seen_at": _moment(each.seen_at),
                "waiting": each.waiting,
                "clock_offset_ms": each.clock_offset_ms,
                "state": "revoked" if each.revoked_at else _presence(each.away(desk.at)),
            }
            for each in devices.listing(desk.conn)
        ]
    _print(rows, as_json=as_json)


@device.command("renew", help="更换设备密钥 / give a device a new key")
@click.argument("device_id", type=int)
@pass_invocation
def renew_device(invocation: Invocation, device_id: int) -> None:
    """Give a device a new key; the old one ends."""
    from haochaping.access import devices

    with _desk(invocation) as desk:
        deployment = desk.deployment
        emit = deployment.journal.emit
        key = devices.renew(desk.conn, deployment.keyring, emit, device_id, desk.at)
    _print_key(invocation, device_id, key)


@device.command("rotate-queue-key", help="更换离线评价的加密公钥 / renew the offline queue's key")
@pass_invocation
def rotate_queue_key(invocation: Invocation) -> None:
    """Make a new pair at once, as happens by age anyway, and print its id.

    Devices learn of it with their next request. What was sealed to earlier keys can still be
    opened until these are destroyed by age.
    """
    from haochaping.access import queue_keys

    with _desk(invocation) as desk:
        deployment = desk.deployment
        emit = deployment.journal.emit
        made = queue_keys.rotate(desk.conn, deployment.keyring, emit, desk.at)
    click.echo(made.id)
    invocation.say(
        Words(
            "已更换：设备下次联网时换用新公钥，旧公钥加密的评价仍可读取",
            "Renewed: devices take the new key with their next request; what was sealed to the"
            " old one can still be opened",
        )
    )


@device.command("revoke", help="收回设备密钥 / end a device's key")
@click.argument("device_id", type=int)
@pass_invocation
def revoke_device(invocation: Invocation, device_id: int) -> None:
    """End a device's key."""
    from haochaping.access import devices

    with _desk(invocation) as desk:
        done = devices.revoke(desk.conn, desk.deployment.journal.emit, device_id, desk.at)
    _require(invocation, done)


def _give(desk: Desk, account_id: int, role: str, place: Place) -> None:
    from haochaping.access import grants, placing

    new = placing.grant_of(desk.conn, account_id, placing.role_named(role), place)
    grants.give(desk.conn, desk.deployment.journal.emit, new, desk.at)


def _account(desk: Desk, login: str) -> Account:
    from haochaping.access import accounts

    found = accounts.find(desk.conn, login)
    if found is None:
        raise accounts.NoSuchAccount(
            Words(f"没有登录名为 {login} 的账号", f"There is no account named {login}")
        )
    return found


def _all_accounts(conn: Connection) -> Iterator[Account]:
    from haochaping.access import accounts

    page = accounts.listing(conn, limit=500)
    while page:
        yield from page
        page = accounts.listing(conn, after=page[-1].login, limit=500)


def _described(conn: Connection, each: Account) -> dict[str, Any]:
    from haochaping.access import grants

    roles = sorted({str(held.grant.role) for held in grants.held(conn, each.id)})
    return {
        "login": each.login,
        "name": each.name,
        "roles": roles,
        "second_factor": each.second_factor,
        "signed_in_at": _moment(each.signed_in_at),
        "state": "active" if each.active else "disabled",
    }


def _presence(away: bool) -> str:
    return "away" if away else "here"


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="seconds")


def _print_key(invocation: Invocation, key_id: int, key: str) -> None:
    click.echo(f"{key_id}\t{key}")
    invocation.say(
        Words("密钥只显示这一次，请妥善保存", "The key is shown this once, keep it safe")
    )


def _print(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("\t".join(_cell(value) for value in row.values()))


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value) or "-"
    return "-" if value is None else str(value)


def _require(invocation: Invocation, done: bool) -> None:
    if not done:
        invocation.say(Words("没有可收回的密钥", "There is no such key in force"))
        raise click.exceptions.Exit(ExitCode.FINDINGS)
