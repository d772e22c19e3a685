"""Answers of the public pages: counted against a limit, kept for a moment, asked for by ETag."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, make_response, render_template, request

from haochaping.web import frame, i18n, limits
from haochaping.web.limits import Limit

LIVE_SECONDS: Final = 1
"""How long caches may keep a page with figures, which the server itself may have remembered for
as long: a rating shows within two seconds."""
QUIET_SECONDS: Final = 60
"""How long caches may keep a page that rarely changes."""
LOOK: Final = Limit("public", per_minute=600, burst=300)
"""Public pages of one address, which many people may share."""


def page(template: str, seconds: int = LIVE_SECONDS, **values: Any) -> Response:
    """Return a rendered page that caches may keep."""
    return kept(make_response(render_template(template, **values)), seconds)


def live(template: str, **values: Any) -> Response:
    """Return a rendered page with figures that caches may keep, whole; see `again`."""
    return _dated(make_response(render_template(template, **values)), LIVE_SECONDS)


def again(response: Response) -> Response:
    """Leave the body away for who has it already."""
    response.make_conditional(request)
    return response


def kept(response: Response, seconds: int) -> Response:
    """Let caches keep an answer, and leave its body away for who has it already."""
    return again(_dated(response, seconds))


def _dated(response: Response, seconds: int) -> Response:
    if not chooses_display():
        response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.add_etag()
    return response


def chooses_display() -> bool:
    """Say whether this request sets a language or display, which answers with a cookie."""
    return any(i18n.asked(name) for name in (i18n.COOKIE, frame.MODE))


def look() -> None:
    """Count this request. Raises TooMany."""
    limits.spend(LOOK)
