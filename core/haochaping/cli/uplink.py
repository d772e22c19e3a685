"""`haochaping uplink`: how the exchange stands, sending, sending again, reconciling."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.uplink.comparing import Comparison

_DAYS: Final = 7


@click.group("uplink", help="上下级平台对接 / the exchange with other platforms")
def uplink() -> None:
    """Hold the commands about the exchange."""


@uplink.command("status", help="待发、已发、退回和回执 / what waits, what was sent, what is stuck")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def status(invocation: Invocation, *, as_json: bool) -> None:
    """Print how the exchange stands; exits 1 when a person has to look at something."""
    from haochaping.deployment import open_deployment
    from haochaping.uplink import overview

    with open_deployment(invocation.deployment_home()) as deployment:
        with deployment.store.read() as conn:
            found = overview.status(conn, deployment.clock.now())
            stuck = overview.stuck(conn)
    if as_json:
        listed = [{"id": one.id, "kind": one.kind, "fault": asdict(one.fault)} for one in stuck]
        click.echo(json.dumps({**asdict(found), "stuck": listed}, ensure_ascii=False, indent=2))
    else:
        language = invocation.language
        for name, words in _NUMBERS.items():
            click.echo(f"{words.into(language)}\t{getattr(found, name)}")
        for one in stuck:
            click.echo(f"#{one.id}\t{one.kind}\t{one.fault.into(language)}")
    if stuck or found.resting:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


@uplink.command("send", help="立即上报待发内容 / send what waits now")
@pass_invocation
def send(invocation: Invocation) -> None:
    """Make and send batches until nothing waits or the other side does not answer.

    Other jobs that are due are run as well, as the worker does. Batches that wait for another
    attempt keep their time.
    """
    from haochaping.deployment import open_deployment
    from haochaping.jobs import Runner
    from haochaping.logs import log
    from haochaping.uplink import collecting, overview, packing

    with open_deployment(invocation.deployment_home()) as deployment:
        exchange, store, clock = deployment.exchange, deployment.store, deployment.clock
        while collecting.collect(exchange):
            pass
        runner = Runner(store, clock, deployment.handlers, log)
        while packing.pack(exchange, now=True):
            runner.run_due()
        with store.read() as conn:
            found = overview.status(conn, clock.now())
    invocation.say(
        Words(
            f"已发 {found.sent} 条，待发 {found.waiting} 条",
            f"{found.sent} sent, {found.waiting} waiting",
        )
    )


@uplink.command("resend", help="重发退回的内容 / let what is stuck be sent again")
@click.option("--id", "item_id", type=int, help="只重发一条 / one item only")
@pass_invocation
def resend(invocation: Invocation, *, item_id: int | None) -> None:
    """Let items that the gate kept or the other side refused wait for the next batch."""
    from haochaping.deployment import open_deployment
    from haochaping.uplink import overview

    with open_deployment(invocation.deployment_home()) as deployment:
        count = overview.resend(deployment.exchange, item_id=item_id)
    invocation.say(Words(f"{count} 条将重发", f"{count} will be sent again"))


@uplink.command("reconcile", help="与上级平台对账 / compare with the next platform")
@click.option("--from", "first", help="第一天 / first day, 2026-11-01 [7 天前 / 7 days ago]")
@click.option("--until", "last", help="最后一天 / last day [今天 / today]")
@click.option("--resend", "again", is_flag=True, help="重发有差异的 / send what differs again")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def reconcile(
    invocation: Invocation, *, first: str | None, last: str | None, again: bool, as_json: bool
) -> None:
    """Print what they have and what we have, day by day; exits 1 when something differs."""
    from haochaping.deployment import open_deployment
    from haochaping.uplink import comparing

    with open_deployment(invocation.deployment_home()) as deployment:
        until = _day(last) or deployment.calendar.local_day(deployment.clock.now())
        since = _day(first) or until - timedelta(days=_DAYS)
        found = comparing.checked(deployment.exchange, since, until)
        if as_json:
            click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        else:
            _print(found, invocation.language)
        if again:
            count = comparing.send_again(deployment.exchange, found.differences)
            invocation.say(Words(f"{count} 条将重发", f"{count} will be sent again"))
    if found.differences:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _print(found: Comparison, language: str) -> None:
    theirs = {(one.day, one.kind): one.count for one in found.theirs}
    ours = {(one.day, one.kind): one.count for one in found.ours}
    click.echo("\t".join(one.into(language) for one in _HEAD))
    for place in sorted(ours.keys() | theirs.keys()):
        click.echo("\t".join(map(str, (*place, ours.get(place, 0), theirs.get(place, 0)))))
    for one in found.differences:
        click.echo(f"{one.day}\t{one.subject}\t{_WHAT[one.what].into(language)}")


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("2026-11-16") from error


_NUMBERS: Final = {
    "waiting": Words("待发", "waiting"),
    "sent": Words("已发", "sent"),
    "faulty": Words("本地质量检查未通过", "kept by the gate here"),
    "refused": Words("对方退回", "refused there"),
    "oldest_seconds": Words("最早一条已等（秒）", "oldest waits (s)"),
}
_HEAD: Final = (
    Words("日期", "day"),
    Words("类别", "kind"),
    Words("我方", "ours"),
    Words("对方", "theirs"),
)
_WHAT: Final = {
    "missing": Words("对方没有", "not there"),
    "older": Words("对方是旧的", "older there"),
    "newer": Words("对方更新，本地可能由备份恢复", "newer there: restored from a backup?"),
    "other": Words("内容不同", "another content"),
    "unknown": Words("本地没有发送记录", "unknown here"),
}
