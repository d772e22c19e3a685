"""What every command knows: the deployment's folder, the language, whether to show tracebacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

import click

from haochaping.hooks.values import Words
from haochaping.problems import Problem

SOURCE_LANGUAGE: Final = "zh_Hans_CN"
Value = TypeVar("Value")


class NoHome(Problem):
    """A command needs a deployment and was not told where it lies."""

    code = "HCP-NO-HOME"
    exit_code: ClassVar[int] = 2
    title = Words("没有指定部署目录", "No deployment folder was given")


@dataclass(slots=True)
class Invocation:
    """One run of the command line. Options behind the command overrule those before it."""

    home: Path | None = None
    language: str = SOURCE_LANGUAGE
    debug: bool = False

    def deployment_home(self) -> Path:
        """Return the deployment's folder. Raises NoHome when none was given."""
        if self.home is not None:
            return self.home
        if Path("deployment.yaml").is_file():
            return Path()
        raise NoHome(
            Words(
                "请加 --home 目录，或设置环境变量 HAOCHAPING_HOME",
                "give --home FOLDER or set HAOCHAPING_HOME",
            )
        )

    def say(self, words: Words) -> None:
        """Tell the person at the terminal something: talk goes to stderr."""
        click.echo(words.into(self.language), err=True)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
"""Hands the Invocation to a command as its first argument."""


def language_of(wanted: str | None) -> str:
    """Return the Babel locale for what a person wrote: `en`, `en_GB`, `zh`, nothing."""
    return "en" if wanted and wanted.lower().startswith("en") else SOURCE_LANGUAGE


def with_common_options(command: click.Command) -> click.Command:
    """Let `--home`, `--lang` and `--debug` stand behind the command's name as well."""
    given = {name for option in command.params for name in option.opts}
    command.params += [option for option in _common() if not given & set(option.opts)]
    return command


def _common() -> list[click.Option]:
    folder = click.Path(file_okay=False, path_type=Path)
    return [
        click.Option(
            ["--home"],
            type=folder,
            expose_value=False,
            callback=_keep(lambda invocation, home: setattr(invocation, "home", home)),
            help="部署目录 / folder of the deployment",
        ),
        click.Option(
            ["--lang"],
            expose_value=False,
            hidden=True,
            callback=_keep(lambda invocation, lang: setattr(invocation, "language", lang)),
            type=language_of,
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            default=None,
            expose_value=False,
            hidden=True,
            callback=_keep(lambda invocation, debug: setattr(invocation, "debug", debug)),
        ),
    ]


def _keep(
    setting: Callable[[Invocation, Any], None],
) -> Callable[[click.Context, click.Parameter, Value], Value]:
    def callback(ctx: click.Context, _: click.Parameter, value: Value) -> Value:
        if value is not None:
            setting(ctx.ensure_object(Invocation), value)
        return value

    return callback
