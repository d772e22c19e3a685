"""`haochaping calendar`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from haochaping.cli import main

from .test_files import GOOD, written


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["calendar", *words])


def test_due_prints_date_explanation_and_whether_it_is_provisional() -> None:
    result = run("due", "2026-09-24", "15", "--unit", "workday", "--json")
    document = json.loads(result.stdout)
    assert (document["due"], document["provisional"]) == ("2026-10-22", False)
    assert document["ends"] == "2026-10-23T00:00:00+08:00"
    assert len(document["lines"]) == 29


def test_due_is_readable_without_json() -> None:
    lines = run("due", "2026-09-24", "15").stdout.splitlines()
    assert lines[0] == "2026-10-22"
    assert "2026-09-25（周五），中秋节放假，不计" in lines[3]


def test_due_says_that_a_date_is_provisional() -> None:
    result = run("due", "2026-12-30", "5", "--lang", "en")
    assert "provisional" in result.stdout
    assert json.loads(run("due", "2026-12-30", "5", "--json").stdout)["provisional"] is True


@pytest.mark.parametrize(
    ("words", "due"),
    [
        (("2026-09-24", "15", "--unit", "calendar_day"), "2026-10-09"),
        (("2026-09-24", "10", "--unit", "calendar_day", "--holiday-end", "stays"), "2026-10-04"),
        (("2026-09-30T17:30", "0", "--unit", "same_day"), "2026-10-08"),
        (("2026-09-30", "0", "--unit", "same_day"), "2026-09-30"),
        (("2026-09-30T16:30:00+00:00", "1"), "2026-10-08"),
    ],
)
def test_due_knows_all_rules(words: tuple[str, ...], due: str) -> None:
    assert json.loads(run("due", *words, "--json").stdout)["due"] == due


@pytest.mark.parametrize("start", ["nonsense", "9999-12-30", "0001-01-01", "2026-02-30"])
@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_due_says_in_a_sentence_which_starts_it_cannot_use(start: str, language: str) -> None:
    result = run("due", start, "15", "--lang", language)
    assert result.exit_code == 2
    wanted = ("2026-09-24", "2100")
    assert any(word in result.stderr for word in wanted)
    assert ("START “" in result.stderr) == (language == "en")


def test_due_ends_when_the_hall_closes_if_asked() -> None:
    document = json.loads(
        run("due", "2026-11-16", "1", "--cut-off", "hall_closing", "--json").stdout
    )
    assert document["ends"] == "2026-11-17T17:00:00+08:00"


@pytest.mark.parametrize(
    "words", [("tomorrow", "3"), ("2026-09-24", "x"), ("2026-09-24", "--", "-1"), ("2026-09-24",)]
)
def test_due_refuses_what_it_cannot_read(words: tuple[str, ...]) -> None:
    result = run("due", *words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_show_lists_the_years_in_force_and_the_days_of_one() -> None:
    assert run("show").stdout.count("\n") == 3
    assert "2026-10-10 上班 国庆节" in run("show", "2026").stdout
    (year,) = json.loads(run("show", "2026", "--json").stdout)
    assert year["holidays"]["2026-10-01"] == "国庆节"


def test_show_of_an_unknown_year_is_a_usage_error() -> None:
    assert run("show", "2031").exit_code == 2


def test_load_puts_a_year_in_force_in_the_deployment(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert run("load", str(path), "--home", str(tmp_path)).exit_code == 0
    document = json.loads(run("due", "2026-12-31", "1", "--home", str(tmp_path), "--json").stdout)
    assert (document["due"], document["provisional"]) == ("2027-01-04", False)


def test_load_refuses_a_faulty_file_with_3(tmp_path: Path) -> None:
    path = written(tmp_path, "year: 2027\n")
    result = run("load", str(path), "--home", str(tmp_path))
    assert result.exit_code == 3
    assert not (tmp_path / "calendars").exists()


def test_load_without_a_deployment_is_a_usage_error(tmp_path: Path) -> None:
    assert run("load", str(written(tmp_path))).exit_code == 2


def test_a_broken_calendar_in_the_deployment_is_named_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    written(tmp_path / "calendars", "year: 2027\n")
    result = run("due", "2026-12-31", "1", "--home", str(tmp_path), "--json")
    assert json.loads(result.stdout)["provisional"] is True
    assert "2027.yaml" in result.stderr


def test_diff_lists_the_days_a_file_would_change(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert "2027-01-01 原为上班，改为放假" in run("diff", str(path)).stdout
    found = json.loads(run("diff", str(path), "--json").stdout)
    assert [each["day"] for each in found] == ["2026-12-27", "2027-01-01"]


def test_diff_of_an_unreadable_file_leaves_with_3(tmp_path: Path) -> None:
    assert run("diff", str(tmp_path / "none.yaml")).exit_code == 3


LOCAL_YEAR = """\
year: 2026
scope: local
document: 自治区人民政府办公厅关于三月三放假的通知
number: 桂政办电〔2026〕1号
published: "2026-03-01"
revision: 1
holidays:
  - {name: {zh: 三月三, en: Sanyuesan}, first: "2026-04-20", last: "2026-04-20"}
half_days:
  - {day: "2026-09-30", until: "12:00", name: {zh: 节前, en: Eve}}
"""


def test_a_places_own_days_are_compared_loaded_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, LOCAL_YEAR)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HAOCHAPING_HOME", str(home))
    compared = run("diff", str(file)).stdout.splitlines()
    assert compared == [
        "2026-04-20 原为上班，改为放假",
        "2026-09-30 原为上班，改为上班到 12:00",
    ]
    assert "2026 年（本地） 第 1 版" in run("load", str(file)).stdout
    assert (home / "calendars" / "2026-local.yaml").exists()
    assert "上班到 12:00 节前" in run("show", "2026").stdout
    assert run("due", "2026-04-17", "1").stdout.startswith("2026-04-21")
    national, local = json.loads(run("show", "2026", "--json").stdout)
    assert (national["scope"], local["half_days"]) == ("national", {"2026-09-30": "12:00"})
