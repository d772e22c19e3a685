"""The 浙政钉 robot: what it is sent, how it is signed, and what its answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.testing.loopback import OutgoingFault, client
from haochaping.testing.towns import FakeClock
from haochaping_zhejiang.plugin import Zhejiang
from haochaping_zhejiang.robot import make

KEY = "SEC-of-the-group"
NAMED = {"robot": {"url_env": "ROBOT_URL", "key_env": "ROBOT_KEY"}, "site": "https://hcp.example"}


@dataclass
class Group:
    """A robot that listens on this machine."""

    answer: bytes = b'{"errcode": 0, "errmsg": "ok", "request_id": "r-1"}'
    status: int = 200
    paths: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.paths[-1]).query)


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Iterator[Group]:
    found = Group()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            found.bodies.append(json.loads(self.rfile.read(length)))
            found.paths.append(self.path)
            found.headers.append(dict(self.headers))
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(found.answer)))
            self.end_headers()
            self.wfile.write(found.answer)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    address = f"http://127.0.0.1:{found.port}/robot/send?access_token=tok"
    monkeypatch.setenv("ROBOT_URL", address)
    monkeypatch.setenv("ROBOT_KEY", KEY)
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def http(clock: FakeClock) -> Any:
    return client(clock)


def message() -> OutgoingMessage:
    return OutgoingMessage(
        business_id="case:7:0:reply:3",
        to="unit_head",
        organization_id=1,
        gateway="zhezhengding",
        subject=Words("差评工单逾期预警", "Overdue"),
        body=Words("工单 7K2M9QX4TZ 已超期，请单位负责人督办", ""),
        link="/console/cases/7K2M9QX4TZ",
    )


def test_the_group_gets_a_text_with_subject_words_and_link(group: Group, http: Any) -> None:
    assert make(NAMED, http)(message()) == "r-1"
    assert group.bodies == [
        {
            "msgtype": "text",
            "text": {
                "content": "【差评工单逾期预警】\n工单 7K2M9QX4TZ 已超期，请单位负责人督办\n"
                "https://hcp.example/console/cases/7K2M9QX4TZ"
            },
        }
    ]
    assert group.headers[0]["X-Haochaping-Id"] == "case:7:0:reply:3"


def test_the_address_is_signed_over_timestamp_and_key(
    group: Group, http: Any, clock: FakeClock
) -> None:
    make(NAMED, http)(message())
    timestamp = str(int(clock.now().timestamp() * 1000))
    text = f"{timestamp}\n{KEY}".encode()
    expected = base64.b64encode(hmac.digest(KEY.encode(), text, hashlib.sha256)).decode()
    assert group.query == {"access_token": ["tok"], "timestamp": [timestamp], "sign": [expected]}


def test_a_robot_without_a_key_is_sent_to_unsigned(group: Group, http: Any) -> None:
    make({"robot": {"url_env": "ROBOT_URL"}}, http)(message())
    assert group.query == {"access_token": ["tok"]}


@pytest.mark.parametrize("missing", ["ROBOT_URL", "ROBOT_KEY"])
def test_without_address_or_key_nothing_is_sent_and_nothing_tried_again(
    group: Group, http: Any, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(OutgoingFault) as fault:
        make(NAMED, http)(message())
    assert not fault.value.retry
    assert group.paths == []


@pytest.mark.parametrize(
    ("answer", "retry"),
    [
        (b'{"errcode": 310000, "errmsg": "sign not match"}', False),
        (b'{"errcode": 130101, "errmsg": "send too fast"}', True),
        (b"<html>", True),
        (b"[]", False),
    ],
)
def test_another_errcode_is_a_refusal(group: Group, http: Any, answer: bytes, retry: bool) -> None:
    group.answer = answer
    with pytest.raises(OutgoingFault) as fault:
        make(NAMED, http)(message())
    assert fault.value.retry is retry


def test_a_server_in_trouble_is_tried_again(group: Group, http: Any) -> None:
    group.status = 502
    with pytest.raises(OutgoingFault) as fault:
        make(NAMED, http)(message())
    assert fault.value.retry


def test_neither_token_nor_key_is_in_an_error(group: Group, http: Any) -> None:
    group.status = 403
    with pytest.raises(OutgoingFault) as fault:
        make(NAMED, http)(message())
    assert "tok" not in str(fault.value)
    assert KEY not in str(fault.value)


def test_the_gateway_names_this_factory() -> None:
    nothing: Any = SimpleNamespace()
    (gateway,) = Zhejiang({}, nothing).message_gateways()
    assert (gateway.name, gateway.factory) == ("zhezhengding", "haochaping_zhejiang.robot:make")
