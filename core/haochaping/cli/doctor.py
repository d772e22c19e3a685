"""`haochaping doctor`: what is wrong with a deployment and what to do about it."""

from __future__ import annotations

import json

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode

_SIGNS = {"ok": "✓", "warning": "!", "fault": "✗"}


@click.command(help="检查部署是否正常 / examine the deployment")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def doctor(invocation: Invocation, *, as_json: bool) -> None:
    """Run every check; exit code 1 when one finds something."""
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
                "fix": each.fix.into(language),
            }
            for each in findings
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for each in findings:
            fix = each.fix.into(language)
            tail = f"  → {fix}" if fix else ""
            click.echo(f"{_SIGNS[each.level]} {each.check}: {each.what.into(language)}{tail}")
    if any(each.level is not Level.FINE for each in findings):
        raise click.exceptions.Exit(ExitCode.FINDINGS)
