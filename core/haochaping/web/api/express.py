"""The express lane: ratings from business systems that go well, without Flask around them.

Flask's cycle around a request costs more than the rating itself. So a plain POST of a rating
is served here with the same parts (the same policy, keys, specification, door and answer),
and whatever is out of the ordinary goes on to the view, which explains it: a body that does
not certainly fit, a key that is not recognised, a rating that is refused. The door is asked
once: what it said is carried along in the request's environment, and the view says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from haochaping import logs
from haochaping.access.api_keys import ApiKey
from haochaping.access.policies import POLICIES
from haochaping.clock import stopwatch
from haochaping.containment import contained
from haochaping.web import metrics, reading, requestlog, tracing
from haochaping.web.api import evaluations, reach, spec
from haochaping.web.api.counter import Counter, Visit
from haochaping.web.guard import bearer_of, known_keys_of
from haochaping.web.headers import PRIVATE
from haochaping.web.signs import certainly_clean

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from haochaping.deployment import Deployment
    from haochaping.evaluation.intake import Admitted
    from haochaping.evaluation.receipts import Receipt

PATH: Final = "/api/v1/evaluations"
ENDPOINT: Final = "api_evaluations.submit"
_JSON: Final = frozenset({"application/json", "application/json;charset=utf-8"})


class Express:
    """Serves ratings that go well; hands everything else to the application behind it."""

    def __init__(self, flask: Flask, deployment: Deployment) -> None:
        self._flask = flask
        self._deployment = deployment
        self._behind: WSGIApplication = flask.wsgi_app
        self._scope = POLICIES[ENDPOINT].needs
        self._most = int(flask.config["MAX_CONTENT_LENGTH"])
        together = deployment.store.dialect == "sqlite"
        self._counter = Counter(deployment.intake, together=together)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "POST":
            started, request_id = stopwatch(), requestlog.id_of(environ)
            about = logs.begin(request_id=request_id)
            span = tracing.begin(self._flask, ENDPOINT, "POST", request_id)
            try:
                answer = self._answered(environ, started)
                if answer is not None:
                    tracing.finish(span, 201)
                    start_response("201 CREATED", _headers(answer, request_id))
                    return (answer,)
            finally:
                logs.end(about)
        return self._behind(environ, start_response)

    def _answered(self, environ: WSGIEnvironment, started: float) -> bytes | None:
        """Return the answer to a rating that was stored, None when the view is to answer."""
        given = self._plainly(environ)
        if given is None:
            return None
        visit = self._visit(environ, given, started)
        done = contained("express lane", lambda: self._counter.serve(visit))
        if done.error is not None:
            environ[evaluations.FAULT] = done.error
        return done.value

    def _plainly(self, environ: WSGIEnvironment) -> Mapping[str, Any] | None:
        """Return the body of a request that certainly fits; it can be read again."""
        length = environ.get("CONTENT_LENGTH", "")
        kind = environ.get("CONTENT_TYPE", "").lower().replace(" ", "")
        if kind not in _JSON or environ.get("QUERY_STRING"):
            return None
        if not length.isdecimal() or int(length) > self._most:
            return None
        raw = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(raw)
        if len(raw) != int(length) or not certainly_clean(raw):
            return None
        given = contained("express lane", lambda: reading.read(raw.decode())).value
        return given if spec.certain("Evaluation", given) else None

    def _visit(self, environ: WSGIEnvironment, given: Mapping[str, Any], started: float) -> Visit:
        deployment = self._deployment
        known: list[ApiKey] = []

        def admit() -> Admitted | Receipt:
            key = self._key(environ)
            known.append(key)
            draft = evaluations.draft(given, evaluations.idempotency_key(environ), key)
            return deployment.intake.admit(draft, lambda target: key.reaches(*target.place))

        def answer(receipt: Receipt) -> bytes:
            reach.note_use_of(deployment, known_keys_of(self._flask), known[-1])
            written = self._written(environ, receipt)
            requestlog.line("POST", ENDPOINT, 201, started)
            metrics.count(deployment.meters, (ENDPOINT, "POST", 201), stopwatch() - started)
            return written

        return Visit(admit, answer)

    def _written(self, environ: WSGIEnvironment, receipt: Receipt) -> bytes:
        if receipt.notice is None:
            return reading.written(evaluations.answer(receipt)).encode()
        with self._flask.request_context(environ):  # the reader's language is told by the request
            return reading.written(evaluations.answer(receipt)).encode()

    def _key(self, environ: WSGIEnvironment) -> ApiKey:
        """Return the sender's key. Raises KeyRefused or ScopeMissing."""
        deployment, known = self._deployment, known_keys_of(self._flask)
        now = deployment.clock.now()
        return known.recognise(deployment.store.look, bearer_of(environ), self._scope, now)


def install(app: Flask, deployment: Deployment) -> None:
    """Serve plain ratings before the application sees them."""
    app.wsgi_app = Express(app, deployment)  # type: ignore[method-assign]


def _headers(answer: bytes, request_id: str) -> list[tuple[str, str]]:
    return [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(answer))),
        (requestlog.HEADER, request_id),
        *PRIVATE,
    ]
