"""Who asks a plugin's public page, as far as telling one browser from another needs.

A random cookie, kept for a year, and the address; plugins see keyed hashes of both, each
plugin its own, so that nothing can be put together or traced back.
"""

from __future__ import annotations

from typing import Final

from flask import Response, request

from haochaping.ids import random_code
from haochaping.web import guard
from haochaping.web.frame import YEAR_SECONDS
from haochaping.web.site import site

COOKIE: Final = "hcp_visitor"
LENGTH: Final = 26


def visitor(plugin: str) -> str:
    """Return the keyed hash of the browser's cookie, empty when it has not come back yet."""
    given = request.cookies.get(COOKIE, "")
    return _hash(plugin, "visitor", given) if len(given) == LENGTH else ""


def network(plugin: str) -> str:
    """Return the keyed hash of the address."""
    return _hash(plugin, "network", request.remote_addr or "")


def remember(response: Response) -> Response:
    """Give a browser its cookie, once."""
    if len(request.cookies.get(COOKIE, "")) != LENGTH:
        response.set_cookie(
            COOKIE,
            random_code(LENGTH),
            max_age=YEAR_SECONDS,
            httponly=True,
            secure=guard.secure(),
            samesite="Lax",
            path="/x/",
        )
    return response


def _hash(plugin: str, what: str, text: str) -> str:
    return site().keyring.mac(f"plugin/{plugin}/{what}", text.encode()).hex()[:32]
