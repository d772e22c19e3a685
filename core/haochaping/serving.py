"""Serving the pages (WSGI) and the device line (ASGI) with granian."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from importlib import import_module
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from haochaping.settings import HOME_VARIABLE, Address, Settings

PAGES: Final = "haochaping.web.opened:application"
LINE: Final = "haochaping.web.line:application"
_BACKLOG: Final = 1024
_STOP_SECONDS: Final = 25
"""How long requests may take to end after SIGTERM, less than `deploy/` gives a process: somebody
who began a request and says no more must not hold up a restart."""
_LINES: Final = {name: {"()": "haochaping.logs.JsonLines"} for name in ("generic", "access")}
"""The server's own lines in the form of all others."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How the pages are to be served: port, surfaces (commas between), by pure Python."""

    port: int | None = None
    surface: str = ""
    pure: bool = False


def serve_pages(settings: Settings, wish: Wish = Wish()) -> None:
    """Serve the pages until told to stop.

    One process on SQLite, which has one writer; its threads share the commits.
    """
    workers = 1 if settings.database.startswith("sqlite") else min(os.cpu_count() or 1, 4)
    os.environ[HOME_VARIABLE] = str(settings.home)
    if wish.surface:
        os.environ["HAOCHAPING_SURFACE"] = wish.surface
    address = settings.web if wish.port is None else Address(settings.web.host, wish.port)
    if wish.pure:
        _serve_pure(address)
    else:
        _server(PAGES, Interfaces.WSGI, address, workers, settings.threads).serve()


class _Threaded(ThreadingMixIn, WSGIServer):
    """The standard library's server, a thread a request; waits for them when it ends."""

    daemon_threads = False


class _Quiet(WSGIRequestHandler):
    """Writes no log of its own: addresses carry rating codes, and ours is written elsewhere."""

    def log_message(self, format: str, *values: Any) -> None:
        """Say nothing."""


def _serve_pure(address: Address) -> None:
    """Serve the pages without compiled parts, where granian cannot be built."""
    application = getattr(import_module(PAGES.partition(":")[0]), PAGES.partition(":")[2])
    with make_server(
        address.host, address.port, application, server_class=_Threaded, handler_class=_Quiet
    ) as server:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever()


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
        workers_kill_timeout=_STOP_SECONDS,
        websockets=interface is Interfaces.ASGI,
    )
