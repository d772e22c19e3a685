"""`haochaping plugin rehearse`: what a plugin would have changed in a past period."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.kit.rehearsing import Rehearsal


@click.command("rehearse", help="用过去一个时期试演 / replay a past period")
@click.argument("name")
@click.option("--period", required=True, help="时期 / month or day, e.g. 2026-10")
@click.option("--version-at", type=click.Path(exists=True, path_type=Path), help="新版本 / folder")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def rehearse(
    invocation: Invocation, name: str, *, period: str, version_at: Path | None, as_json: bool
) -> None:
    """Replay a period with and without a plugin, or with its new version; list what changes."""
    from haochaping.deployment import open_deployment
    from haochaping.grading import periods
    from haochaping.kit import rehearsing, target
    from haochaping.plugins import PluginManager

    home = invocation.deployment_home()
    chosen = target.find(str(version_at) if version_at else name)
    with open_deployment(home) as deployment:
        now = deployment.profile.plugins
        known, newer = deployment.manager, PluginManager([chosen.plugin])
        without = {key: one for key, one in now.items() if key != name}
        settings: Mapping[str, Any] = now.get(name, chosen.settings)
        first = now if version_at else without
        before = rehearsing.with_plugins(deployment, first, known)
        after = rehearsing.with_plugins(deployment, {**now, name: settings}, newer)
        found = rehearsing.rehearse(deployment, periods.parse(period), before, after)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        _print(invocation, found)


def _print(invocation: Invocation, found: Rehearsal) -> None:
    from haochaping.kit.rehearsing import KINDS

    counts = found.counts()
    for kind, words in KINDS.items():
        if counts[kind]:
            click.echo(f"{words.into(invocation.language)} ({counts[kind]})")
        for one in found.changes:
            if one.kind == kind:
                click.echo(f"  {one.about}: {one.before or '—'} → {one.after or '—'}")
    invocation.say(
        Words(
            f"重放了 {found.evaluations} 条评价、{found.cases} 件工单，"
            f"{len(found.changes)} 处不同；没有保存任何内容",
            f"replayed {found.evaluations} ratings and {found.cases} cases:"
            f" {len(found.changes)} differences; nothing was stored",
        )
    )
