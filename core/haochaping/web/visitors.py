"""Who asks a public page, as far as telling one browser from another needs.

A random cookie, kept for a year, and the network; keyed hashes of both are seen, in each
plugin and in the core others, so that nothing can be put together or traced back.
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address
from typing import Final

from flask import Response, request

from haochaping.ballots import Voter
from haochaping.ids import random_code
from haochaping.web import guard
from haochaping.web.frame import YEAR_SECONDS
from haochaping.web.site import site

COOKIE: Final = "hcp_visitor"
LENGTH: Final = 26
PLUGINS: Final = "/x/"
REVIEWS: Final = "/reviews/"
"""Addresses that a cookie is sent to: the public pages of plugins, and published comments."""
_SITE_BITS: Final = 64
"""What an IPv6 network is for one line: whoever has it may take any address within."""


def visitor(plugin: str) -> str:
    """Return the keyed hash of the browser's cookie, empty when it has not come back yet."""
    return _visitor(f"plugin/{plugin}")


def network(plugin: str) -> str:
    """Return the keyed hash of the address."""
    return _network(f"plugin/{plugin}")


def voter() -> Voter:
    """Return who votes for a published comment."""
    return Voter(_visitor("reviews"), _network("reviews"))


def remember(response: Response, path: str = PLUGINS) -> Response:
    """Give a browser its cookie for the addresses below a path, once."""
    if len(request.cookies.get(COOKIE, "")) != LENGTH:
        response.set_cookie(
            COOKIE,
            random_code(LENGTH),
            max_age=YEAR_SECONDS,
            httponly=True,
            secure=guard.secure(),
            samesite="Lax",
            path=path,
        )
    return response


def _visitor(where: str) -> str:
    given = request.cookies.get(COOKIE, "")
    return _hash(where, "visitor", given) if len(given) == LENGTH else ""


def _network(where: str) -> str:
    return _hash(where, "network", line_of(request.remote_addr or ""))


def line_of(address: str) -> str:
    """Return the network that an address stands for: of IPv6 the part that names the line."""
    try:
        found = IPv6Address(address)
    except AddressValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> _SITE_BITS << _SITE_BITS))


def _hash(where: str, what: str, text: str) -> str:
    return site().keyring.mac(f"{where}/{what}", text.encode()).hex()[:32]
