"""A process that cannot open its deployment or its address says so in words, and goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from haochaping import logs
from haochaping.serving import AddressRefused, require_free
from haochaping.settings import HOME_VARIABLE, Address
from haochaping.testing.postgres import free_port
from haochaping.web import app


@pytest.fixture
def client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of what a web process serves, the deployment in `home` not opened yet."""
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    monkeypatch.setattr(app, "_opening", app._Opening())
    monkeypatch.setattr(app, "_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(logs, "configure_process", lambda name: None)
    app.from_home.cache_clear()
    yield Client(app.application)
    if app.from_home.cache_info().currsize:
        app.from_home().deployment().close()
    app.from_home.cache_clear()


def test_without_its_key_a_process_answers_in_words_until_it_is_back(
    client: Client, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = home / "secrets" / "master.key"
    kept = key.read_bytes()
    key.unlink()
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
    sent = client.post("/api/v1/evaluations", json={})
    assert (sent.status_code, sent.mimetype) == (503, "application/problem+json")
    assert client.get("/healthz").status_code == 200
    told = [one for one in caplog.records if one.message == "deployment.not_opened"]
    assert len(told) == 1, "once, not with every request"
    assert "master.key" in told[0].__dict__["error"]
    key.write_bytes(kept)
    assert client.get("/readyz").status_code == 200
    assert client.get("/").status_code == 200


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = Address("127.0.0.1", other.getsockname()[1])
        with pytest.raises(AddressRefused, match="已被另一个进程占用"):
            require_free(taken, patience=0.1)
    require_free(Address("127.0.0.1", free_port()))
    with pytest.raises(AddressRefused, match="本机没有这个地址"):
        require_free(Address("203.0.113.9", 8000))
