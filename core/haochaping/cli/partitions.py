"""`haochaping partitions`: logs month by month on PostgreSQL, and files of old months."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.copying.archiving import Archived
    from haochaping.deployment import Deployment

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(help="按月存放日志：分区、归档、核对 / logs month by month: parts, archive, check")
def partitions() -> None:
    """Group the commands of logs kept month by month."""


@partitions.command(help="把日志改为按月存放，可以重复运行 / keep the logs month by month")
@pass_invocation
def start(invocation: Invocation) -> None:
    """Turn each log into one of monthly parts and make the coming months; again: nothing."""
    from haochaping.deployment import open_deployment
    from haochaping.operating import partitions as months

    with open_deployment(invocation.deployment_home()) as deployment:
        at = deployment.clock.now()
        for log in months.LOGS:
            with deployment.store.write() as conn:
                done = months.start(conn, log, at, deployment.zone)
            click.echo(f"{log.name}\t{'+' if done else '='}")


@partitions.command(help="建好以后几个月的分区；后台每天也做 / make the coming months' parts")
@pass_invocation
def make(invocation: Invocation) -> None:
    """Make the parts of the coming months that are missing; the worker does it every day."""
    from haochaping.deployment import open_deployment
    from haochaping.operating import partitions as months

    with open_deployment(invocation.deployment_home()) as deployment:
        with deployment.store.write() as conn:
            made = months.make(conn, deployment.clock.now(), deployment.zone)
        for name in made:
            click.echo(name)


@partitions.command("list", help="列出分区和已归档的文件 / list the parts and the archived files")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def list_(invocation: Invocation, *, as_json: bool) -> None:
    """Print every part with its estimated rows and size, and every file that was archived."""
    from haochaping.copying import archiving
    from haochaping.deployment import open_deployment
    from haochaping.operating import partitions as months

    with open_deployment(invocation.deployment_home()) as deployment:
        with deployment.store.read() as conn:
            parts = [one for log in months.LOGS for one in months.parts(conn, log)]
            files = archiving.listed(conn)
    if as_json:
        told = {"parts": [asdict(one) for one in parts], "files": [asdict(one) for one in files]}
        click.echo(json.dumps(told, indent=2))
        return
    for part in parts:
        click.echo(f"{part.name}\t{part.rows}\t{part.bytes}")
    for one in files:
        click.echo(f"{one.file}\t{one.rows}\t{one.bytes}\t{one.sha256}")


@partitions.command(
    help="把早于某月的日志写成文件，核对后移出 / move logs before a month into files"
)
@click.option("--before", required=True, help="月份，如 2026-01 / month, e.g. 2026-01")
@click.option("--to", "folder", type=_FOLDER, help="目录 / folder")
@pass_invocation
def archive(invocation: Invocation, before: str, folder: Path | None) -> None:
    """Write each older part into an encrypted file, read it back, then take the part away."""
    from haochaping.copying import archiving
    from haochaping.deployment import open_deployment
    from haochaping.settings import read_backup_key

    home, month = invocation.deployment_home(), _month(before)
    key = read_backup_key(home / "secrets" / "backup.key")
    with open_deployment(home) as deployment:
        target = folder or (deployment.settings.backup_folder or home / "backups") / "logs"
        for done in archiving.archive(deployment, month.date(), target, key):
            click.echo(f"{target / done.file}\t{done.rows}\t{done.sha256}")


@partitions.command(help="核对归档文件 / check an archived file")
@click.argument("file", type=_FILE)
@click.option("--key", type=_FILE, help="备份密钥文件 / file with the backup key")
@pass_invocation
def check(invocation: Invocation, file: Path, key: Path | None) -> None:
    """Read a file to its end and compare it with what was noted; exit code 5 if it differs."""
    from haochaping.copying import archiving
    from haochaping.deployment import open_deployment

    with open_deployment(invocation.deployment_home()) as deployment:
        found = archiving.check(file, _key(deployment, key))
        noted = _noted(deployment, file.name)
    if noted is None:
        invocation.say(
            Words("文件完整，但本库没有记录它", "The file is whole; this database never noted it")
        )
        raise click.exceptions.Exit(ExitCode.FINDINGS)
    if (noted.rows, noted.content) != (found.rows, found.content):
        invocation.say(Words("与归档时的记录不符", "It is not what was archived"))
        raise click.exceptions.Exit(ExitCode.INTEGRITY)
    click.echo(f"{found.header['part']}\t{found.rows}\t{found.content}")


@partitions.command(help="输出归档文件中的日志，每行一条 JSON / print the rows of a file")
@click.argument("file", type=_FILE)
@click.option("--key", type=_FILE, help="备份密钥文件 / file with the backup key")
@pass_invocation
def show(invocation: Invocation, file: Path, key: Path | None) -> None:
    """Print the rows of a file as lines of JSON; needs the deployment only for its key."""
    from haochaping.copying import archiving
    from haochaping.settings import read_backup_key

    chosen = key or invocation.deployment_home() / "secrets" / "backup.key"
    for row in archiving.content(file, read_backup_key(chosen)):
        click.echo(json.dumps(row, ensure_ascii=False))


def _key(deployment: Deployment, given: Path | None) -> bytes:
    from haochaping.settings import read_backup_key

    return read_backup_key(given or deployment.home / "secrets" / "backup.key")


def _noted(deployment: Deployment, name: str) -> Archived | None:
    from haochaping.copying import archiving

    with deployment.store.read() as conn:
        return next((one for one in archiving.listed(conn) if one.file == name), None)


def _month(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m")
    except ValueError:
        raise click.BadParameter(f"{text}: 2026-01", param_hint="--before") from None
