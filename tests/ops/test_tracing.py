"""Spans name endpoints and nobody; without being asked for, nothing is traced."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from flask import Flask

from haochaping.access import api_keys
from haochaping.access.api_keys import NewApiKey
from haochaping.access.roles import API_SCOPES
from haochaping.deployment import Deployment
from haochaping.settings import SettingsRefused
from haochaping.web import tracing
from haochaping.web.api.express import ENDPOINT
from haochaping.web.app import create_app
from tests.catalogues import REGION
from tests.faults.ground import case_no, stock


@dataclass
class Span:
    name: str
    told: dict[str, Any] = field(default_factory=dict)
    ended: int = 0

    def set_attribute(self, name: str, value: Any) -> None:
        self.told[name] = value

    def end(self) -> None:
        self.ended += 1


@dataclass
class Recorder:
    spans: list[Span] = field(default_factory=list)

    def start_span(self, name: str) -> Span:
        self.spans.append(Span(name))
        return self.spans[-1]


def test_a_span_names_the_endpoint_and_no_address() -> None:
    app, recorder = Flask("x"), Recorder()
    tracing.install(app, recorder)

    @app.get("/r/<code>")
    def rate(code: str) -> str:
        return "done"

    app.test_client().get("/r/SECRETCODE?mobile=13800001234")
    (span,) = recorder.spans
    assert (span.name, span.ended) == ("rate", 1)
    assert span.told["http.response.status_code"] == 200
    assert "SECRETCODE" not in str(span.told)
    assert "13800001234" not in str(span.told)


class Collector(BaseHTTPRequestHandler):
    """Keeps what it is sent, as a collector on this machine would."""

    got: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_extra_sends_spans_to_a_collector_and_ratings_are_among_them(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packages of the extra themselves, against a collector on the loopback."""
    Collector.got.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv(tracing.VARIABLE, f"http://127.0.0.1:{server.server_address[1]}")
    stock(deployment, 1)
    with deployment.store.write() as conn:
        new = NewApiKey("业务系统", frozenset(API_SCOPES), REGION)
        at = deployment.clock.now()
        _, key = api_keys.add(conn, deployment.keyring, deployment.journal.emit, new, at)
    app = create_app(deployment)
    client = app.test_client()
    assert client.get("/r/SECRETCODE?mobile=13800001234").status_code == 404
    sent = client.post(
        "/api/v1/evaluations",
        json={"case_no": case_no(1), "occurrence_no": 1, "grade": 5, "channel": "web"},
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "traced-1"},
    )
    assert sent.status_code == 201
    app.extensions["haochaping.tracer"].span_processor.force_flush(10_000)
    app.extensions["haochaping.tracer"].span_processor.shutdown()
    server.shutdown()
    thread.join()
    server.server_close()
    assert {path for path, _ in Collector.got} == {"/v1/traces"}
    told = b"".join(body for _, body in Collector.got)
    assert b"haochaping.request_id" in told
    assert ENDPOINT.encode() in told, "the express lane is traced too"
    for secret in (b"SECRETCODE", b"13800001234", key.encode(), case_no(1).encode()):
        assert secret not in told


def test_nothing_is_traced_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tracing.VARIABLE, raising=False)
    app = Flask("x")
    tracing.install(app)
    assert app.before_request_funcs == {}


def test_asked_for_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(tracing.VARIABLE, "http://127.0.0.1:4318")
    monkeypatch.setattr(tracing, "_installed", lambda: False)
    with pytest.raises(SettingsRefused, match="pip install"):
        tracing.install(Flask("x"))
