"""`haochaping board` and `haochaping tally`: figures on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.analysis.recount import Difference as Miscounted
    from haochaping.deployment import Deployment
    from haochaping.disclosure.boards import Board, Row
    from haochaping.grading.tallies import CountingRules, Difference

AUDIENCES: Final = ("public", "unit", "supervisor")


@click.command("board", help="打印榜单 / print a board")
@click.argument("name", required=False)
@click.option("--period", default="", help="时期：2026、2026-11 或 2026-11-22 / period")
@click.option("--region", default="", help="地区代码，含下级 / region code with all below it")
@click.option("--order", default="", help="排序的列 / column to order by")
@click.option("--audience", type=click.Choice(AUDIENCES), default="public", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def board(invocation: Invocation, /, *, name: str | None, as_json: bool, **asked: str) -> None:
    """Print the board NAME; without a name, the boards there are."""
    from haochaping.deployment import open_deployment
    from haochaping.disclosure.boards import as_json as document

    with open_deployment(invocation.deployment_home()) as deployment:
        if name is None:
            _list(deployment, asked["audience"], invocation.language)
            return
        found = _read(deployment, name, asked)
    if as_json:
        click.echo(json.dumps(document(found, invocation.language), ensure_ascii=False, indent=2))
    else:
        _print(found, invocation)


@click.group("tally", help="统计数 / tallies")
def tally() -> None:
    """Hold the commands about tallies."""


@tally.command("fold", help="把新的评价并入统计数 / take new ratings into the roll-up")
@pass_invocation
def fold(invocation: Invocation) -> None:
    """Take all settled ratings into the roll-up, as the worker does all the time."""
    from haochaping.deployment import open_deployment
    from haochaping.grading import tallies

    with open_deployment(invocation.deployment_home()) as deployment:
        taken, more = 0, True
        while more:
            with deployment.store.write() as conn:
                folded = tallies.fold(conn)
            taken, more = taken + folded.entries, folded.more
    click.echo(str(taken))


@tally.command("rebuild", help="由评价记录重算统计数 / recount everything from what is stored")
@pass_invocation
def rebuild(invocation: Invocation) -> None:
    """Compare the roll-up with a recount of all stored rows, and write it anew.

    Exits 0 when nothing differed, 1 when something did (it is right afterwards).
    """
    from haochaping.analysis import recount
    from haochaping.analysis.rules import AnalysisRules
    from haochaping.deployment import open_deployment
    from haochaping.grading import answers, tallies

    with open_deployment(invocation.deployment_home()) as deployment:
        rules, analysis = _counting(deployment), AnalysisRules.of(deployment.profile)
        with deployment.store.write() as conn:
            wrong: list[Difference | Miscounted] = []
            wrong += tallies.compare(conn, rules)
            wrong += recount.compare(conn, analysis)
            lost = answers.differences(conn)
            rows = tallies.rebuild(conn, rules) + answers.rebuild(conn)
            rows += recount.rebuild(conn, analysis)
    _print_wrong(wrong, lost)
    number = len(wrong) + len(lost)
    invocation.say(
        Words(
            f"重算 {rows} 行，其中 {number} 行有差异",
            f"{rows} rows recounted, {number} differed",
        )
    )
    if number:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


@tally.command("compare", help="核对统计数与评价记录 / compare the roll-up with what is stored")
@pass_invocation
def compare(invocation: Invocation) -> None:
    """Compare the roll-up with a recount and change nothing; exits 1 when something differs."""
    from haochaping.analysis import recount
    from haochaping.analysis.rules import AnalysisRules
    from haochaping.deployment import open_deployment
    from haochaping.grading import answers, tallies

    with open_deployment(invocation.deployment_home()) as deployment:
        rules, analysis = _counting(deployment), AnalysisRules.of(deployment.profile)
        with deployment.store.write() as conn:
            wrong: list[Difference | Miscounted] = []
            wrong += tallies.compare(conn, rules)
            wrong += recount.compare(conn, analysis)
            lost = answers.differences(conn)
    _print_wrong(wrong, lost)
    if wrong or lost:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _print_wrong(wrong: Iterable[Difference | Miscounted], lost: Iterable[tuple[Any, ...]]) -> None:
    """Print what of the roll-up and of the answers to local questions is not as stored."""
    for each in wrong:
        click.echo("\t".join(map(str, (*each.key, each.expected, each.found))))
    for one in lost:
        click.echo("\t".join(map(str, ("local_answer", *one))))


def _counting(deployment: Deployment) -> CountingRules:
    from haochaping.grading.tallies import CountingRules

    return CountingRules.of(deployment.profile.rules)


def _read(deployment: Deployment, name: str, asked: dict[str, str]) -> Board:
    from haochaping.disclosure.boards import Ask
    from haochaping.disclosure.sight import Audience
    from haochaping.grading import periods

    now = deployment.clock.now()
    today = periods.local_day(now, deployment.calendar.zone.key)
    period = periods.parse(asked["period"]) if asked["period"] else periods.of_month(today)
    ask = Ask(name, period, asked["region"], Audience(asked["audience"]), asked["order"])
    with deployment.store.read() as conn:
        return deployment.disclosing.boards.board(conn, ask, now)


def _list(deployment: Deployment, audience: str, language: str) -> None:
    from haochaping.disclosure.sight import Audience

    for spec in deployment.disclosing.boards.listed(Audience(audience)):
        click.echo(f"{spec.name}\t{spec.title.into(language)}")


def _print(found: Board, invocation: Invocation) -> None:
    language = invocation.language
    heads = [_word("名次", "rank", language), _word("名称", "name", language)]
    heads += [_word("评价数", "n", language)]
    click.echo("\t".join([*heads, *(column.label.into(language) for column in found.columns)]))
    for row in found.rows:
        click.echo("\t".join(_line(row, found, language)))
    invocation.say(_foot(found))


def _foot(found: Board) -> Words:
    rules, moment = found.profile_digest[:12], found.as_of.isoformat(timespec="seconds")
    return Words(
        f"{found.title.zh}，{found.period.name}，共 {found.total} 个；"
        f"少于 {found.min_n} 条评价的不排名；规则版本 {rules}，截至 {moment}",
        f"{found.title.into('en')}, {found.period.name}, {found.total} in all; not ranked with"
        f" fewer than {found.min_n} ratings; rules {rules}, as of {moment}",
    )


def _line(row: Row, found: Board, language: str) -> list[str]:
    rank = "-" if row.rank is None else f"{row.rank}{'=' if row.tied else ''}"
    cells: list[Any] = [row.cells[column.name].text or "-" for column in found.columns]
    return [rank, row.subject.name.into(language), str(row.rated), *cells]


def _word(zh: str, en: str, language: str) -> str:
    return Words(zh, en).into(language)
