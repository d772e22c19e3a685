"""The tutorial, followed word for word from an empty folder to the new province's page."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser import audit, look, page_of
from tests.docs.conftest import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
STEP = re.compile(
    r"(?P<said>[^`]*(?:`[^`\n]+`[^`]*)*)^```(?P<kind>\w+)\n(?P<text>.*?)^```\n", re.M | re.S
)
FILE = re.compile(r"`([\w./]+\.\w+)`")


@dataclass
class Reader:
    """Somebody who does what the tutorial says, in a folder of their own."""

    folder: Path

    @property
    def package(self) -> Path:
        return self.folder / "jiangxi"

    def environment(self) -> dict[str, str]:
        """A machine where pip needs no network: what is installed goes to a folder."""
        clean = {name: v for name, v in os.environ.items() if not name.startswith("HAOCHAPING")}
        pip = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
        site = str(self.folder / "site")
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**clean, **pip, "PIP_TARGET": site, "PYTHONPATH": site, "PATH": path}

    def run(self, script: str) -> None:
        here = self.package if self.package.exists() else self.folder
        shell = ["bash", "-eu", "-c", script]
        done = subprocess.run(
            shell, cwd=here, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, script + done.stdout + done.stderr

    def follow(self, said: str, kind: str, text: str, before: str) -> None:
        """Do one step: run it, write it to the file named last, or replace what stood before."""
        if kind == "sh":
            self.run(text)
        elif said.strip() in ("by", "换成"):
            file = self.package / FILE.findall(before)[-1]
            old, new = self.replaced, text
            assert old in file.read_text("utf-8")
            file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
        elif said.rstrip().endswith(("replace", "把")):
            self.replaced = text
        elif kind in ("json", "python"):
            (self.package / FILE.findall(said)[-1]).write_text(text, "utf-8")


def steps(document: Path) -> list[tuple[str, str, str]]:
    return [
        found.group("said", "kind", "text") for found in STEP.finditer(document.read_text("utf-8"))
    ]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Somebody who has followed the tutorial up to the demonstration."""
    found = Reader(tmp_path_factory.mktemp("tutorial"))
    before = ""
    for said, kind, text in steps(TUTORIAL):
        found.follow(said, kind, text, before)
        before = said
    return found


def test_both_languages_show_the_same_steps() -> None:
    chinese = steps(ROOT / "docs" / "tutorial.zh-CN.md")
    assert [step[1:] for step in chinese] == [step[1:] for step in steps(TUTORIAL)]
    assert len(chinese) == 9


def test_whoever_follows_the_tutorial_has_a_checked_plugin(reader: Reader) -> None:
    assert (reader.folder / "site" / "haochaping_jiangxi" / "plugin.py").is_file()
    assert "simple_days" in (reader.package / "haochaping_jiangxi/plugin.py").read_text("utf-8")


@pytest.mark.long
@pytest.mark.browser
def test_the_new_provinces_page_is_shown(reader: Reader, browser: Browser) -> None:
    command = steps(TUTORIAL)[-1][2].strip()
    with running(reader, command) as address, page_of(browser, 390, 844) as page:
        page.goto(f"{address}/x/jiangxi/")
        assert page.locator("h1").inner_text() == "江西省：差评办结情况"
        assert audit(page) == []
        look(page, "tutorial-province")
        page.goto(f"{address}/")
        assert "江西省" in page.inner_text("body")


@contextmanager
def running(reader: Reader, command: str) -> Iterator[str]:
    """Run the demonstration on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [shutil.which("haochaping") or "haochaping", *command.split()[1:], "--port", str(port)]
    process = subprocess.Popen(
        words,
        cwd=reader.folder,
        env={**reader.environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert any("Ctrl-C" in line for line in process.stdout)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
