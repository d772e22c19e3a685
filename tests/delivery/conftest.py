"""A robot on this machine that answers as it is told, and a runner for the jobs."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.access.conftest import OFFICE, _quick_hashes, people, places

from haochaping.delivery.addresses import Rules
from haochaping.delivery.deliver import handler
from haochaping.delivery.gateways import Gateways
from haochaping.delivery.outgoing import Outgoing
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.jobs import Runner
from haochaping.plugins.references import load

__all__ = ["_quick_hashes", "people", "places"]

KEY = b"shared key of the robot"


@dataclass
class Answer:
    """What the robot says to one request."""

    status: int = 200
    body: bytes = b'{"errcode": 0, "id": "R1"}'
    headers: dict = field(default_factory=dict)
    cut: bool = False
    slow: bool = False


@dataclass
class Received:
    """What the robot was sent."""

    path: str
    headers: dict
    body: bytes
    method: str = "POST"


class Robot:
    """A server on loopback; `answers` are given in turn, the last one for ever.

    `by_path` answers what is asked at other paths than the one that is tested, uncounted.
    """

    def __init__(self):
        self.answers = [Answer()]
        self.received = []
        self.asked = []
        self.by_path = {}
        self.enough = threading.Event()
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                given = Received(self.path, dict(self.headers), body, self.command)
                other = robot.by_path.get(self.path.partition("?")[0])
                (robot.received if other is None else robot.asked).append(given)
                self.answer(other or robot.next_answer())

            do_GET = do_POST

            def answer(self, answer):
                if answer.slow:
                    robot.enough.wait(5)
                if answer.cut or answer.slow:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port

    def next_answer(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/robot/send?access_token=tok123456"


@pytest.fixture
def robot():
    robot = Robot()
    thread = threading.Thread(target=robot.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield robot
    robot.enough.set()
    robot.server.shutdown()
    thread.join()
    robot.server.server_close()


@pytest.fixture
def outgoing(clock):
    return Outgoing(Rules(frozenset({"127.0.0.1"}), loopback=True), clock)


@pytest.fixture
def gateways(outgoing, robot):
    settings = {"webhook": {"url": robot.url, "key": KEY, "site": "https://hcp.example/"}}
    return Gateways(outgoing, settings, load)


@pytest.fixture
def runner(store, clock, gateways):
    return Runner(store, clock, {"deliver": handler(gateways)}, lambda *_, **__: None)


def a_message(**changes):
    values = {
        "business_id": "case:7:1:reply:1",
        "to": "handler",
        "organization_id": OFFICE,
        "gateway": "webhook",
        "subject": Words("差评工单即将到期", "A case is soon due"),
        "body": Words("工单 ABC，答复期限 2026-11-20", "Case ABC, reply due on 2026-11-20"),
        "link": "/console/cases/ABC",
    }
    return OutgoingMessage(**(values | changes))
