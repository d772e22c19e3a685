"""`haochaping bulletin`: a period's bulletin on the terminal, as files, as a draft to be signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.bulletins.content import Content
    from haochaping.deployment import Deployment

_EDITION = click.Choice(("internal", "public"))
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)


@click.command("bulletin", help="编写通报 / write the bulletin of a period")
@click.argument("period", required=False)
@click.option("--edition", type=_EDITION, default="public", help="版本 / edition")
@click.option("--to", type=_FOLDER, help="把各种文件写到这个目录 / write all files to this folder")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print as JSON")
@click.option("--write-template", type=_FILE, help="写出自带的 Word 模板 / write the Word template")
@click.option("--check-template", type=_FILE, help="检查一个 Word 模板 / check a Word template")
@pass_invocation
def bulletin(invocation: Invocation, /, *, period: str | None, **asked: Path | str | bool) -> None:
    """Print the bulletin of PERIOD, such as 2026-10, 2026-Q4 or 2026, as Markdown."""
    written, checked = asked["write_template"], asked["check_template"]
    if isinstance(written, Path) or isinstance(checked, Path):
        _template(invocation, written, checked)
    elif period is None:
        raise click.UsageError(_NO_PERIOD.into(invocation.language))
    else:
        _bulletin(invocation, period, asked)


_NO_PERIOD = Words("请写明时期，例如 2026-10", "name the period, for example 2026-10")


def _template(invocation: Invocation, written: object, checked: object) -> None:
    from haochaping.bulletins import template

    if isinstance(written, Path):
        written.write_bytes(template.shipped())
        invocation.say(Words(f"已写出 {written}", f"Written: {written}"))
    if isinstance(checked, Path):
        template.require_sound(checked.read_bytes())
        invocation.say(Words("模板可用", "The template can be used"))


def _bulletin(invocation: Invocation, period: str, asked: dict[str, Path | str | bool]) -> None:
    from haochaping.bulletins import short
    from haochaping.bulletins.content import as_json
    from haochaping.bulletins.gathering import Wanted
    from haochaping.bulletins.rules import Edition
    from haochaping.deployment import open_deployment
    from haochaping.grading import periods
    from haochaping.store.types import canonical_json

    wanted = Wanted(periods.parse(period), Edition(str(asked["edition"])))
    with open_deployment(invocation.deployment_home()) as deployment:
        at = deployment.clock.now()
        content = deployment.bulletins.gatherer.gather(deployment.store, wanted, at)
        if isinstance(asked["to"], Path):
            _write(invocation, deployment, content, asked["to"])
    for fault in content.missing:
        invocation.say(Words(f"缺少插件章节：{fault}", f"A plugin's section is missing: {fault}"))
    if asked["as_json"]:
        click.echo(canonical_json({**as_json(content), "digest": content.digest}))
    elif asked["to"] is None:
        click.echo(short.plain(content, invocation.language))


def _write(invocation: Invocation, deployment: Deployment, content: Content, folder: Path) -> None:
    from haochaping.bulletins import files
    from haochaping.bulletins.head import Head

    day = deployment.calendar.local_day(deployment.clock.now())
    made = files.made(content, Head("", day, "", 0), deployment.bulletins.template())
    for one in made.files:
        (folder / one.name).write_bytes(one.content)
        click.echo(f"{one.digest}  {one.name}")
    if made.without_pdf is not None:
        invocation.say(made.without_pdf)
