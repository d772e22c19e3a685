"""`haochaping ahp`: weights from a file, in any folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from haochaping.cli import main

GOOD = 'criteria: [速度, 态度, 材料]\nmatrix: [[1, 3, 5], [1/3, 1, 3], ["1/5", 1/3, 1]]\n'
BAD = "criteria: [a, b, c, d]\nmatrix: [[1,2,4,1/5],[1/2,1,2,4],[1/4,1/2,1,2],[5,1/4,1/2,1]]\n"


def run(folder: Path, content: str, *words: str) -> Result:
    file = folder / "judged.yaml"
    file.write_text(content, encoding="utf-8")
    return CliRunner().invoke(main, ["ahp", str(file), *words])


def test_consistent_judgements_give_weights_and_exit_with_0(tmp_path: Path) -> None:
    done = run(tmp_path, GOOD, "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert {name: round(each, 3) for name, each in found["weights"].items()} == {
        "速度": 0.637, "态度": 0.258, "材料": 0.105,
    }  # fmt: skip
    assert round(found["lambda_max"], 3) == 3.039
    assert round(found["consistency_ratio"], 3) == 0.033
    assert "Saaty" in found["random_index_source"]


def test_the_plain_output_is_a_line_a_criterion(tmp_path: Path) -> None:
    done = run(tmp_path, GOOD)
    assert done.stdout.splitlines()[0] == "速度\t0.636986"
    assert "consistency_ratio\t0.03" in done.stdout
    assert "RI(3) = 0.58" in done.stderr


def test_inconsistent_judgements_exit_with_1_and_name_the_pair(tmp_path: Path) -> None:
    done = run(tmp_path, BAD, "--lang", "en")
    assert done.exit_code == 1
    assert "change “a” against “d” from 1/5 to 8" in done.stderr
    advice = json.loads(run(tmp_path, BAD, "--json").stdout)["advice"][0]
    assert (advice["pair"], advice["value"]) == (["a", "d"], "8")
    mended = BAD.replace("1,2,4,1/5", "1,2,4,8").replace("5,1/4,1/2,1]", "1/8,1/4,1/2,1]")
    assert run(tmp_path, mended).exit_code == 0


def test_several_experts_are_taken_together_and_each_must_be_consistent(tmp_path: Path) -> None:
    experts = (
        "criteria: [a, b]\nexperts:\n- {name: 甲, matrix: [[1, 2], [1/2, 1]]}\n"
        "- {name: 乙, matrix: [[1, 8], [1/8, 1]]}\n"
    )
    found = json.loads(run(tmp_path, experts, "--json").stdout)
    assert found["weights"] == {"a": 0.8, "b": 0.2}
    assert found["experts"] == ["甲", "乙"]
    one = BAD.replace("matrix: ", "experts:\n- {name: 丙, matrix: ").rstrip() + "}\n"
    assert "“丙”的判断前后不一致" in run(tmp_path, one).stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("[1]", "must be a map"),
        ("a: 1", "`criteria` must be a list"),
        ("criteria: a\nmatrix: [[1]]", "`criteria` must be a list"),
        ("criteria: [a, a]\nmatrix: [[1, 1], [1, 1]]", "stands twice"),
        ("criteria: [a, b]", "either `matrix` or `experts`"),
        ("criteria: [a, b]\nmatrix: [[1, 2]]", "must have 2 rows"),
        ("criteria: [a, b]\nexperts: [{matrix: [[1, 2], [1/2, 1]]}]", "needs a name"),
        ("criteria: [a, b]\nexperts: [{name: e, matrix: [[1, 2], [2, 1]]}]", "“e”: row 1"),
        ("criteria: &x [a, b]\nmatrix: *x", ""),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(tmp_path: Path, content: str, said: str) -> None:
    done = run(tmp_path, content, "--lang", "en")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["ahp", str(tmp_path / "none.yaml")]).exit_code == 2
