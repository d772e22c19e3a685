"""Security headers of every answer and the rule that private pages are not kept."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, g, session

from haochaping.web import site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PUBLIC_SECONDS: Final = 60
_KEPT: Final = frozenset({200, 304})
"""Statuses of answers that caches may keep; "not modified" renews what 200 allowed."""
_VARY: Final = ("Accept-Language", "Cookie")
_POLICY: Final = "Content-Security-Policy"
PRIVATE: Final = (("Cache-Control", "no-store"), ("Vary", ", ".join(_VARY)))
"""Headers of an answer that nobody may keep, beside those of all answers."""
_FIXED: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)


@lru_cache(maxsize=64)
def policy(connect: tuple[str, ...] = ()) -> str:
    """Return the content security policy; `connect` are origins that scripts may talk to."""
    parts = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "connect-src": " ".join(["'self'", *connect]),
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def allow_connections(*origins: str) -> None:
    """Let the scripts of this answer talk to `origins`, for example the device line."""
    g.connect = origins


def cacheable(seconds: int = PUBLIC_SECONDS) -> None:
    """Let shared caches keep this answer for `seconds`: for public pages only.

    With 0 they may keep it and must ask each time whether it still holds.
    """
    g.cache_seconds = seconds


def protect(response: Response) -> Response:
    """Say who may keep an answer; one that no view declared cacheable is not stored anywhere."""
    headers = response.headers
    given = {name.lower() for name, _ in headers}
    kept = site.kept()
    if connect := kept.get("connect"):
        headers.setdefault(_POLICY, policy(connect))
    if "set-cookie" in given or session.modified:  # a session is saved after this
        headers["Cache-Control"] = "no-store"
    elif "cache-control" not in given:
        headers["Cache-Control"] = _cache_control(response)
    if "vary" in given:
        response.vary.update(_VARY)
    else:
        headers["Vary"] = ", ".join(_VARY)
    return response


def install(app: Flask) -> None:
    """Protect every answer."""
    app.after_request(protect)
    app.wsgi_app = _Protected(app.wsgi_app)  # type: ignore[method-assign]


class _Protected:
    """Adds what is the same for every answer as it leaves; what a view has set stands."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""

        def start(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            given = {name.lower() for name, _ in headers}
            more = [pair for name, pair in _ALWAYS if name not in given]
            if environ["wsgi.url_scheme"] == "https" and _TRANSPORT[0] not in given:
                more.append(_TRANSPORT[1])
            return start_response(status, [*headers, *more], *fault)

        return self._application(environ, start)


def _cache_control(response: Response) -> str:
    seconds = site.kept().get("cache_seconds")
    sets_cookie = "Set-Cookie" in response.headers or session.modified
    if seconds is None or response.status_code not in _KEPT or sets_cookie:
        return "no-store"
    return f"public, max-age={seconds}" if seconds else "public, no-cache"


_ALWAYS: Final = tuple(
    (name.lower(), (name, value)) for name, value in [*_FIXED, (_POLICY, policy())]
)
_TRANSPORT: Final = (
    "strict-transport-security",
    ("Strict-Transport-Security", "max-age=31536000"),
)
