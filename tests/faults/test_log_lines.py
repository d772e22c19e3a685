"""What the running processes write: one JSON object a line, with ids and without persons."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from haochaping.installing import Wish, install
from tests.web.live import free_port

MOBILE = "13800001234"


def _asked(address: str, request_id: str) -> int:
    request = urllib.request.Request(address, headers={"X-Request-ID": request_id})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What `haochaping run` writes while it starts, answers a few requests and is stopped."""
    home: Path = tmp_path_factory.mktemp("run") / "home"
    web, line = free_port(), free_port()
    home.mkdir()
    (home / "deployment.yaml").write_text(
        f"profile: base\nlisten: {{web: '127.0.0.1:{web}', line: '127.0.0.1:{line}'}}\n", "utf-8"
    )
    install(Wish(home, "base"))
    written = home / "stderr"
    with written.open("wb") as stderr:
        command = [sys.executable, "-m", "haochaping.cli", "--home", str(home), "run"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
        here, until = f"http://127.0.0.1:{web}", time.monotonic() + 60
        while not _asked(f"{here}/console/sign-in", "first-request"):
            assert time.monotonic() < until, written.read_text("utf-8")
            assert process.poll() is None, written.read_text("utf-8")
            time.sleep(0.1)
        _asked(f"{here}/console/cases/ABCDEFGH12", "second-request")
        _asked(f"{here}/r/{MOBILE}?phone={MOBILE}", MOBILE)
        while "[mobile]" not in written.read_text("utf-8"):
            assert time.monotonic() < until, written.read_text("utf-8")
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    return [json.loads(one) for one in written.read_text("utf-8").splitlines() if one[0] == "{"]


def test_each_process_writes_lines_under_its_name(lines: list[dict[str, Any]]) -> None:
    assert {"run", "web", "worker"} <= {line.get("part") for line in lines}
    events = {line["event"] for line in lines}
    assert {"process.started", "worker.started", "worker.stopped", "request"} <= events


def test_a_request_has_its_id_and_the_case_it_was_about(lines: list[dict[str, Any]]) -> None:
    asked = [line for line in lines if line["event"] == "request"]
    first = next(line for line in asked if line["request_id"] == "first-request")
    second = next(line for line in asked if line["request_id"] == "second-request")
    assert first["endpoint"] == "sign_in.form"
    assert second["case"] == "ABCDEFGH12"
    assert "case" not in first


def test_no_line_tells_a_phone_number(lines: list[dict[str, Any]]) -> None:
    assert MOBILE not in json.dumps(lines)
    assert any(line.get("request_id") == "[mobile]" for line in lines)
