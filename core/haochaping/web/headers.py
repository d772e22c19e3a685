"""Security headers of every answer and the rule that private pages are not kept."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from flask import Flask, Response, g, request, session

PUBLIC_SECONDS: Final = 60
_KEPT: Final = frozenset({200, 304})
"""Statuses of answers that caches may keep; "not modified" renews what 200 allowed."""
_VARY: Final = ("Accept-Language", "Cookie")
_FIXED: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


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
    """Add the headers; an answer that no view declared cacheable is not stored anywhere."""
    given = {name.lower() for name in response.headers.keys()}
    for name, value in _FIXED.items():
        if name.lower() not in given:
            response.headers.add(name, value)
    if "content-security-policy" not in given:
        response.headers.add("Content-Security-Policy", policy(g.get("connect", ())))
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if _sets_cookie(response):
        response.headers["Cache-Control"] = "no-store"
    response.headers.setdefault("Cache-Control", _cache_control(response))
    if "Vary" in response.headers:
        response.vary.update(_VARY)
    else:
        response.headers["Vary"] = ", ".join(_VARY)
    return response


def install(app: Flask) -> None:
    """Protect every answer."""
    app.after_request(protect)


def _cache_control(response: Response) -> str:
    seconds = g.get("cache_seconds")
    if seconds is None or response.status_code not in _KEPT or _sets_cookie(response):
        return "no-store"
    return f"public, max-age={seconds}" if seconds else "public, no-cache"


def _sets_cookie(response: Response) -> bool:
    """Say whether an answer carries a cookie, or will when the session is saved after this."""
    return "Set-Cookie" in response.headers or session.modified
