"""The real processes while what is around them fails: gateway, log volume, a plugin."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import func, select

from haochaping.clock import FakeClock
from haochaping.delivery import messages
from haochaping.delivery.tables import message, message_attempt
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import EvaluationStatus, Words
from haochaping.journal.tables import journal_parked
from haochaping.settings import allow_plugin
from haochaping.worker import Worker
from tests.faults import harness
from tests.faults.harness import Clients, Town, opened
from tests.faults.test_real_processes import told

MESSAGES = 30
STORM_SECONDS = 20.0


class Robot(ThreadingHTTPServer):
    """A robot that fails in turn in every way, and later works."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.failing = True
        self.asked = 0
        self.delivered: Counter[str] = Counter()
        self.cut: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/robot"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that went away are what this is about."""


class _Answer(BaseHTTPRequestHandler):
    server: Robot

    def do_POST(self) -> None:
        name = self.headers["X-Haochaping-Id"]
        self.rfile.read(int(self.headers["Content-Length"]))
        robot = self.server
        robot.asked += 1
        way = robot.asked % 5 if robot.failing else 5
        if way == 0:
            self.send_error(502)
        elif way == 1:
            self.send_error(429)
        elif way == 2:
            self.connection.close()  # before it was taken
        elif way == 3:
            time.sleep(15)  # longer than anybody waits; taken all the same
            robot.cut.add(name)
            self._take(name)
        elif way == 4:
            robot.delivered[name] += 1  # taken, and the answer is cut
            robot.cut.add(name)
            self.connection.close()
        else:
            self._take(name)

    def _take(self, name: str) -> None:
        self.server.delivered[name] += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"errcode": 0}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def robot() -> Iterator[Robot]:
    made = Robot()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def town(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = harness.found(tmp_path / "home", store_url, 120)
    yield made
    made.stop()


def settings(town: Town, more: str) -> None:
    with (town.home / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write(more)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_gateway_that_fails_in_every_way_loses_no_message_and_stops_no_rating(
    town: Town, robot: Robot
) -> None:
    file = town.home / "deployment.yaml"
    open_ = "  allow_hosts: ['127.0.0.1']\n  allow_loopback: true"
    file.write_text(file.read_text().replace("  allow_hosts: []", open_))
    settings(town, f"robot: {{url: '{robot.url}'}}\n")
    with opened(town.home) as deployment, deployment.store.write() as conn:
        for number in range(MESSAGES):
            words = Words(f"第 {number} 条", f"number {number}")
            meant = OutgoingMessage(f"storm:{number}", "handler", 1, "webhook", words, words)
            messages.queue(conn, meant, deployment.clock.now())
    for kind in ("web", "worker"):
        town.start(kind)
    town.wait_ready()
    with Clients(town, range(1, 121), pause=0.2):
        time.sleep(STORM_SECONDS / 2)
        town.kill("worker")
        town.recover("worker")
        time.sleep(STORM_SECONDS / 2)
    robot.failing = False
    started, until = time.monotonic(), time.monotonic() + 400
    while left(town):
        assert time.monotonic() < until, left(town)
        time.sleep(1)
    calm = time.monotonic() - started
    town.stop()
    town.finish()
    figures = harness.proved(town)
    assert (figures["lost"], figures["doubled"], figures["cases_missing"]) == (0, 0, 0)
    assert set(robot.delivered) == {f"storm:{number}" for number in range(MESSAGES)}
    twice = {name for name, number in robot.delivered.items() if number > 1}
    assert twice <= robot.cut, "sent again without need"
    with opened(town.home) as deployment, deployment.store.read() as conn:
        tried = conn.execute(select(func.count()).select_from(message_attempt)).scalar_one()
        states = set(conn.execute(select(message.c.state).distinct()).scalars())
    assert states <= {"sent"}
    print(f"\n{MESSAGES} messages, {tried} attempts, all sent {calm:.0f} s after the storm")
    told("gateway", town, figures)


def left(town: Town) -> int:
    """How many messages have not gone out."""
    with opened(town.home) as deployment, deployment.store.read() as conn:
        open_ = select(func.count()).select_from(message).where(message.c.state != "sent")
        return conn.execute(open_.where(message.c.gateway == "webhook")).scalar_one()


@pytest.mark.long
@pytest.mark.timeout(200)
def test_a_full_log_volume_stops_nothing(town: Town) -> None:
    """Each line fails as it does on a full disk, and so does the receipt journal."""
    town.logs = Path("/dev/full")
    settings(town, "receipt_journal: /dev/full\n")
    for kind in ("web", "worker"):
        town.start(kind)
    town.wait_ready()
    with Clients(town, range(1, 121)):
        pass
    town.stop()
    town.logs = None
    town.finish()
    figures = harness.proved(town)
    assert figures["acknowledged"] == figures["requests"] == 120
    assert (figures["lost"], figures["doubled"], figures["cases_missing"]) == (0, 0, 0)
    told("log volume full", town, figures)


STORMY = """
import os
from pathlib import Path
from haochaping import Plugin, hookimpl

def storm(*_):
    if Path(os.environ["STORM"]).exists():
        raise RuntimeError("out of order")

class Stormy(Plugin):
    name = "stormy"

    @hookimpl
    def evaluation_admit(self, submission):
        return storm()

    @hookimpl
    def rectification_plan(self, case):
        return storm()

    @hookimpl
    def case_opened(self, event):
        storm()
"""


@pytest.mark.long
@pytest.mark.timeout(280)
def test_a_plugin_that_raises_in_every_process_holds_ratings_and_loses_none(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag = tmp_path / "storm"
    flag.touch()
    monkeypatch.setenv("STORM", str(flag))
    for folder in ("plugins", "profiles"):
        (town.home / folder).mkdir(exist_ok=True)
    (town.home / "plugins" / "stormy.py").write_text(STORMY)
    profile = "extends: base\nplugins: {stormy: {}}\n"
    (town.home / "profiles" / "stormy.yaml").write_text(profile)
    file = town.home / "deployment.yaml"
    file.write_text(file.read_text().replace("profile: base", "profile: stormy"))
    allow_plugin(town.home, "stormy.py")
    for kind in ("web", "worker"):
        town.start(kind)
    town.wait_ready()
    with Clients(town, range(1, 121), pause=0.1):
        for victim in ("web", "worker"):
            time.sleep(2)
            town.kill(victim)
            town.recover(victim)
    with opened(town.home) as deployment, deployment.store.read() as conn:
        held = conservation.count(conn)
    assert held.holds
    assert held.by_status[EvaluationStatus.HELD] == 120
    flag.unlink()
    town.stop()
    clock = FakeClock(datetime.now(UTC))
    deployment = Deployment.open(town.home, clock=clock)
    for _ in range(8):  # with time for back-off
        Worker(deployment).drain()
        clock.advance(timedelta(hours=8))
    with deployment.store.read() as conn:
        waiting = conn.execute(select(journal_parked.c.state).distinct()).scalars().all()
        counted = conservation.count(conn)
    deployment.close()
    assert set(waiting) <= {"done"}
    assert counted.by_status[EvaluationStatus.EFFECTIVE] == 120
    assert counted.holds
    figures = harness.proved(town)
    assert (figures["lost"], figures["doubled"], figures["cases_missing"]) == (0, 0, 0)
    assert figures["cases"] == 20
    told("plugin raises", town, figures)
