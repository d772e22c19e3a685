"""Real processes of one deployment, clients over HTTP, and what is done to them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from haochaping.access import api_keys
from haochaping.access.api_keys import NewApiKey
from haochaping.access.roles import API_SCOPES
from haochaping.deployment import Deployment
from haochaping.installing import Wish, install
from haochaping.pushing import take_in
from haochaping.testing.postgres import PostgresServer, free_port
from haochaping.worker import Worker
from tests.catalogues import REGION, body, fill
from tests.faults.ground import case_no, rating

ROOT = Path(__file__).parents[2]
CHECKER = Path(__file__).with_name("checker.py")
PATIENCE = 60.0
CLIENTS = 4


@dataclass
class Town:
    """A deployment with its processes; every process leads a group of its own."""

    home: Path
    url: str
    key: str
    port: int
    running: dict[str, Any] = field(default_factory=dict)
    recoveries: list[float] = field(default_factory=list)
    kills: int = 0
    hits: int = 0
    """Kills that met a process at work."""
    cut: int = 0
    """Requests that were taken and never answered, because the process died."""
    logs: Path | None = None
    """Where the processes write their lines instead of a file each in the home."""

    def start(self, kind: str, **environment: str) -> None:
        """Start `web` or `worker`."""
        command = [sys.executable, "-m", "haochaping.cli", kind]
        command += ["--port", str(self.port)] if kind == "web" else []
        given = {**os.environ, "HAOCHAPING_HOME": str(self.home), **environment}
        with (self.logs or self.home / f"{kind}.log").open("ab") as log:
            self.running[kind] = subprocess.Popen(
                command, env=given, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, kind: str) -> None:
        """Kill a process and all it started, at once."""
        process = self.running.pop(kind)
        self.hits += process.poll() is None
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        self.kills += 1

    def recover(self, kind: str) -> None:
        """Start a process that was killed; note how long it takes until it answers."""
        started = time.monotonic()
        self.start(kind)
        if kind == "web":
            self.wait_ready()
            self.recoveries.append(time.monotonic() - started)

    def wait_ready(self) -> None:
        """Wait until ratings are taken."""
        until = time.monotonic() + PATIENCE
        while self.ask("/readyz")[0] != 200:
            assert time.monotonic() < until, (self.home / "web.log").read_text()[-3000:]
            time.sleep(0.05)

    def ask(self, path: str, document: Any = None, key: str = "") -> tuple[int, Any]:
        """Ask the pages; return status and document, 0 when the outcome is unknown."""
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": key}
        data = None if document is None else json.dumps(document).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, data, headers), timeout=10
            ) as answer:
                return int(answer.status), json.loads(answer.read())
        except urllib.error.HTTPError as error:
            error.close()
            return error.code, {}
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            self.cut += not isinstance(reason, ConnectionRefusedError)
            return 0, {}

    def stop(self) -> None:
        """End everything."""
        for kind in list(self.running):
            self.kill(kind)

    def finish(self) -> None:
        """Let everything that waits be done, in this process."""
        with opened(self.home) as deployment:
            Worker(deployment).drain()


class WarmTown(Town):
    """A town whose processes are forked from one that has everything imported (`warm`)."""

    _parent: subprocess.Popen[str] | None = None

    def start(self, kind: str, **environment: str) -> None:
        """Fork `web` or `worker`."""
        assert not environment
        words = f"web --port {self.port}" if kind == "web" else kind
        self.running[kind] = _Forked(int(self._asked(words)))

    def stop(self) -> None:
        """End everything, the parent too."""
        super().stop()
        if self._parent is not None:
            with self._parent as parent:
                assert parent.stdin is not None
                parent.stdin.close()
            self._parent = None

    def _asked(self, words: str) -> str:
        if self._parent is None:
            command = [sys.executable, "-m", "tests.faults.warm", str(self.home)]
            pipe = subprocess.PIPE
            with (self.home / "web.log").open("ab") as log:
                self._parent = subprocess.Popen(
                    command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=log, text=True
                )
            assert self._said() == "ready", (self.home / "web.log").read_text()[-3000:]
        assert self._parent.stdin is not None
        self._parent.stdin.write(f"{words}\n")
        self._parent.stdin.flush()
        return self._said()

    def _said(self) -> str:
        assert self._parent is not None
        assert self._parent.stdout is not None
        return self._parent.stdout.readline().strip()


@dataclass
class _Forked:
    """A process that is not our own child, with what a town asks of one."""

    pid: int

    def poll(self) -> int | None:
        """Return None while it lives."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return -signal.SIGKILL
        return None

    def wait(self) -> int:
        """Wait until it is gone."""
        while (code := self.poll()) is None:
            time.sleep(0.002)
        return code


