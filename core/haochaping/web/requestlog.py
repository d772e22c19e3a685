"""Request ids and the access log: one JSON line a request, without personal data.

Addresses can carry capabilities (`/r/<code>`), so the log names the endpoint and never the path,
the query or the client's address. Of the parts of an address it names those in `NAMED`; views
name others with `haochaping.logs.note`, for example the rating that was stored.
"""

from __future__ import annotations

import logging
import re
from typing import Final

from flask import Flask, Response, g, request

from haochaping import logs
from haochaping.clock import stopwatch
from haochaping.ids import random_code

HEADER: Final = "X-Request-ID"
_GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")

NAMED: Final = {"public_id": "case", "rating": "evaluation"}
"""Parts of addresses that are ids of ours, and under which name they are logged."""

logger = logging.getLogger("haochaping.access")


def request_id() -> str:
    """Return the id of this request; one given by the proxy in front is kept."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _GIVEN.fullmatch(given) else random_code(12)
    found: str = g.request_id
    return found


def install(app: Flask) -> None:
    """Give every request a number and log its end."""

    @app.before_request
    def _start() -> None:
        g.started = stopwatch()
        parts = request.view_args or {}
        named = {name: str(parts[part]) for part, name in NAMED.items() if part in parts}
        g.about = logs.begin(request_id=request_id(), **named)

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        if logger.isEnabledFor(logging.INFO):
            logger.info("request", extra=_line(response))
        return response

    @app.teardown_request
    def _forget(error: BaseException | None) -> None:
        token = g.pop("about", None)
        if token is not None:
            logs.end(token)


def _line(response: Response) -> dict[str, object]:
    return {
        "method": request.method,
        "endpoint": request.endpoint or "",
        "status": response.status_code,
        "milliseconds": round((stopwatch() - g.get("started", stopwatch())) * 1000, 1),
    }
