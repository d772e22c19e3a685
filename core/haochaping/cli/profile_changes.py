"""`haochaping profile changes` and `withdraw`: stored changes of the rules, without the console.

A change that no longer fits the files refuses the start of every process; then nobody can open
the console to take it back. These commands open the deployment by its files alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from haochaping.amending.changes import Change
    from haochaping.deployment import Deployment

PROPOSE: Final = "profile.propose"
APPROVE: Final = "profile.approve"

_STATES: Final[Mapping[str, Words]] = {
    "proposed": Words("待批准", "waits for approval"),
    "waiting": Words("已批准，未生效", "approved, begins later"),
    "standing": Words("生效中", "stands"),
    "ended": Words("已撤回", "withdrawn"),
    "refused": Words("未批准", "refused"),
    "dropped": Words("已取消", "taken back"),
}


@click.command("changes", help="列出数据库里的规则变更 / list the stored changes of the rules")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def changes(invocation: Invocation, *, as_json: bool) -> None:
    """Print every change that was ever proposed, the newest first, and what became of it."""
    from haochaping.access import accounts
    from haochaping.amending import recording

    with _opened(invocation) as deployment:
        with deployment.store.read() as conn:
            known = recording.every(conn)
            people = {each for one in known for each in (one.proposed_by, one.decided_by) if each}
            names = accounts.names(conn, people)
        now = deployment.clock.now()
        rows = [_row(one, known, now, names) for one in known]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        state = _STATES[row["state"]].into(invocation.language)
        what = f"{row['key']}: {row['value']}" if row["key"] else f"- {row['withdraws']}"
        click.echo(f"{row['id']}\t{state}\t{row['effective_at'][:10]}\t{what}")
    if not rows:
        invocation.say(Words("没有规则变更", "there are no changes"))


@click.command("withdraw", help="撤回一项规则变更，立即生效 / take a stored change back at once")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="理由 / why")
@click.option("--by", "login", required=True, help="提出人的登录名 / login of who asks for it")
@click.option(
    "--approved-by", "second", default="", help="批准人的登录名 / login of who approves it"
)
@pass_invocation
def withdraw(invocation: Invocation, *, number: int, reason: str, login: str, second: str) -> None:
    """Take change NUMBER back now, with both names in the audit.

    One that stands needs a second person who may approve changes, as in the console; the
    processes follow within seconds. Refused when the rules that are left would not be valid
    while those of now are.
    """
    from haochaping.amending import recording
    from haochaping.amending.recording import Act

    with _opened(invocation) as deployment:
        left = _require_sound(deployment, number)
        with deployment.store.write() as conn:
            now = deployment.clock.now()
            by = _person(conn, login, PROPOSE)
            approver = _person(conn, second, APPROVE) if second else None
            recording.withdraw(
                conn, deployment.journal.emit, number, Act(by, now, reason), approver
            )
    invocation.say(Words(f"已撤回变更 {number}", f"change {number} is taken back"))
    for fault in left:
        invocation.say(Words(f"其余规则仍有问题：{fault.zh}", f"still faulty: {fault.into('en')}"))


@contextmanager
def _opened(invocation: Invocation) -> Iterator[Deployment]:
    """Open the deployment by its files alone; its tables must be up to date."""
    from haochaping.deployment import open_deployment

    with open_deployment(invocation.deployment_home(), checked=False) as deployment:
        deployment.require_migrated()
        yield deployment


def _require_sound(deployment: Deployment, number: int) -> tuple[Words, ...]:
    """Return what is still wrong without the change; raise ChangeRefused if only then it is."""
    from haochaping import renewing
    from haochaping.amending import recording
    from haochaping.amending.problems import ChangeRefused

    with deployment.store.read() as conn:
        known = recording.approved(conn)
    now = deployment.clock.now()
    left = renewing.refusals(deployment, [one for one in known if one.id != number], now)
    if left and not renewing.refusals(deployment, known, now):
        said = ("；".join(one.zh for one in left), "; ".join(one.into("en") for one in left))
        raise ChangeRefused(Words(*said))
    return left


def _person(conn: Connection, login: str, permission: str) -> int:
    """Return the account of a login that holds a permission. Raises NoSuchAccount, Forbidden."""
    from haochaping.access import accounts, grants
    from haochaping.access.principals import Forbidden

    found = accounts.find(conn, login)
    if found is None:
        raise accounts.NoSuchAccount(
            Words(f"没有登录名为 {login} 的账号", f"There is no account named {login}")
        )
    who = grants.principal(conn, found.id)
    if who is None or not who.may(permission):
        raise Forbidden(
            Words(
                f"账号 {login} 没有权限 {permission}",
                f"The account {login} does not hold {permission}",
            )
        )
    return found.id


def _row(
    one: Change, known: Sequence[Change], now: datetime, names: Mapping[int, str]
) -> dict[str, Any]:
    draft = one.draft
    return {
        "id": one.id,
        "state": _state(one, known, now),
        "key": draft.key,
        "value": " ".join(draft.value.split()),
        "withdraws": draft.withdraws,
        "effective_at": draft.effective_at.isoformat(),
        "reason": draft.reason,
        "source": dict(draft.source),
        "proposed_by": names.get(one.proposed_by, ""),
        "decided_by": names.get(one.decided_by or 0, ""),
        "decision": one.decision,
        "profile_digest": one.profile_digest,
    }


def _state(one: Change, known: Sequence[Change], now: datetime) -> str:
    """Return how far a change has come; an approved one by the moment."""
    from haochaping.amending.changes import State, standing

    if one.state is not State.APPROVED:
        return one.state.value
    if one.draft.effective_at > now:
        return "waiting"
    ends = one.draft.withdraws is not None
    return "standing" if ends or one in standing(known, now) else "ended"
