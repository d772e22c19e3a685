"""`haochaping key`: the master keys of a deployment, and how they are changed while it runs."""

from __future__ import annotations

import json

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.hooks.values import Words


@click.group(help="主密钥的查看与轮换 / look at and rotate the master keys")
def key() -> None:
    """Group the commands of master keys."""


@key.command("list", help="列出主密钥编号和算法 / list the master keys")
@pass_invocation
def list_(invocation: Invocation) -> None:
    """Print the ids, which one seals, and the suite."""
    from haochaping.settings import master_keys, read_settings
    from haochaping.suites import SUITES

    home = invocation.deployment_home()
    found = master_keys(home)
    for number in sorted(found.files):
        click.echo(
            f"{number}\t{'*' if number == found.current else ''}\t{found.files[number].name}"
        )
    suite = SUITES[read_settings(home).crypto]
    click.echo(f"{suite.name}\t{Words(suite.zh, suite.en).into(invocation.language)}")


@key.command(help="第一步：生成新密钥，先不使用 / first: make a key that is only read")
@pass_invocation
def prepare(invocation: Invocation) -> None:
    """Make the next master key; nothing is sealed with it yet."""
    from haochaping.settings import prepare_master_key

    path = prepare_master_key(invocation.deployment_home())
    click.echo(path.name)
    invocation.say(
        Words(
            "请逐个重启各进程，让它们都认识新密钥，再运行 haochaping key use",
            "restart the processes one by one, so that all know it; then: haochaping key use",
        )
    )


@key.command(help="第二步：开始使用最新的密钥 / second: seal with the newest key")
@pass_invocation
def use(invocation: Invocation) -> None:
    """Let processes that start from now on seal with the newest master key."""
    from haochaping.settings import use_newest_master_key

    click.echo(str(use_newest_master_key(invocation.deployment_home())))
    invocation.say(
        Words(
            "请再逐个重启各进程，然后运行 haochaping key rewrap",
            "restart the processes one by one again; then: haochaping key rewrap",
        )
    )


@key.command(help="第三步：用新密钥重新包裹数据密钥 / third: wrap the data keys again")
@pass_invocation
def rewrap(invocation: Invocation) -> None:
    """Wrap every data key with the current master key, a few at a time, while all goes on."""
    from haochaping.access import data_keys
    from haochaping.clock import stopwatch
    from haochaping.deployment import open_deployment
    from haochaping.operating import facts

    with open_deployment(invocation.deployment_home()) as deployment:
        started, number, last = stopwatch(), 0, 0
        while True:
            with deployment.store.write() as conn:
                done = data_keys.rewrap(conn, deployment.keyring, last, data_keys.BATCH)
            if done is None:
                break
            last, number = done.last, number + done.count
        seconds = round(stopwatch() - started, 1)
        with deployment.store.write() as conn:
            told = {"keys": number, "seconds": seconds}
            facts.note(conn, "rewrap", told, deployment.clock.now())
    click.echo(json.dumps(told))
