"""`haochaping ahp`: weights of criteria from judgements in pairs, in any folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.cli.reporting import ExitCode
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.profile.nodes import plain
from haochaping.profile.reading import read
from haochaping.weighing import random_index
from haochaping.weighing.judgements import Matrix, Unfit, matrix_of, together
from haochaping.weighing.mending import Mend, mends, written
from haochaping.weighing.weights import LIMIT, PLACES, Weighed, rounded, weigh

DIGITS: Final = 6
"""Decimal places of the eigenvalue and of the ratio."""


class AhpFile(Problem):
    """A file of judgements in pairs cannot be weighed."""

    code = "HCP-AHP-FILE"
    status = 400
    title = Words("判断矩阵文件无法使用", "The file of judgements cannot be used")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a file states: criteria, and each expert's matrix by name (one nameless one alone)."""

    criteria: tuple[str, ...]
    matrices: Mapping[str, Matrix]


@click.command("ahp", help="由两两比较得出权重 / weights from judgements in pairs")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@pass_invocation
def ahp(invocation: Invocation, /, *, file: Path, as_json: bool) -> None:
    """Weigh FILE: `criteria`, and `matrix` or `experts` (each with name and matrix).

    Exits 1 with advice when the judgements are inconsistent (CR ≥ 0.1).
    """
    asked = _read(file)
    group = together(list(asked.matrices.values()))
    found = weigh(group)
    refused = _inconsistent(asked, group)
    if as_json:
        document = _document(asked, found, refused, invocation.language)
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(invocation, asked, found)
        for name, matrix in refused.items():
            invocation.say(_said(name, matrix, asked.criteria))
    if refused:
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _read(file: Path) -> Asked:
    """Return what a file states. Raises AhpFile in one sentence."""
    try:
        reading = read(file.read_bytes(), str(file))
    except OSError as error:
        raise _refused(file, Words(f"无法读取（{error.strerror}）", f"{error.strerror}")) from error
    if reading.faults or reading.root is None:
        raise _refused(file, reading.faults[0].message if reading.faults else _FORM)
    try:
        return _asked(plain(reading.root))
    except Unfit as error:
        raise _refused(file, error.words) from error


def _asked(data: Mapping[str, Any]) -> Asked:
    """Return what data state. Raises Unfit."""
    listed = data.get("criteria")
    if not isinstance(listed, list) or any(isinstance(each, list | dict) for each in listed):
        raise Unfit(_CRITERIA)
    criteria = [str(each) for each in listed]
    if len(set(criteria)) != len(criteria):
        raise Unfit(_TWICE)
    if ("matrix" in data) == ("experts" in data):
        raise Unfit(_ONE_OF_BOTH)
    size = len(criteria)
    if "matrix" in data:
        return Asked(tuple(criteria), {"": matrix_of(data["matrix"], size)})
    return Asked(tuple(criteria), dict(_expert(each, size) for each in _experts(data["experts"])))


def _experts(experts: Any) -> Sequence[Mapping[str, Any]]:
    named = isinstance(experts, list) and all(
        isinstance(each, dict) and isinstance(each.get("name"), str) for each in experts
    )
    if not named or not experts or len({each["name"] for each in experts}) != len(experts):
        raise Unfit(_EXPERTS)
    found: Sequence[Mapping[str, Any]] = experts
    return found


def _expert(each: Mapping[str, Any], size: int) -> tuple[str, Matrix]:
    try:
        return each["name"], matrix_of(each.get("matrix"), size)
    except Unfit as error:
        name, words = each["name"], error.words
        said = Words(f"“{name}”的{words.zh}", f"“{name}”: {words.en}")
        raise Unfit(said, error.row, error.column) from error


def _inconsistent(asked: Asked, group: Matrix) -> dict[str, Matrix]:
    """Return the inconsistent matrices: each expert's, and the common one under no name."""
    each = {"": group, **asked.matrices}
    return {name: matrix for name, matrix in each.items() if weigh(matrix).ratio >= LIMIT}


