"""Addresses of static files with their content's digest, so that they can be kept for ever."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from flask import Flask, Response, request, url_for

FOREVER: Final = "public, max-age=31536000, immutable"


@lru_cache(maxsize=256)
def digest(package: str, name: str) -> str:
    """Return the first 10 hex digits of the SHA-256 of a package's static file."""
    return sha256((files(package) / "static" / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Return the address of a static file of the core, for `href` and `src`."""
    return url_for("static", filename=name, v=digest("haochaping.web", name))


def keep(response: Response) -> Response:
    """Let browsers keep a static file that was asked for by its digest."""
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = FOREVER
    return response


def install(app: Flask) -> None:
    """Give templates `asset()`."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(keep)
