"""The two servers under test, each a granian of its own, and what CPU they used."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from haochaping.clock import pause, stopwatch
from haochaping.settings import HOME_VARIABLE

OURS = """
import os, pathlib
from haochaping.serving import serve_pages
from haochaping.settings import read_settings
serve_pages(read_settings(pathlib.Path(os.environ["HAOCHAPING_HOME"])))
"""
BARE = """
import os
from granian import Granian
from granian.log import LogLevels
Granian(os.environ["BARE"], port=int(os.environ["PORT"]), interface="wsgi",
        workers=int(os.environ["WORKERS"]), blocking_threads=int(os.environ["THREADS"]),
        backlog=1024, log_access=False, log_level=LogLevels.warning).serve()
"""
_START_SECONDS = 30.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens on `port`."""

    name: str
    port: int
    pid: int

    def cpu(self) -> float:
        """Return the CPU seconds of its processes so far."""
        return sum(_cpu(pid) for pid in _family(self.pid))


def ours(home: Path, port: int) -> tuple[str, int, str, Mapping[str, str]]:
    """Return how the deployment in `home` is served."""
    return "haochaping", port, OURS, {HOME_VARIABLE: str(home)}


def bare(
    database: str, port: int, workers: int, threads: int
) -> tuple[str, int, str, Mapping[str, str]]:
    """Return how the bare handler is served, with as many processes and threads."""
    sizes = {"PORT": str(port), "WORKERS": str(workers), "THREADS": str(threads)}
    target = {"BARE": "submission.bare:application", "DATABASE": database}
    return "bare handler", port, BARE, {**target, **sizes}


def page(
    length: int, port: int, workers: int, threads: int
) -> tuple[str, int, str, Mapping[str, str]]:
    """Return how a bare page of `length` bytes is served."""
    sizes = {"PORT": str(port), "WORKERS": str(workers), "THREADS": str(threads)}
    target = {"BARE": "submission.page:application", "LENGTH": str(length)}
    return "bare page", port, BARE, {**target, **sizes}


@contextmanager
def running(name: str, port: int, code: str, settings: Mapping[str, str]) -> Iterator[Server]:
    """Run a server as long as the block takes."""
    folder = str(Path(__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": folder, **settings}
    with tempfile.TemporaryFile() as log:  # both write their logs, ours one line a request
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=log)
        try:
            _wait_for(port)
            yield Server(name, port, process.pid)
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    started = stopwatch()
    while stopwatch() - started < _START_SECONDS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause(0.1)
    raise TimeoutError(f"nobody listens on {port}")


def _family(pid: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        children += map(int, (task / "children").read_text().split())
    return [pid, *(each for child in children for each in _family(child))]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
