"""Surfaces: one process may serve only the pages of some audiences.

So public pages can stand in another network zone than the console, over one database. What
a process does not serve does not exist there: 404, before anything else is looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from flask import Flask, request

from haochaping.web.errors import NotFound

VARIABLE: Final = "HAOCHAPING_SURFACE"
PUBLIC, CITIZEN, DEVICE, CONSOLE, API = "public", "citizen", "device", "console", "api"
ALL: Final = (PUBLIC, CITIZEN, DEVICE, CONSOLE, API)
EVERYWHERE: Final = frozenset({"health", "static"})
"""Probes and the files of all pages."""

_PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {"/console": CONSOLE, "/api": API, "/device": DEVICE}
)


def parse(text: str) -> frozenset[str]:
    """Return the surfaces named in a text, separated by commas; all for an empty one.

    Raises ValueError for an unknown name.
    """
    named = frozenset(one.strip() for one in text.split(",") if one.strip())
    unknown = sorted(named - set(ALL))
    if unknown:
        raise ValueError(f"unknown surface {unknown[0]!r}; there are {', '.join(ALL)}")
    return named or frozenset(ALL)


def surface_of(room: str, rule: str) -> frozenset[str]:
    """Return the surfaces that a route belongs to, by its room; of plugins by its address."""
    if room in ALL:
        return frozenset({room})
    found = next((name for prefix, name in _PREFIXES.items() if rule.startswith(prefix)), None)
    return frozenset({found} if found else {PUBLIC, CITIZEN})


def install(app: Flask, served: Collection[str], rooms: Mapping[str, str]) -> None:
    """Let the application answer for some surfaces only; `rooms` names each blueprint's room."""
    if set(served) == set(ALL):
        return
    allowed = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if _blueprint(rule.endpoint) in EVERYWHERE
        or surface_of(rooms.get(_blueprint(rule.endpoint), ""), rule.rule) & set(served)
    }

    def refuse() -> None:
        if request.endpoint is not None and request.endpoint not in allowed:
            raise NotFound()

    app.before_request_funcs.setdefault(None, []).insert(0, refuse)


def _blueprint(endpoint: str) -> str:
    return endpoint.rpartition(".")[0] or endpoint
