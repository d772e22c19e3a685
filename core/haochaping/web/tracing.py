"""Spans of requests for OpenTelemetry, when the operator asks for them.

An extra: `pip install haochaping[otel]`. Nothing is imported or sent unless
`OTEL_EXPORTER_OTLP_ENDPOINT` names a collector. Like the log, a span names the endpoint and
never the path, the query or the client.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Protocol

from flask import Flask, Response, g, request

from haochaping import __version__
from haochaping.hooks.values import Words
from haochaping.settings import SettingsRefused
from haochaping.web.requestlog import request_id

VARIABLE: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_KEPT_AS: Final = "haochaping.tracer"
_STATUS: Final = "http.response.status_code"
_NEEDED: Final = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp")


class Tracer(Protocol):
    """What we need of OpenTelemetry's tracer."""

    def start_span(self, name: str) -> Any:
        """Begin a span."""


def install(app: Flask, tracer: Tracer | None = None) -> None:
    """Trace every request if the operator asks for it. Raises SettingsRefused without the extra."""
    found = tracer or configured()
    if found is None:
        return
    app.extensions[_KEPT_AS] = found

    def start() -> None:
        g.span = begin(app, request.endpoint or "none", request.method, request_id())

    def end(response: Response) -> Response:
        span = g.get("span")
        if span is not None:
            span.set_attribute(_STATUS, response.status_code)
        return response

    def close(error: BaseException | None) -> None:
        span = g.pop("span", None)
        if span is not None:
            span.end()

    app.before_request(start)
    app.after_request(end)
    app.teardown_request(close)


def begin(app: Flask, endpoint: str, method: str, request: str) -> Any:
    """Begin the span of a request, None when nothing is traced; one that is never ended is lost."""
    tracer: Tracer | None = app.extensions.get(_KEPT_AS)
    if tracer is None:
        return None
    span = tracer.start_span(endpoint)
    span.set_attribute("http.request.method", method)
    span.set_attribute("haochaping.request_id", request)
    return span


def finish(span: Any, status: int) -> None:
    """End the span of a request that was answered outside of Flask; None: nothing is traced."""
    if span is not None:
        span.set_attribute(_STATUS, status)
        span.end()


def configured() -> Tracer | None:
    """Return the tracer that the environment asks for, None when it asks for none."""
    if not os.environ.get(VARIABLE):
        return None
    if not _installed():
        raise SettingsRefused(
            Words(
                f"设置了 {VARIABLE}，但没有安装 OpenTelemetry：pip install 'haochaping[otel]'",
                f"{VARIABLE} is set without OpenTelemetry: pip install 'haochaping[otel]'",
            )
        )
    sdk = import_module("opentelemetry.sdk.trace")
    processors = import_module("opentelemetry.sdk.trace.export")
    exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    resources = import_module("opentelemetry.sdk.resources")
    told = {"service.name": "haochaping", "service.version": __version__}
    provider = sdk.TracerProvider(resource=resources.Resource.create(told))
    provider.add_span_processor(processors.BatchSpanProcessor(exporter.OTLPSpanExporter()))
    tracer: Tracer = provider.get_tracer("haochaping")
    return tracer


def _installed() -> bool:
    try:
        return all(find_spec(name) is not None for name in _NEEDED)
    except ModuleNotFoundError:
        return False
