"""`haochaping plugin check`: what a plugin must keep, checked and told by group."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.kit.checking import Outcome


@click.command("check", help="检查插件是否遵守全部约定 / check all that a plugin must keep")
@click.argument("package", metavar="PACKAGE|PATH")
@click.option("--only", default="", help="只做这些组或检查 / groups or checks, by commas")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def check(invocation: Invocation, package: str, *, only: str, as_json: bool) -> None:
    """Check a plugin; leave with 1 when there are faults."""
    from haochaping.kit.checking import GROUPS, run
    from haochaping.kit.target import find

    target = find(package)
    chosen = tuple(word for word in only.split(",") if word)
    outcomes: list[Outcome] = []
    group = ""
    for outcome in run(target, chosen):
        outcomes.append(outcome)
        if as_json:
            continue
        if outcome.check.group != group:
            group = outcome.check.group
            click.echo(GROUPS[group].into(invocation.language))
        _print(outcome, invocation.language)
    _close(invocation, target.name, outcomes, as_json=as_json)


def _print(outcome: Outcome, language: str) -> None:
    sign = "✗" if outcome.failed else "✓"
    click.echo(f"  {sign} {outcome.check.name:<16} {outcome.check.title.into(language)}")
    for one in outcome.findings:
        mark = "!" if one.weight == "fault" else "·"
        click.echo(f"      {mark} {one.text(language)}")


def _close(
    invocation: Invocation, name: str, outcomes: Sequence[Outcome], *, as_json: bool
) -> None:
    failed = sum(outcome.failed for outcome in outcomes)
    if as_json:
        done = [outcome.document(invocation.language) for outcome in outcomes]
        document = {"plugin": name, "ok": not failed, "checks": done}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    count = len(outcomes)
    invocation.say(
        Words(
            f"{name}：{count} 项检查，{failed} 项不合格", f"{name}: {count} checks, {failed} failed"
        )
    )
    if failed:
        raise click.exceptions.Exit(ExitCode.FINDINGS)
