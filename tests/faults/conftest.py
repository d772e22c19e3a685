"""A prepared deployment on both databases, and the processes that work on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import tests
from tests.faults.ground import prepare
from tests.faults.process import ACKNOWLEDGED

ROOT = Path(tests.__path__[0]).parent
PATIENCE_SECONDS = 60


@dataclass
class Processes:
    """Starts and kills the processes of one deployment."""

    parent: subprocess.Popen[str]
    started: set[int] = field(default_factory=set)

    def start(self, what: str) -> int:
        """Start `worker` or `submitter FIRST LAST`; return its number."""
        pid = int(self._ask(what))
        self.started.add(pid)
        return pid

    def kill(self, pid: int) -> bool:
        """Kill a process at once and wait until it is gone; False if it had ended by itself."""
        alive = self.alive(pid)
        if alive:
            os.kill(pid, signal.SIGKILL)
        self.wait(pid)
        return alive

    def wait(self, pid: int) -> None:
        """Wait until a process is gone."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.alive(pid):
            assert time.monotonic() < until, f"process {pid} does not end"
            rest(0.01)

    def alive(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _ask(self, line: str) -> str:
        assert self.parent.stdin is not None
        assert self.parent.stdout is not None
        self.parent.stdin.write(f"{line}\n")
        self.parent.stdin.flush()
        return self.parent.stdout.readline().strip()


def rest(seconds: float) -> None:
    """Let other processes work for a moment."""
    threading.Event().wait(seconds)


@pytest.fixture
def home(store_url: str, tmp_path: Path) -> Path:
    found = tmp_path / "home"
    prepare(found, store_url)
    (found / ACKNOWLEDGED).touch()
    return found


@pytest.fixture
def processes(home: Path) -> Iterator[Processes]:
    command = [sys.executable, "-m", "tests.faults.process", str(home)]
    pipe = subprocess.PIPE
    log = (home / "log").open("w")
    parent = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=log, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == "ready", (home / "log").read_text()
    with parent, log:
        yield Processes(parent)
        assert parent.stdin is not None
        parent.stdin.close()
        parent.wait(PATIENCE_SECONDS)
