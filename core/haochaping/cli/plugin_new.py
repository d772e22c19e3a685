"""`haochaping plugin new` and `plugin allow`: first files, and files that may be loaded."""

from __future__ import annotations

from pathlib import Path

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.hooks.values import Words


@click.command("new", help="新建一个插件的全部文件 / write the package of a new plugin")
@click.argument("name")
@click.option("--region", default="990000", help="行政区划代码 / code of six digits, e.g. 430000")
@click.option("--title", nargs=2, default=None, metavar="ZH EN", help="地区名称 / name, zh and en")
@click.option("--hooks", default="", help="另加哪些钩子 / further hooks, separated by commas")
@click.option("--author", default="插件作者", help="作者 / whose it is")
@click.option("--email", default="plugins@example.org", help="联系邮箱 / whom to write to")
@click.option("--licence", default="Apache-2.0", show_default=True, help="许可证 / licence")
@click.option("--into", type=click.Path(path_type=Path), help="目标目录 / folder [NAME]")
@pass_invocation
def new(
    invocation: Invocation,
    /,
    name: str,
    region: str,
    title: tuple[str, str] | None,
    hooks: str,
    into: Path | None,
    **whose: str,
) -> None:
    """Write a plugin's package and say what to do next."""
    from haochaping.kit.scaffold import Order, write

    wanted = tuple(hook.strip() for hook in hooks.split(",") if hook.strip())
    place = Words(*title) if title else None
    folder = into or Path(name)
    files = write(Order(name, region, place, wanted, **whose), folder)
    for file in files:
        click.echo(str(file))
    todo = f"cd {folder} && pip install . && haochaping demo --profile {name}"
    invocation.say(Words(f"已写入 {len(files)} 个文件。接下来：{todo}", f"next: {todo}"))


@click.command("allow", help="允许加载 plugins/ 里的单个文件 / allow a single file in plugins/")
@click.argument("file")
@pass_invocation
def allow(invocation: Invocation, file: str) -> None:
    """Note the digest of a file in the deployment's `plugins/` folder."""
    from haochaping.settings import allow_plugin

    digest = allow_plugin(invocation.deployment_home(), Path(file).name)
    click.echo(f"{digest}  {Path(file).name}")
