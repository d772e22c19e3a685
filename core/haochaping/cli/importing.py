"""`haochaping import` and `haochaping export`: the catalogue's files in and out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.catalog.importing import ImportContext, Kind, Progress, Report
    from haochaping.deployment import Deployment

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE: Final = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("import", help="导入 CSV 或 XLSX 文件 / import a CSV or XLSX file")
@click.argument("kind")
@click.argument("file", type=_FILE, required=False)
@click.option("--rejects", type=_NEW_FILE, help="被拒绝的行写到哪里 / file for refused lines")
@click.option("--template", type=_NEW_FILE, help="只写出 XLSX 模板 / only write the template")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def import_(
    invocation: Invocation, /, kind: str, file: Path | None, rejects: Path | None, **given: Any
) -> None:
    """Store the good lines of FILE, name every bad one; exit 1 when lines were refused."""
    from haochaping import import_kinds
    from haochaping.catalog import importing
    from haochaping.deployment import open_deployment

    import_kinds.register()
    if given["template"]:
        chosen = importing.kind_of(kind)
        given["template"].write_bytes(importing.template(chosen, invocation.language))
        return
    if file is None:
        raise click.UsageError(Words("请给出文件", "FILE is needed").into(invocation.language))
    with open_deployment(invocation.deployment_home()) as deployment:
        chosen = importing.kind_of(kind, contributed_kinds(deployment))
        with _bar(invocation, chosen) as advance:
            job = importing.ImportJob(
                deployment.store.write,
                chosen,
                file,
                import_context(deployment),
                rejects,
                invocation.language,
                advance,
            )
            report = importing.run(job)
    _tell(invocation, report, as_json=given["as_json"])
    if report.refused:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


@click.command("export", help="导出 CSV（可再导入） / export as CSV that can be imported again")
@click.argument("kind")
@click.option("--output", "-o", type=_NEW_FILE, help="写入文件，缺省为标准输出 / default: stdout")
@pass_invocation
def export(invocation: Invocation, kind: str, output: Path | None) -> None:
    """Write KIND as CSV to stdout or a file; tell the number of rows on stderr."""
    from haochaping.catalog import importing
    from haochaping.deployment import open_deployment

    with open_deployment(invocation.deployment_home()) as deployment:
        chosen = importing.kind_of(kind, contributed_kinds(deployment))
        with deployment.store.read() as conn:
            if output is None:
                rows = importing.export(conn, chosen, sys.stdout.buffer, invocation.language)
            else:
                with output.open("wb") as out:
                    rows = importing.export(conn, chosen, out, invocation.language)
    invocation.say(Words(f"已导出 {rows:,} 行", f"{rows:,} rows exported"))


def contributed_kinds(deployment: Deployment) -> list[Kind]:
    """Return the kinds of import that the deployment's plugins add."""
    from haochaping.catalog.importing import contributed

    return [
        contributed(deployment.hooks.plugin(name).plugin, spec)
        for name, spec in deployment.hooks.contributions("import_kinds")
    ]


def import_context(deployment: Deployment) -> ImportContext:
    """Return what imports need of a deployment; persons go to its vault."""
    from zoneinfo import ZoneInfo

    from haochaping.catalog.importing import ImportContext
    from haochaping.pushing import person_sink

    rules = deployment.profile.rules
    return ImportContext(
        clock=deployment.clock,
        emit=deployment.journal.emit,
        emit_many=deployment.journal.emit_many,
        person_sink=person_sink(deployment.vault, deployment.clock),
        case_pattern=rules.channels.case_number_pattern,
        zone=ZoneInfo(rules.calendar.time_zone),
        deployment=deployment,
    )


@contextmanager
def _bar(invocation: Invocation, kind: Kind) -> Iterator[Callable[[Progress], None]]:
    """Show a progress bar on stderr; nothing when that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    refused = Words("拒绝", "refused").into(invocation.language)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[lines]:,} | " + refused + " {task.fields[refused]:,}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        title = kind.title.into(invocation.language)
        task = bar.add_task(title, total=1.0, lines=0, refused=0)

        def advance(now: Progress) -> None:
            bar.update(task, completed=now.fraction, lines=now.lines, refused=now.refused)

        yield advance


def _tell(invocation: Invocation, report: Report, *, as_json: bool) -> None:
    for line in report.first_refused:
        number, reason = line.number, line.reason
        invocation.say(Words(f"第 {number} 行：{reason.zh}", f"line {number}: {reason.en}"))
    if report.resumed_after:
        after = report.resumed_after
        invocation.say(Words(f"从第 {after} 行之后继续", f"went on after line {after}"))
    if as_json:
        click.echo(json.dumps(document(report, invocation.language), ensure_ascii=False))
    else:
        click.echo(_summary(report).into(invocation.language))
    if report.rejects:
        invocation.say(Words(f"被拒绝的行见 {report.rejects}", f"refused lines: {report.rejects}"))


def _summary(report: Report) -> Words:
    return Words(
        f"共 {report.lines:,} 行：新增 {report.created:,}，更新 {report.updated:,}，"
        f"未变 {report.unchanged:,}，拒绝 {report.refused:,}",
        f"{report.lines:,} lines: {report.created:,} created, {report.updated:,} updated, "
        f"{report.unchanged:,} unchanged, {report.refused:,} refused",
    )


def document(report: Report, language: str) -> dict[str, Any]:
    """Return a report for machines."""
    return {
        "kind": report.kind,
        "encoding": report.encoding,
        "lines": report.lines,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "rejects": str(report.rejects) if report.rejects else None,
        "resumed_after": report.resumed_after,
        "first_refused": [
            {"line": line.number, "reason": line.reason.into(language)}
            for line in report.first_refused
        ],
    }
