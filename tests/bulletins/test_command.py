"""`haochaping bulletin` on a deployment of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from haochaping.cli import main
from haochaping.clock import FakeClock
from haochaping.deployment import open_deployment
from haochaping.installing import Wish, install
from tests.bulletins.conftest import OCTOBER, gathered
from tests.web.public import town

AT = datetime(2026, 11, 16, 2, tzinfo=UTC)


def run(*words: str, home: Path | None = None) -> Result:
    where = ["--home", str(home)] if home else []
    return CliRunner().invoke(main, [*where, "bulletin", *words])


def test_it_prints_writes_and_tells_machines(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haochaping.deployment.SystemClock", lambda: FakeClock(AT))
    home, folder = tmp_path_factory.mktemp("command") / "home", tmp_path_factory.mktemp("files")
    install(Wish(home, "zhejiang", None, None))
    with open_deployment(home) as deployment:
        town.stock(deployment)
        content = gathered(deployment)
    told = run("2026-10", home=home)
    assert told.exit_code == 0, told.stderr
    assert told.stdout.startswith("# 关于2026年10月政务服务“好差评”情况的通报")
    assert "| 有效评价 | 16,257 |" in told.stdout
    data = json.loads(run("2026-10", "--json", home=home).stdout)
    assert data["digest"] == content.digest
    assert data["period"] == OCTOBER.name
    assert run("2026-10", "--to", str(folder), "--edition", "internal", home=home).exit_code == 0
    endings = sorted(path.name.partition(".")[2] for path in folder.iterdir())
    assert endings == ["docx", "html", "json", "pdf", "txt", "xlsx"]


def test_templates_are_written_and_checked_without_a_deployment(tmp_path: Path) -> None:
    path = tmp_path / "own.docx"
    assert run("--write-template", str(path)).exit_code == 0
    assert run("--check-template", str(path)).exit_code == 0
    path.write_bytes(b"x")
    refused = run("--check-template", str(path))
    assert refused.exit_code == 3
    assert "不是 docx 文件" in refused.stderr
    assert run().exit_code == 2
