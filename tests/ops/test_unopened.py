"""A process that cannot open its deployment or its address says so in words, and goes on."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from haochaping import logs, telling
from haochaping.deployment import Deployment
from haochaping.serving import AddressRefused, require_free
from haochaping.settings import HOME_VARIABLE, Address
from haochaping.testing.postgres import free_port
from haochaping.web import app, opening

SERVED = "haochaping.web.opened"


@pytest.fixture
def beating(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What kinds of processes went on telling that they live."""
    kinds: list[str] = []
    monkeypatch.setattr(telling, "tell_on", lambda current, kind: kinds.append(kind))
    return kinds


@pytest.fixture
def start(
    home: Path, monkeypatch: pytest.MonkeyPatch, beating: list[str]
) -> Iterator[Callable[[], Client]]:
    """Start what a web process serves over the deployment in `home`."""
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    monkeypatch.setattr(opening, "_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(logs, "configure_process", lambda name: None)
    monkeypatch.delitem(sys.modules, SERVED, raising=False)
    started: list[opening.Opening] = []

    def start() -> Client:
        started.append(import_module(SERVED).application)
        return Client(started[0])

    yield start
    sys.modules.pop(SERVED, None)
    for found in (one.result().value for one in started):
        if found is not None:
            found.deployment().close()


def test_without_its_key_a_process_answers_in_words_until_it_is_back(
    start: Callable[[], Client],
    home: Path,
    caplog: pytest.LogCaptureFixture,
    beating: list[str],
) -> None:
    key = home / "secrets" / "master.key"
    kept = key.read_bytes()
    key.unlink()
    client = start()
    for _ in range(2):
        page = client.get("/r/ABC", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert "12345" in page.text
        assert "has not been received" in page.text
        assert "master.key" not in page.text
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json) == (
        503,
        {"status": "unavailable", "failed": ["deployment"], "code": "HCP-SETTINGS"},
    )
    assert client.get("/healthz").status_code == 200
    told = [one for one in caplog.records if one.message == "deployment.not_opened"]
    assert len(told) == 1, "once, not with every request"
    assert "master.key" in told[0].__dict__["error"]
    assert beating == []
    key.write_bytes(kept)
    for path in ("/readyz", "/", "/healthz"):
        assert client.get(path).status_code == 200
    assert beating == ["web"], "as soon as it is open, and once"


@pytest.mark.parametrize(
    ("asked", "title"),
    [("", "暂时无法使用"), ("zh-CN,en;q=0.5", "暂时无法使用"), ("en-GB", "Not available")],
)
def test_a_program_is_told_in_its_language(asked: str, title: str) -> None:
    answer = Client(opening.Opening(_refused, print)).post(
        "/api/v1/evaluations", json={}, headers={"Accept-Language": asked}
    )
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    told = answer.get_json()
    assert (told["code"], told["status"]) == ("HCP-UNAVAILABLE", 503)
    assert told["title"].startswith(title)
    assert told["detail"].startswith(title)


def _refused() -> Any:
    raise LookupError


def test_while_one_request_waits_for_a_database_others_are_answered() -> None:
    asked, answers = threading.Event(), threading.Event()
    served = SimpleNamespace(app=lambda: Response("served"))
    begun: list[object] = []

    def make() -> Any:
        asked.set()
        assert answers.wait(20)
        return served

    waiting = opening.Opening(make, begun.append)
    first = threading.Thread(target=waiting.result)
    first.start()
    assert asked.wait(20)
    client = Client(waiting)
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["code"]) == (503, "HCP-UNAVAILABLE")
    assert begun == []
    answers.set()
    first.join(20)
    assert client.get("/readyz").text == "served"
    assert begun == [served]


def test_what_was_opened_is_closed_when_its_pages_cannot_be_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Path] = []
    close = Deployment.close

    def closing(deployment: Deployment) -> None:
        closed.append(deployment.home)
        close(deployment)

    def broken(*given: object) -> Any:
        raise LookupError("a room that cannot be opened")

    monkeypatch.setenv(HOME_VARIABLE, str(home))
    monkeypatch.setattr(logs, "configure_process", lambda name: None)
    monkeypatch.setattr(Deployment, "close", closing)
    monkeypatch.setattr(app, "Renewed", broken)
    with pytest.raises(LookupError, match="a room"):
        app.from_home()
    assert closed == [home]


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = Address("127.0.0.1", other.getsockname()[1])
        with pytest.raises(AddressRefused, match="已被另一个进程占用"):
            require_free(taken, patience=0.1)
    require_free(Address("127.0.0.1", free_port()))
    with pytest.raises(AddressRefused, match="本机没有这个地址"):
        require_free(Address("203.0.113.9", 8000))
