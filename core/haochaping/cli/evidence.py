"""`verify`: find out whether anything was changed. `reconcile`: make what is missing anew."""

from __future__ import annotations

import json
from collections import Counter
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


@click.command(help="补建丢失的任务和整改件，修正恢复后的顺序 / make what is missing anew")
@click.option("--dry-run", is_flag=True, help="只列出，不改动 / list only, change nothing")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def reconcile(invocation: Invocation, *, dry_run: bool, as_json: bool) -> None:
    """Make what should be waiting and is not; exit code 1 when something was missing."""
    from haochaping import reconciling
    from haochaping.deployment import open_deployment
    from haochaping.operating import facts
    from haochaping.store import rebasing

    with open_deployment(invocation.deployment_home()) as deployment:
        if dry_run:
            with deployment.store.read() as conn:
                found = Counter(one.kind for one in reconciling.find(deployment, conn))
                found["order"] = int(rebasing.needed(conn))
        else:
            found = Counter(order=int(rebasing.mend(deployment.store)))
            found.update(reconciling.mend(deployment))
            with deployment.store.write() as conn:
                facts.note(conn, "reconcile", dict(found), deployment.clock.now())
    counts = {kind.name: found[kind.name] for kind in reconciling.KINDS}
    counts["order"] = found["order"]
    if as_json:
        click.echo(json.dumps(counts, indent=2))
    else:
        for name, number in counts.items():
            click.echo(f"{name}\t{number}")
    if any(counts.values()):
        raise click.exceptions.Exit(ExitCode.FINDINGS)
