"""An application that listens on the loopback for the length of a block.

from tests.serving import serving

with serving(app) as address:
    page.goto(f"{address}/console")
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server

PATIENCE = 5.0
"""Seconds until a connection whose thread does not end is closed under it."""


@contextmanager
def serving(app: Callable[..., Any], port: int = 0) -> Iterator[str]:
    """Serve `app` in threads of this process; yield its address.

    A browser keeps connections open that it never uses. They end here with the server, so that
    none of them is found unclosed while another test runs.
    """
    server = make_server("127.0.0.1", port, app, threaded=True)
    accepted = _remembered(server)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        _end(accepted)


def _remembered(server: BaseWSGIServer) -> list[socket.socket]:
    accepted: list[socket.socket] = []
    accept = server.get_request

    def get_request() -> Any:
        connection, address = accept()
        accepted[:] = [one for one in accepted if one.fileno() >= 0]
        accepted.append(connection)
        return connection, address

    server.get_request = get_request  # type: ignore[method-assign]
    return accepted


def _end(accepted: list[socket.socket]) -> None:
    for connection in accepted:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    until = time.monotonic() + PATIENCE
    while any(one.fileno() >= 0 for one in accepted) and time.monotonic() < until:
        time.sleep(0.01)
    for connection in accepted:
        if connection.fileno() >= 0:
            os.close(connection.detach())
