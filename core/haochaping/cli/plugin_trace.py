"""`haochaping plugin trace`: every hook of a profile asked once, each call in one line."""

from __future__ import annotations

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.hooks.values import Words


@click.command("trace", help="逐个调用钩子并打印 / ask every hook once, print each call")
@click.argument("profile", required=False)
@click.option("--hook", "only", default="", help="只调用这个钩子 / this hook only")
@pass_invocation
def trace(invocation: Invocation, profile: str | None, *, only: str) -> None:
    """Ask the plugins of a profile about samples: who answers, in which order, how long, what.

    Nothing is stored: hooks that observe are not called here. In a running deployment
    HAOCHAPING_TRACE_HOOKS=1 writes the same lines for every call.
    """
    from haochaping.kit import tracing
    from haochaping.rulebook import read_profile
    from haochaping.settings import plugin_manager, read_settings

    reference = profile or read_settings(invocation.deployment_home()).profile
    found = read_profile(plugin_manager(invocation.home), reference, invocation.home)
    lines = tracing.lines(found, invocation.home, only)
    for line in lines:
        click.echo(line)
    if not lines:
        invocation.say(Words("没有插件回答", "no plugin answers"))
