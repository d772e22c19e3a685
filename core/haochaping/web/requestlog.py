"""Request ids and the access log: one JSON line a request, without personal data.

Addresses can carry capabilities (`/r/<code>`), so the log names the endpoint and never the path,
the query or the client's address. Of the parts of an address it names those in `NAMED`; views
name others with `haochaping.logs.note`, for example the rating that was stored.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, g

from haochaping import logs
from haochaping.clock import stopwatch
from haochaping.ids import random_code
from haochaping.web import site

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HEADER: Final = "X-Request-ID"
_KEPT_AS: Final = "haochaping.request_id"
_GIVEN_AS: Final = "HTTP_X_REQUEST_ID"
_GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")

NAMED: Final = {"public_id": "case", "rating": "evaluation"}
"""Parts of addresses that are ids of ours, and under which name they are logged."""

logger = logging.getLogger("haochaping.access")


def request_id() -> str:
    """Return the id of this request; one given by the proxy in front is kept."""
    kept = site.kept()
    found: str | None = kept.get("request_id")
    if found is None:
        found = kept.request_id = id_of(site.asked().environ)
    return found


def id_of(environ: WSGIEnvironment) -> str:
    """Return the id of a request, made when it is first asked for and nobody gave one."""
    found: str | None = environ.get(_KEPT_AS)
    if found is None:
        given = environ.get(_GIVEN_AS, "")
        found = given if given and _GIVEN.fullmatch(given) else random_code(12)
        environ[_KEPT_AS] = found
    return found


def line(method: str, endpoint: str, status: int, started: float) -> None:
    """Write the line of a request that began at a reading of the stopwatch."""
    if logger.isEnabledFor(logging.INFO):
        took = round((stopwatch() - started) * 1000, 1)
        said = {"method": method, "endpoint": endpoint, "status": status, "milliseconds": took}
        logs.tell(logger, "request", said)


def install(app: Flask) -> None:
    """Give every request a number and log its end."""

    @app.before_request
    def _start() -> None:
        kept, parts = site.kept(), site.asked().view_args
        kept.started = stopwatch()
        named = _named(parts) if parts else {}
        kept.about = logs.begin(request_id=request_id(), **named)

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        asked = site.asked()
        started = site.kept().get("started", stopwatch())
        line(asked.method, asked.endpoint or "", response.status_code, started)
        return response

    @app.teardown_request
    def _forget(error: BaseException | None) -> None:
        token = g.pop("about", None)
        if token is not None:
            logs.end(token)


def _named(parts: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: str(parts[part]) for part, name in NAMED.items() if part in parts}
