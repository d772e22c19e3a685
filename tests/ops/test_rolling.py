"""Processes restarted one after another while ratings come in: no request fails, none doubles."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, RemoteDisconnected
from pathlib import Path

import pytest

from haochaping.access import api_keys
from haochaping.access.api_keys import NewApiKey
from haochaping.access.roles import API_SCOPES
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation
from haochaping.installing import Wish, install
from haochaping.pushing import take_in
from haochaping.testing.postgres import free_port
from tests.catalogues import REGION, body, fill
from tests.faults.ground import case_no

SERVICES = 400


@dataclass
class Pages:
    """Two processes of one deployment behind what a reverse proxy does."""

    home: Path
    key: str
    ports: list[int]
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, port: int) -> None:
        environment = {**os.environ, "HAOCHAPING_HOME": str(self.home)}
        command = [sys.executable, "-m", "haochaping.cli", "web", "--port", str(port)]
        log = (self.home / f"log-{port}").open("ab")
        with log:
            self.running[port] = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + 60
        while not self.ready(port):
            assert time.monotonic() < until, (self.home / f"log-{port}").read_text()[-2000:]
            time.sleep(0.1)

    def ready(self, port: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return True
        except (OSError, HTTPException):
            return False

    def restart(self, port: int) -> float:
        """Stop a process gracefully and start it again; return the seconds it took to end."""
        started, process = time.monotonic(), self.running[port]
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) in (0, -signal.SIGTERM)
        took = time.monotonic() - started
        self.start(port)
        return took

    def rate(self, number: int) -> int:
        """Rate a service as a proxy passes it on: the other process is asked when one is away."""
        document = {"case_no": case_no(number), "occurrence_no": 1, "grade": 5, "channel": "web"}
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"rolling-{number}",
        }
        error = ""
        for attempt in range(6):
            port = self.ports[(number + attempt) % 2]
            url = f"http://127.0.0.1:{port}/api/v1/evaluations"
            request = urllib.request.Request(url, json.dumps(document).encode(), headers)
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as refused:
                return refused.code
            except (ConnectionError, RemoteDisconnected, urllib.error.URLError) as away:
                error = repr(away)
                time.sleep(0.02)
        raise AssertionError(error)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process with those that it started: each leads a group of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def pages(store_url: str, tmp_path: Path) -> Iterator[Pages]:
    home = tmp_path / "home"
    install(Wish(home, "base", store_url))
    deployment = Deployment.open(home)
    fill(deployment)
    for first in range(1, SERVICES + 1, 100):
        cases = [body(deployment, n)["cases"][0] for n in range(first, first + 100)]
        take_in(deployment, {"cases": cases})
    with deployment.store.write() as conn:
        new = NewApiKey("业务系统", frozenset(API_SCOPES), REGION)
        at = deployment.clock.now()
        _, key = api_keys.add(conn, deployment.keyring, deployment.journal.emit, new, at)
    deployment.close()
    found = Pages(home, key, [free_port(), free_port()])
    with ExitStack() as stack:
        for port in found.ports:
            found.start(port)
        stack.callback(lambda: [end(one) for one in found.running.values()])
        yield found
    for one in found.running.values():
        one.wait()


@pytest.mark.long
@pytest.mark.timeout(280)
def test_a_rolling_restart_fails_no_request(pages: Pages) -> None:
    numbers, statuses, lock = iter(range(1, SERVICES + 1)), list[int](), threading.Lock()
    done = threading.Event()

    def go_on() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            status = pages.rate(number)
            with lock:
                statuses.append(status)
            done.wait(0.1)

    threads = [threading.Thread(target=go_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    took = [pages.restart(port) for port in (*pages.ports, *pages.ports)]
    done.set()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 201}, {one: statuses.count(one) for one in set(statuses)}
    assert len(statuses) == SERVICES
    deployment = Deployment.open(pages.home)
    with deployment.store.read() as conn:
        counted = conservation.count(conn)
    deployment.close()
    assert counted.holds
    assert counted.received == SERVICES
    print(f"\n4 restarts, {SERVICES} ratings, 0 failed; stopped within {max(took):.1f} s")


@pytest.mark.long
@pytest.mark.timeout(120)
def test_the_pages_are_served_by_pure_python_too(pages: Pages) -> None:
    """Where the compiled server cannot be built: the same answers, and an end that waits."""
    port = free_port()
    environment = {**os.environ, "HAOCHAPING_HOME": str(pages.home)}
    command = [sys.executable, "-m", "haochaping.cli", "web", "--pure", "--port", str(port)]
    with (pages.home / "log-pure").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    until = time.monotonic() + 60
    while not pages.ready(port):
        assert time.monotonic() < until
        time.sleep(0.1)
    pages.ports = [port, port]
    assert pages.rate(1) == 201
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert "GET /" not in (pages.home / "log-pure").read_text(), "addresses are not logged"
