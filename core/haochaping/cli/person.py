"""`haochaping person`: what one person may ask for: an extract of their data, or its erasure."""

from __future__ import annotations

import json
import sys

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words


@click.group(help="办理个人信息请求 / requests of one person about their data")
def person() -> None:
    """Give extracts and erase; the number is read from standard input, not from the command."""


@person.command("export", help="导出一个人的全部数据 / print everything kept about a person")
@click.option("--purpose", required=True, help="依据 / why, for the audit trail")
@pass_invocation
def export(invocation: Invocation, purpose: str) -> None:
    """Print the extract as JSON."""
    from haochaping.access.reveals import Look
    from haochaping.deployment import open_deployment
    from haochaping.evaluation import own_data

    number = _number()
    with open_deployment(invocation.deployment_home()) as deployment:
        at, emit = deployment.clock.now(), deployment.journal.emit
        with deployment.store.write() as conn:
            found = own_data.find(conn, deployment.vault, number)
            documents = [
                own_data.export(conn, deployment.vault, emit, Look(one, 0, purpose), at)
                for one in found
            ]
    _require(invocation, found=bool(found))
    click.echo(json.dumps(documents, ensure_ascii=False, indent=2))


@person.command("erase", help="销毁一个人的数据，不可恢复 / destroy a person's data for good")
@click.option("--yes", is_flag=True, help="确认销毁 / yes, destroy it")
@pass_invocation
def erase(invocation: Invocation, yes: bool) -> None:
    """Destroy the person's key; figures and the sealed journal stay as they are."""
    from haochaping.deployment import open_deployment
    from haochaping.evaluation import own_data

    if not yes:
        invocation.say(Words("请加 --yes 确认，销毁后不可恢复", "Add --yes: this cannot be undone"))
        raise click.exceptions.Exit(ExitCode.USAGE)
    number = _number()
    with open_deployment(invocation.deployment_home()) as deployment:
        at = deployment.clock.now()
        with deployment.store.write() as conn:
            found = own_data.find(conn, deployment.vault, number)
            for one in found:
                own_data.erase(conn, deployment.vault, one, at)
    _require(invocation, found=bool(found))
    invocation.say(Words("已销毁", "Destroyed"))


def _number() -> str:
    return sys.stdin.readline().strip()


def _require(invocation: Invocation, *, found: bool) -> None:
    if not found:
        invocation.say(Words("没有这个号码的记录", "Nothing is kept under this number"))
        raise click.exceptions.Exit(ExitCode.FINDINGS)
