"""`haochaping replay`: reckon a closed period again, and other weights beside the published."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.deployment import Deployment
    from haochaping.grading.replaying import Beside, Differs, Replay


@click.command("replay", help="重现一个已封账的时期，逐位核对 / reckon a closed period again")
@click.argument("period")
@click.option("--under", help="假设采用另一配置档：并列得分，不保存 / scores under another profile")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def replay(invocation: Invocation, /, *, period: str, under: str | None, as_json: bool) -> None:
    """Count the figures of PERIOD anew from the ledger, reckon its scores anew, and compare.

    Exits 0 when every figure and score is the same bit by bit, else 1 with what differs.
    """
    from haochaping.deployment import open_deployment

    with open_deployment(invocation.deployment_home()) as deployment:
        if under is not None:
            _side_by_side(invocation, deployment, (period, under), as_json)
            return
        found = _replayed(deployment, period)
    if as_json:
        click.echo(json.dumps(_document(found), ensure_ascii=False, indent=2))
    else:
        _print(invocation, found)
    if found.differences:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _replayed(deployment: Deployment, period: str) -> Replay:
    from haochaping.grading import periods, replaying

    with deployment.store.read() as conn:
        return replaying.replay(conn, periods.parse(period))


def _print(invocation: Invocation, found: Replay) -> None:
    for each in found.differences:
        click.echo("\t".join(_difference(each)))
    click.echo(f"{found.period.name}\t{found.figures}\t{found.scores}\t{found.digest}")
    many = len(found.differences)
    same = Words(
        f"{found.period.name}：{found.figures} 组数据、{found.scores} 个得分逐位一致",
        f"{found.period.name}: {found.figures} figures and {found.scores} scores came out the"
        " same, bit by bit",
    )
    differ = Words(
        f"{found.period.name}：{many} 处与当时不一致",
        f"{found.period.name}: {many} came out differently",
    )
    invocation.say(differ if many else same)
    if found.corrected:
        invocation.say(
            Words(
                f"封账后有更正的对象：{found.corrected}",
                f"subjects corrected since the closing: {found.corrected}",
            )
        )


def _difference(each: Differs) -> Iterable[str]:
    return each.what, each.subject_kind, str(each.subject_id), each.stored, each.again


def _document(found: Replay) -> dict[str, Any]:
    return {
        "period": found.period.name,
        "same": not found.differences,
        "figures": found.figures,
        "scores": found.scores,
        "corrected": found.corrected,
        "digest": found.digest,
        "differences": [
            {
                "what": each.what,
                "subject_kind": each.subject_kind,
                "subject_id": each.subject_id,
                "stored": each.stored,
                "again": each.again,
            }
            for each in found.differences
        ],
    }


def _side_by_side(
    invocation: Invocation, deployment: Deployment, asked: tuple[str, str], as_json: bool
) -> None:
    """Print every score of a period beside what another profile would have made of it."""
    from haochaping.grading import periods, replaying
    from haochaping.grading.basis import Basis
    from haochaping.rulebook import read_profile

    other = Basis.of(read_profile(deployment.manager, asked[1], deployment.home).data)
    with deployment.store.read() as conn:
        found = list(replaying.beside(conn, periods.parse(asked[0]), other))
        names = _names(conn, found)
    rows = [_row(each, names, invocation.language) for each in found]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo("\t".join(str(each) if each is not None else "-" for each in row.values()))
    invocation.say(
        Words(
            f"{len(rows)} 个得分并列，没有保存", f"{len(rows)} scores side by side, nothing stored"
        )
    )


def _names(conn: Any, found: Iterable[Beside]) -> dict[tuple[str, int], Words]:
    from haochaping.catalog import subjects

    ids: dict[str, list[int]] = {}
    for each in found:
        ids.setdefault(each.subject_kind, []).append(each.subject_id)
    return {
        (kind, subject): named.name
        for kind, wanted in ids.items()
        for subject, named in subjects.names(conn, kind, wanted).items()
    }


def _row(each: Beside, names: dict[tuple[str, int], Words], language: str) -> dict[str, Any]:
    name = names.get((each.subject_kind, each.subject_id))
    return {
        "subject_kind": each.subject_kind,
        "subject": name.into(language) if name else str(each.subject_id),
        "before": _text(each.before, each.places_before),
        "after": _text(each.after, each.places_after),
    }


def _text(scaled: int | None, places: int) -> str | None:
    if scaled is None:
        return None
    digits = str(abs(scaled)).rjust(places + 1, "0")
    sign = "-" if scaled < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
