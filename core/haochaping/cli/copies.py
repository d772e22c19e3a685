"""`haochaping backup` and `haochaping restore`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.copying.restoring import Lost

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(help="备份数据库、配置档和日历，加密并读回核对 / write an encrypted backup")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="目录 / folder"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def backup(invocation: Invocation, folder: Path | None, *, as_json: bool) -> None:
    """Write a backup while everything goes on; it counts only when it was read back."""
    from haochaping.copying import backing
    from haochaping.deployment import open_deployment
    from haochaping.settings import read_backup_key

    home = invocation.deployment_home()
    key = read_backup_key(home / "secrets" / "backup.key")
    with open_deployment(home) as deployment:
        target = folder or deployment.settings.backup_folder or home / "backups"
        made = backing.backup(deployment, target, key)
    if as_json:
        told = {"file": str(made.path), "id": made.id, "rows": made.rows, "bytes": made.bytes}
        seconds = {"seconds": made.seconds, "read_back_seconds": made.read_back_seconds}
        click.echo(json.dumps({**told, **seconds}, indent=2))
        return
    click.echo(str(made.path))
    megabytes = made.bytes / 1e6
    invocation.say(
        Words(
            f"{made.rows} 行，{megabytes:.1f} MB；写 {made.seconds:.1f} 秒，"
            f"读回核对 {made.read_back_seconds:.1f} 秒。secrets/ 不在其中，请另外保存",
            f"{made.rows} rows, {megabytes:.1f} MB; written in {made.seconds:.1f} s, read back in"
            f" {made.read_back_seconds:.1f} s. secrets/ is not in it: keep a copy apart",
        )
    )


@click.command(help="从备份恢复，列出备份之后已确认的评价 / restore a backup, list what is missing")
@click.argument("file", type=_FILE, required=False)
@click.option("--key", type=_FILE, help="备份密钥文件 / file with the backup key")
@click.option("--database", help="恢复到这个空数据库 / into this empty database")
@click.option(
    "--report", is_flag=True, help="逐条列出缺失的评价 / list the ratings that are missing"
)
@click.option(
    "--drill", is_flag=True, help="恢复到临时数据库，核对后删除 / restore aside and check"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def restore(invocation: Invocation, /, file: Path | None, **options: Any) -> None:
    """Restore, rehearse, or only report; exit code 1 when ratings are missing."""
    if file is None:
        if not options["report"]:
            raise click.UsageError("FILE, or --report alone")
        _report(invocation, as_json=options["as_json"])
    elif options["drill"]:
        _drill(invocation, file, options)
    else:
        _restore(invocation, file, options)


def _restore(invocation: Invocation, file: Path, options: dict[str, Any]) -> None:
    import os

    from haochaping.copying import backing, restoring
    from haochaping.deployment import open_deployment
    from haochaping.settings import DATABASE_VARIABLE

    home, key = invocation.deployment_home(), _key(invocation, options)
    restoring.lay_out(home, backing.check(file, key).header)
    if options["database"]:
        os.environ[DATABASE_VARIABLE] = options["database"]
    with open_deployment(home, checked=False) as deployment:
        done = restoring.restore(deployment, file, key)
    document = {
        "backup": done.header.id,
        "backup_at": done.header.at.isoformat(),
        "rows": done.rows,
        "seconds": done.seconds,
        "restored_before": done.again,
        "lost": len(done.lost),
        "messages_noted": done.messages,
        "void_seals": done.seals,
    }
    if options["as_json"]:
        listed = {"ratings": [_row(one) for one in done.lost]} if options["report"] else {}
        click.echo(json.dumps({**document, **listed}, ensure_ascii=False, indent=2))
    else:
        for name, value in document.items():
            click.echo(f"{name}\t{value}")
        if options["report"]:
            _print(done.lost)
    _say_lost(invocation, done.lost)


def _report(invocation: Invocation, *, as_json: bool) -> None:
    from haochaping.copying import restoring
    from haochaping.deployment import open_deployment

    with open_deployment(invocation.deployment_home()) as deployment:
        lost = restoring.report(deployment)
    if as_json:
        click.echo(json.dumps([_row(one) for one in lost], ensure_ascii=False, indent=2))
    else:
        _print(lost)
    _say_lost(invocation, lost)


def _drill(invocation: Invocation, file: Path, options: dict[str, Any]) -> None:
    from haochaping.copying import rehearsing
    from haochaping.deployment import open_deployment

    key = _key(invocation, options)
    with open_deployment(invocation.deployment_home()) as deployment:
        done = rehearsing.rehearse(deployment, file, key)
    told = {"rows": done.rows, "seconds": done.seconds, "sound": done.sound}
    click.echo(
        json.dumps(told) if options["as_json"] else "\n".join(f"{k}\t{v}" for k, v in told.items())
    )
    if not done.sound:
        raise click.exceptions.Exit(ExitCode.INTEGRITY)


def _key(invocation: Invocation, options: dict[str, Any]) -> bytes:
    from haochaping.settings import read_backup_key

    return read_backup_key(
        options["key"] or invocation.deployment_home() / "secrets" / "backup.key"
    )


def _row(one: Lost) -> dict[str, str]:
    return {
        "evaluation": one.evaluation,
        "at": one.at.isoformat(),
        "code": one.code,
        "case_no": one.case_no,
    }


def _print(lost: tuple[Lost, ...]) -> None:
    for one in lost:
        click.echo(f"{one.at.isoformat()}\t{one.evaluation}\t{one.case_no or '-'}\t{one.code}")


def _say_lost(invocation: Invocation, lost: tuple[Lost, ...]) -> None:
    if not lost:
        return
    invocation.say(
        Words(
            f"{len(lost)} 条已确认的评价不在数据库中，请按业务编号请评价人再评",
            f"{len(lost)} acknowledged ratings are not in the database:"
            " ask their raters again by the numbers of their services",
        )
    )
    raise click.exceptions.Exit(ExitCode.FINDINGS)