@contextmanager
def opened(home: Path) -> Iterator[Deployment]:
    """Open the deployment here."""
    deployment = Deployment.open(home)
    try:
        yield deployment
    finally:
        deployment.close()


def found(home: Path, url: str, services: int, kind: type[Town] = Town) -> Town:
    """Make a deployment with services to rate and a key to rate them with."""
    install(Wish(home, "base", url))
    with opened(home) as deployment:
        fill(deployment)
        for first in range(1, services + 1, 100):
            last = min(first + 100, services + 1)
            cases = [body(deployment, number)["cases"][0] for number in range(first, last)]
            take_in(deployment, {"cases": cases})
        with deployment.store.write() as conn:
            new = NewApiKey("业务系统", frozenset(API_SCOPES), REGION)
            at = deployment.clock.now()
            _, key = api_keys.add(conn, deployment.keyring, deployment.journal.emit, new, at)
    return kind(home, url, key, free_port())


class Clients:
    """Rate services one after another, each until it is acknowledged, and note every answer."""

    def __init__(self, town: Town, numbers: Sequence[int], pause: float = 0.02) -> None:
        self._town, self._numbers = town, iter(numbers)
        self._lock, self.pause = threading.Lock(), pause
        self.history = town.home / "history"
        self.over = threading.Event()
        self._threads = [threading.Thread(target=self._go_on) for _ in range(CLIENTS)]
        self.done = 0

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    def _go_on(self) -> None:
        while not self.over.is_set():
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            self._rate(number)
            time.sleep(self.pause)

    def _rate(self, number: int) -> None:
        said = rating(number)
        document = {
            "case_no": case_no(number),
            "occurrence_no": 1,
            "channel": "web",
            **{name: value for name, value in said.items() if value},
        }
        key = f"client-{number}"
        until = time.monotonic() + PATIENCE * 4
        while time.monotonic() < until:
            status, answer = self._town.ask("/api/v1/evaluations", document, key)
            self._note(key, number, said["grade"], status, answer)
            if status in (200, 201):
                self.done += 1
                return
            assert status in (0, 503), (status, answer)
            time.sleep(0.05)
        raise AssertionError(f"{case_no(number)} was never acknowledged")

    def _note(self, key: str, number: int, grade: int, status: int, answer: Any) -> None:
        line = {"key": key, "case_no": case_no(number), "grade": grade, "status": status}
        line["receipt"] = answer.get("receipt", "") if isinstance(answer, dict) else ""
        with self._lock, self.history.open("a") as file:
            file.write(json.dumps(line) + "\n")


def proved(town: Town) -> dict[str, Any]:
    """Let the checker read the raw database and the history; return its figures."""
    place = town.url.removeprefix("sqlite:///")
    command = [sys.executable, "-I", str(CHECKER), place, str(town.home / "history")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@contextmanager
def server() -> Iterator[PostgresServer]:
    """A durable PostgreSQL server that may be stopped hard."""
    from haochaping.testing.postgres import start_postgres

    own = start_postgres(durable=True)
    try:
        yield own
    finally:
        own.stop()


def stop_hard(own: PostgresServer) -> None:
    """End the server as a power cut would."""
    own._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(own.folder / "data"))


def start_again(own: PostgresServer) -> None:
    """Start the server; it recovers from its log."""
    log, options = str(own.folder / "log"), f"-p {own.port} -k {own.folder}"
    data = str(own.folder / "data")
    own._run("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)
