"""A group of commands that are imported when they are called, not when they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from haochaping.cli.context import Invocation, with_common_options
from haochaping.cli.reporting import exit_code, report
from haochaping.cli.table import Place
from haochaping.containment import contained

_CLICKS_OWN = (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError)


class LazyGroup(click.Group):
    """Finds commands in a table of places, then among the commands of the plugins.

    Errors end as words on stderr and an exit code; a traceback only with `--debug`.
    """

    def __init__(self, *args: Any, table: Mapping[str, Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the core's commands, in the table's order."""
        return [name for name, place in self._table.items() if place.exists]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None when there is none of this name."""
        place = self._table.get(cmd_name)
        if place is None:
            return self._of_plugin(ctx, cmd_name)
        if not place.exists:
            return None
        command: click.Command = getattr(import_module(place.module), place.attribute)
        return _prepared(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, importing none of them."""
        language = ctx.ensure_object(Invocation).language
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, self._table[name].summary.into(language))
                    for name in self.list_commands(ctx)
                ]
            )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn what goes wrong into words and an exit code."""
        invocation = ctx.ensure_object(Invocation)
        result = contained("command", lambda: super(LazyGroup, self).invoke(ctx))
        if result.error is None:
            return result.value
        if isinstance(result.error, _CLICKS_OWN) or invocation.debug:
            raise result.error
        report(result.error, invocation.language)
        raise click.exceptions.Exit(exit_code(result.error))

    def _of_plugin(self, ctx: click.Context, name: str) -> click.Command | None:
        home = ctx.ensure_object(Invocation).home
        if home is None:
            return None
        from haochaping.cli.extensions import plugin_group

        group = plugin_group(home, name)
        return group and _prepared(group)


def _prepared(command: click.Command) -> click.Command:
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _prepared(inner)
    return with_common_options(command)
