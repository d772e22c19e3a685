"""`haochaping plugin`: which plugins are installed, enabled, and what they implement."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.extensions import enabled_plugins
from haochaping.cli.plugin_check import check
from haochaping.cli.plugin_new import allow, new
from haochaping.cli.plugin_rehearse import rehearse
from haochaping.cli.plugin_trace import trace
from haochaping.cli.plugin_uninstall import uninstall
from haochaping.hooks.values import Words
from haochaping.plugins import Candidate, PluginFault
from haochaping.plugins.assembly import load_class
from haochaping.plugins.implementations import implementation_faults, implemented
from haochaping.settings import plugin_manager


@dataclass(frozen=True, slots=True)
class Row:
    """One plugin as `plugin list` shows it; `enabled` is None without a deployment."""

    name: str
    version: str
    distribution: str
    target: str
    enabled: bool | None
    title: str = ""
    api_version: int | None = None
    hooks: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@click.group(help="查看插件 / look at plugins")
def plugin() -> None:
    """Hold the commands about plugins."""


@plugin.command("list", help="列出已安装的插件 / list the plugins that are installed")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def list_plugins(invocation: Invocation, *, as_json: bool) -> None:
    """List the plugins that are installed, and whether the deployment enables them."""
    rows = list(_rows(invocation))
    if as_json:
        text = json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2)
        click.echo(text)
        return
    for row in rows:
        _print(row, invocation.language)
    if not rows:
        invocation.say(Words("没有安装插件", "no plugins are installed"))


def _rows(invocation: Invocation) -> Iterable[Row]:
    enabled = None if invocation.home is None else enabled_plugins(invocation.home)
    for name, candidate in sorted(plugin_manager(invocation.home).discover().items()):
        on = None if enabled is None else name in enabled
        yield _row(candidate, invocation.language, enabled=on)


def _row(candidate: Candidate, language: str, *, enabled: bool | None) -> Row:
    found = load_class(candidate)
    row = Row(
        name=candidate.name,
        version=candidate.version,
        distribution=candidate.distribution,
        target=candidate.target,
        enabled=enabled,
    )
    if isinstance(found, PluginFault):
        return replace(row, problems=(found.message.into(language),))
    return replace(
        row,
        title=Words(found.title_zh, found.title_en).into(language),
        api_version=found.api_version,
        hooks=implemented(found),
        problems=tuple(one.message.into(language) for one in implementation_faults(found)),
    )


def _print(row: Row, language: str) -> None:
    states = {
        True: Words("启用", "enabled"),
        False: Words("未启用", "not enabled"),
        None: Words("已安装", "installed"),
    }
    state = states[row.enabled].into(language)
    click.echo(f"{row.name:<16} {row.version:<10} {state:<12} {row.title}")
    if row.hooks:
        click.echo(f"{'':<16} {', '.join(row.hooks)}")
    for problem in row.problems:
        click.echo(f"{'':<16} ! {problem}")


plugin.add_command(check)
plugin.add_command(new)
plugin.add_command(allow)
plugin.add_command(trace)
plugin.add_command(rehearse)
plugin.add_command(uninstall)
