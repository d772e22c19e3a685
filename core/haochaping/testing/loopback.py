"""A gateway on this machine: keeps what it is sent and answers what the test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from haochaping.clock import Clock
from haochaping.delivery.addresses import OutgoingFault, Rules
from haochaping.delivery.outgoing import Outgoing

__all__ = ["LoopbackGateway", "OutgoingFault", "Received", "client", "listening"]


@dataclass(frozen=True, slots=True)
class Received:
    """One request: its method, its path with the query, headers by name, and body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return what the body says. Raises ValueError."""
        return json.loads(self.body)


@dataclass
class LoopbackGateway:
    """A server on 127.0.0.1 that stands for another system; `status` and `answer` may change."""

    port: int = 0
    status: int = 200
    answer: bytes = b"{}"
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"


def client(clock: Clock) -> Outgoing:
    """Return the client that factories of gateways get; it reaches this machine alone.

    Its faults are OutgoingFault, whose `retry` says whether the message is tried again.
    """
    return Outgoing(Rules(frozenset({"127.0.0.1"}), loopback=True), clock)


@contextmanager
def listening() -> Iterator[LoopbackGateway]:
    """Listen for the length of a block."""
    gateway = LoopbackGateway()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(gateway))
    gateway.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(gateway: LoopbackGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            taken = Received(self.command, self.path, dict(self.headers), body)
            gateway.received.append(taken)
            self.send_response(gateway.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(gateway.answer)))
            self.end_headers()
            self.wfile.write(gateway.answer)

        do_GET = do_POST = do_PUT = _take

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
