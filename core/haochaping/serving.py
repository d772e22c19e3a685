"""Serving the pages (WSGI) and the device line (ASGI) with granian."""

from __future__ import annotations

import os
from typing import Any, Final

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from haochaping.settings import HOME_VARIABLE, Address, Settings

PAGES: Final = "haochaping.web.opened:application"
LINE: Final = "haochaping.web.line:application"
_BACKLOG: Final = 1024
_LINES: Final = {name: {"()": "haochaping.logs.JsonLines"} for name in ("generic", "access")}
"""The server's own lines in the form of all others."""


def serve_pages(settings: Settings) -> None:
    """Serve the pages until told to stop.

    One process on SQLite, which has one writer; its threads share the commits.
    """
    workers = 1 if settings.database.startswith("sqlite") else min(os.cpu_count() or 1, 4)
    os.environ[HOME_VARIABLE] = str(settings.home)
    _server(PAGES, Interfaces.WSGI, settings.web, workers, settings.threads).serve()


def serve_line(settings: Settings) -> None:
    """Serve the connections of window devices until told to stop."""
    os.environ[HOME_VARIABLE] = str(settings.home)
    _server(LINE, Interfaces.ASGI, settings.line, 1, None).serve()


def _server(
    target: str, interface: Interfaces, address: Address, workers: int, threads: int | None
) -> Any:
    return Granian(
        target,
        address=address.host,
        port=address.port,
        interface=interface,
        workers=workers,
        blocking_threads=threads,
        backlog=_BACKLOG,
        log_access=False,
        log_level=LogLevels.warning,
        log_dictconfig={"formatters": _LINES},
        respawn_failed_workers=True,
        websockets=interface is Interfaces.ASGI,
    )
