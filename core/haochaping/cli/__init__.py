"""The command line."""

from __future__ import annotations

from pathlib import Path

import click

from haochaping.cli.context import Invocation, language_of
from haochaping.cli.lazy import LazyGroup
from haochaping.cli.table import COMMANDS

__all__ = ["main"]


def _set_home(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    ctx.ensure_object(Invocation).home = value


def _set_language(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    ctx.ensure_object(Invocation).language = language_of(value)


def _set_debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.ensure_object(Invocation).debug = value


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from haochaping import __version__

        click.echo(f"haochaping {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--home",
    envvar="HAOCHAPING_HOME",
    type=click.Path(file_okay=False, path_type=Path),
    expose_value=False,
    callback=_set_home,
    help="部署目录 / folder of the deployment [HAOCHAPING_HOME]",
)
@click.option(
    "--lang",
    envvar="HAOCHAPING_LANG",
    is_eager=True,
    expose_value=False,
    callback=_set_language,
    help="输出语言 / language of what is printed: zh, en [HAOCHAPING_LANG]",
)
@click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=_set_debug,
    help="出错时显示调用栈 / show tracebacks",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="显示版本 / show the version",
)
def main() -> None:
    """haochaping: 政务服务好差评 / the good/bad review of government services."""
