"""`haochaping open-data`: make a month's package, write it to a file, check one."""

from __future__ import annotations

from pathlib import Path

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words


@click.group("open-data", help="开放数据 / open data")
def open_data() -> None:
    """Hold the commands about open data."""


@open_data.command("make", help="生成一个月的开放数据 / make the package of a month")
@click.argument("period")
@click.option(
    "--to",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="同时写到这个目录 / write its files to this folder too",
)
@pass_invocation
def make(invocation: Invocation, /, *, period: str, to: Path | None) -> None:
    """Make the package of a closed month PERIOD, such as 2026-10; again changes nothing."""
    from haochaping.deployment import open_deployment
    from haochaping.grading import periods
    from haochaping.opendata import releases

    with open_deployment(invocation.deployment_home()) as deployment:
        month = periods.parse(period)
        made = releases.make(deployment.store, deployment.packer, month, deployment.clock.now())
        for one in made.files:
            click.echo(f"{one.digest}  {one.name}  {one.bytes}")
            if to is not None:
                with (to / one.name).open("wb") as out:
                    out.writelines(releases.content(deployment.store, made.id, one.name))
    invocation.say(
        Words(f"{made.period} 第 {made.version} 版", f"{made.period}, version {made.version}")
    )


@open_data.command("check", help="按数据字典核对一个压缩包 / check a package by its dictionary")
@click.argument("path", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@pass_invocation
def check(invocation: Invocation, /, *, path: Path) -> None:
    """Check checksums, columns, types, code lists and keys of the package at PATH."""
    from haochaping.opendata import validating

    found = validating.faults(path)
    for fault in found:
        click.echo(fault)
    if found:
        raise SystemExit(ExitCode.FINDINGS)
    invocation.say(Words("核对无误", "Nothing is wrong with it"))
