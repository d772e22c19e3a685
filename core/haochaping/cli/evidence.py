"""`haochaping verify`: find out whether anything was changed."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words


@click.command(help="核对日志是否被改动、评价数是否守恒 / verify seals and conservation")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def verify(invocation: Invocation, *, as_json: bool) -> None:
    """Walk the sealed journal and count the ratings; exit code 5 when something does not fit."""
    from haochaping.deployment import open_deployment
    from haochaping.evaluation import conservation
    from haochaping.journal import sealing

    with open_deployment(invocation.deployment_home()) as deployment:
        key = deployment.secrets.seal_key.public_key().public_bytes_raw()
        with deployment.store.read() as conn:
            findings = list(sealing.verify(conn, key))
            seal = sealing.latest(conn)
            counted = conservation.count(conn)
    sound = not findings and counted.holds
    if as_json:
        document = {
            "sound": sound,
            "findings": [asdict(finding) for finding in findings],
            "conservation": asdict(counted),
            "head": seal.head if seal else None,
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            where = f"#{finding.seq}" if finding.seq is not None else "-"
            click.echo(f"seal {finding.seal}\trow {where}\t{finding.what}")
        click.echo(f"head\t{seal.head if seal else '-'}")
        for status, count in counted.by_status.items():
            click.echo(f"{status}\t{count}")
        click.echo(f"received\t{counted.received}")
    if not sound:
        invocation.say(
            Words(
                "数据与写入时不一致，请停止写入，保留现场并核对备份",
                "What is stored is not what was written: stop writing, keep the files, compare"
                " with the backup",
            )
        )
        raise click.exceptions.Exit(ExitCode.INTEGRITY)
    invocation.say(Words("没有发现改动", "nothing was changed"))