def _document(
    asked: Asked, found: Weighed, refused: Mapping[str, Matrix], language: str
) -> dict[str, Any]:
    weights = zip(asked.criteria, rounded(found.weights), strict=True)
    return {
        "criteria": list(asked.criteria),
        "weights": {name: float(weight) for name, weight in weights},
        "lambda_max": float(round(found.lambda_max, DIGITS)),
        "consistency_index": float(round(found.index, DIGITS)),
        "random_index": float(random_index.RANDOM_INDEX[len(asked.criteria)]),
        "random_index_source": random_index.SOURCE,
        "consistency_ratio": float(round(found.ratio, DIGITS)),
        "consistent": not refused,
        "experts": [name for name in asked.matrices if name],
        "advice": [
            {"expert": name, **_change(each, asked.criteria)}
            for name, matrix in refused.items()
            for each in mends(matrix)
        ],
        "words": [_said(name, refused[name], asked.criteria).into(language) for name in refused],
    }


def _change(each: Mend, criteria: Sequence[str]) -> dict[str, Any]:
    return {
        "pair": [criteria[each.row], criteria[each.column]],
        "row": each.row + 1,
        "column": each.column + 1,
        "now": written(each.now),
        "value": written(each.value),
        "consistency_ratio": float(round(each.ratio, DIGITS)),
    }


def _print(invocation: Invocation, asked: Asked, found: Weighed) -> None:
    for name, weight in zip(asked.criteria, rounded(found.weights), strict=True):
        click.echo(f"{name}\t{weight:.{PLACES}f}")
    click.echo(f"lambda_max\t{found.lambda_max:.{DIGITS}f}")
    click.echo(f"consistency_ratio\t{found.ratio:.{DIGITS}f}")
    size = len(asked.criteria)
    random = random_index.RANDOM_INDEX[size]
    invocation.say(
        Words(
            f"随机一致性指标 RI({size}) = {random}，取自 {random_index.SOURCE}",
            f"random index RI({size}) = {random}, from {random_index.SOURCE}",
        )
    )


def _said(name: str, matrix: Matrix, criteria: Sequence[str]) -> Words:
    """Return in a sentence that judgements are inconsistent, and what would mend them."""
    ratio = weigh(matrix).ratio
    whose = Words(f"“{name}”的判断", f"the judgements of “{name}”") if name else _THE_JUDGEMENTS
    changes = [(criteria[each.row], criteria[each.column], each) for each in mends(matrix)]
    zh = "，再把".join(
        f"“{row}”对“{column}”由 {written(each.now)} 改为 {written(each.value)}"
        f"（CR 降到 {each.ratio:.4f}）"
        for row, column, each in changes
    )
    en = ", then ".join(
        f"“{row}” against “{column}” from {written(each.now)} to {written(each.value)}"
        f" (CR {each.ratio:.4f})"
        for row, column, each in changes
    )
    return Words(
        f"{whose.zh}前后不一致：CR = {ratio:.4f}，应小于 0.1；最不一致的一对可这样改：把{zh}",
        f"{whose.en} are inconsistent: CR = {ratio:.4f}, must be below 0.1;"
        f" the most inconsistent pair: change {en}",
    )


def _refused(file: Path, words: Words) -> AhpFile:
    return AhpFile(Words(f"{file}：{words.zh}", f"{file}: {words.en}"), file=str(file))


_THE_JUDGEMENTS: Final = Words("判断", "the judgements")
_FORM: Final = Words(
    "应写明 criteria 和 matrix", "write a map with `criteria` and `matrix` (see docs/grading.md)"
)
_CRITERIA: Final = Words("criteria 应是指标名称的列表", "`criteria` must be a list of names")
_TWICE: Final = Words("criteria 中有重名", "a name stands twice in `criteria`")
_ONE_OF_BOTH: Final = Words(
    "matrix 和 experts 须写且只写一个", "write either `matrix` or `experts`"
)
_EXPERTS: Final = Words(
    "experts 的每一项都要有不重复的 name 和 matrix",
    "every one of `experts` needs a name of its own and a matrix",
)
