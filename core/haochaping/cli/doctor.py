"""`haochaping doctor`: what is wrong with a deployment and what to do about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.examining import Finding

_SIGNS: Final = {"ok": "✓", "warning": "!", "fault": "✗"}
FAULTS: Final = 2
"""Exit code when something must be mended."""


@click.command(help="检查部署是否正常 / examine the deployment")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def doctor(invocation: Invocation, *, as_json: bool) -> None:
    """Run every check; exit code 1 when one finds something to look at, 2 something to mend."""
    from haochaping.deployment import open_deployment
    from haochaping.examining import Level, examine

    language = invocation.language
    with open_deployment(invocation.deployment_home(), checked=False) as deployment:
        findings = examine(deployment)
    if as_json:
        rows = [
            {
                "check": each.check,
                "level": each.level,
                "what": each.what.into(language),
                "why": each.why.into(language),
                "fix": each.fix.into(language),
            }
            for each in findings
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for each in findings:
            _print(each, language)
    worst = {each.level for each in findings}
    if Level.FAULT in worst:
        raise click.exceptions.Exit(FAULTS)
    if Level.WARNING in worst:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _print(each: Finding, language: str) -> None:
    click.echo(f"{_SIGNS[each.level]} {each.check}: {each.what.into(language)}")
    why, fix = each.why.into(language), each.fix.into(language)
    if why:
        click.echo(f"    {Words('为何', 'why').into(language)}: {why}")
    if fix:
        click.echo(f"    → {fix}")
