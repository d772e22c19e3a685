"""`haochaping import` and `haochaping export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from haochaping.access import passwords
from haochaping.cli import main
from haochaping.installing import Wish, install

EXAMPLE = Path(__file__).parents[2] / "examples" / "catalog" / "zhejiang"


@pytest.fixture
def haochaping(tmp_path, monkeypatch):
    """Runs a command in a fresh deployment."""
    monkeypatch.setattr(passwords, "METHOD", "scrypt:1024:8:1")
    home = tmp_path / "home"
    install(Wish(home, "zhejiang", None, None))

    def run(*words):
        return CliRunner().invoke(main, ["--home", str(home), *map(str, words)])

    return run


def test_a_file_is_imported_and_counted(haochaping):
    result = haochaping("import", "regions", EXAMPLE / "regions.csv")
    assert result.exit_code == 0
    assert result.stdout == "共 5 行：新增 5，更新 0，未变 0，拒绝 0\n"


def test_refused_lines_are_named_on_stderr_and_end_with_exit_code_1(haochaping, tmp_path):
    path = tmp_path / "items.csv"
    path.write_text("事项编码,事项名称\nI-1,甲\nI-2,\n")
    result = haochaping("import", "items", path)
    assert result.exit_code == 1
    assert "第 3 行：事项名称：不能为空" in result.stderr
    assert "items.rejects.csv" in result.stderr


def test_a_report_can_be_read_by_machines(haochaping, tmp_path):
    path, rejects = tmp_path / "items.csv", tmp_path / "bad.csv"
    path.write_text("code,name\nI-1,A\nI-2,\n")
    result = haochaping("--lang", "en", "import", "items", path, "--json", "--rejects", rejects)
    report = json.loads(result.stdout)
    assert report["created"] == report["refused"] == 1
    assert report["rejects"] == str(rejects)
    assert report["first_refused"] == [{"line": 3, "reason": "Name: must not be empty"}]


def test_persons_of_imported_cases_go_to_the_vault(haochaping, tmp_path):
    for kind in ("regions", "organizations", "halls"):
        haochaping("import", kind, EXAMPLE / f"{kind}.csv")
    path = tmp_path / "cases.csv"
    path.write_text("办件编号,大厅代码,申请人,手机\nC-1,H330106,张三,13800000000\n")
    assert haochaping("import", "cases", path).exit_code == 0
    exported = haochaping("export", "cases").stdout
    assert "C-1" in exported
    assert "张三" not in exported


def test_an_export_goes_to_stdout_or_into_a_file(haochaping, tmp_path):
    haochaping("import", "regions", EXAMPLE / "regions.csv")
    out = tmp_path / "out.csv"
    result = haochaping("export", "regions", "-o", out)
    assert "已导出 5 行" in result.stderr
    assert out.read_bytes() == haochaping("export", "regions").stdout_bytes


@pytest.mark.parametrize("kind", ["items", "accounts", "facts"])
def test_a_template_is_written_without_a_deployment(tmp_path, kind):
    out = tmp_path / "template.xlsx"
    result = CliRunner().invoke(main, ["import", kind, "--template", str(out)])
    assert result.exit_code == 0
    assert out.read_bytes().startswith(b"PK")


def test_without_a_file_the_command_says_what_it_needs(haochaping):
    result = haochaping("import", "items")
    assert result.exit_code == 2
    assert "请给出文件" in result.stderr


def test_an_unknown_kind_is_told_the_nearest(haochaping):
    result = haochaping("import", "item", EXAMPLE / "items.csv")
    assert result.exit_code == 2
    assert "是否指 items" in result.stderr
