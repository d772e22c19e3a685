"""Spans name endpoints and nobody; without being asked for, nothing is traced."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from haochaping.settings import SettingsRefused
from haochaping.web import tracing


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
