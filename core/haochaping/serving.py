"""Serving the pages (WSGI) and the device line (ASGI) with granian."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from dataclasses import dataclass
from importlib import import_module
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from haochaping.clock import stopwatch
from haochaping.hooks.values import Words
from haochaping.problems import Problem
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


class AddressRefused(Problem):
    """Nothing can be served at an address; `exit_code` 3."""

    code = "HCP-ADDRESS"
    status = 500
    title = Words("无法在这个地址提供服务", "Nothing can be served at this address")
    exit_code = 3


def require_free(address: Address, patience: float = 2.0) -> None:
    """Raise AddressRefused when another process listens there, or this one must not.

    One that was killed a moment ago may still be going: `patience` seconds are waited for it.
    """
    until = stopwatch() + patience
    while (error := _refused(address)) is not None:
        if error.errno != errno.EADDRINUSE or stopwatch() >= until:
            where = f"{address.host}:{address.port}"
            why = _WHY.get(error.errno or 0, Words(str(error.strerror), str(error.strerror)))
            raise AddressRefused(
                Words(
                    f"无法监听 {where}：{why.zh}。请停止那个进程（ss -ltnp 可查），或在"
                    " deployment.yaml 的 listen 或用 --port 换一个地址",
                    f"Cannot listen at {where}: {why.en}. Stop that process (ss -ltnp names it), or"
                    " name another address in listen of deployment.yaml or by --port",
                )
            ) from error
        threading.Event().wait(0.05)


def _refused(address: Address) -> OSError | None:
    """Return why the address cannot be had, None when it can."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((address.host, address.port))
        except OSError as error:
            return error
    return None


_WHY: Final = {
    errno.EADDRINUSE: Words("已被另一个进程占用", "another process uses it"),
    errno.EACCES: Words("没有权限（1024 以下的端口）", "no permission (a port below 1024)"),
    errno.EADDRNOTAVAIL: Words("本机没有这个地址", "this machine has no such address"),
}


def serve_pages(settings: Settings, wish: Wish = Wish()) -> None:
    """Serve the pages until told to stop.

    One process on SQLite, which has one writer; its threads share the commits.
    """
    workers = 1 if settings.database.startswith("sqlite") else min(os.cpu_count() or 1, 4)
    os.environ[HOME_VARIABLE] = str(settings.home)
    if wish.surface:
        os.environ["HAOCHAPING_SURFACE"] = wish.surface
    address = settings.web if wish.port is None else Address(settings.web.host, wish.port)
    require_free(address)
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
    require_free(settings.line)
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
