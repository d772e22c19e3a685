"""The load: clients with connections that stay open, driven by one thread without blocking."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from haochaping.clock import stopwatch

_CHUNK = 65536
_PATIENCE_SECONDS = 60.0


class Refused(RuntimeError):
    """The server answered something else than was expected, 201 unless said otherwise."""


@dataclass(slots=True)
class Outcome:
    """What a run took: seconds in all, and seconds of every request."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency in seconds that `share` of the requests stayed below."""
        ranked = sorted(self.latencies)
        return ranked[min(int(len(ranked) * share), len(ranked) - 1)]


class _Client:
    """One connection: sends the next request as soon as the last one is answered."""

    def __init__(self, port: int, requests: Iterator[bytes], wanted: Sequence[bytes]) -> None:
        self._wanted = wanted
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._answer = b""
        self._sent = 0.0

    def send_next(self) -> bool:
        """Send a request; return False when there is none left."""
        request = next(self._requests, None)
        if request is None:
            return False
        self._answer, self._sent = b"", stopwatch()
        self.socket.sendall(request)
        return True

    def received(self) -> float | None:
        """Read on; return the seconds the request took once its answer is whole."""
        part = self.socket.recv(_CHUNK)
        self._answer += part
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not part or (found and not any(one in head[:20] for one in self._wanted)):
            raise Refused(self._answer.decode(errors="replace"))
        if not found or len(body) < _length(head):
            return None
        return stopwatch() - self._sent


def run(
    port: int, requests: Sequence[bytes], clients: int, expected: Sequence[int] = (201,)
) -> Outcome:
    """Send all requests through `clients` connections. Raises Refused, TimeoutError."""
    outcome, waiting = Outcome(), iter(requests)
    wanted = tuple(f" {status} ".encode() for status in expected)
    with selectors.DefaultSelector() as selector:
        for client in [_Client(port, waiting, wanted) for _ in range(clients)]:
            selector.register(client.socket, selectors.EVENT_READ, client)
        started = stopwatch()
        _drive(selector, outcome)
        outcome.seconds = stopwatch() - started
    return outcome


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return the bytes of a POST request."""
    fixed = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
    lines = [f"{name}: {value}" for name, value in fixed.items()]
    head = "\r\n".join([f"POST {path} HTTP/1.1", *lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


def get(path: str, headers: dict[str, str]) -> bytes:
    """Return the bytes of a GET request."""
    lines = [f"{name}: {value}" for name, value in {"Host": "127.0.0.1", **headers}.items()]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode()


def fetch(port: int, request: bytes) -> bytes:
    """Return the whole answer to one request."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(_CHUNK):
            answer += part
            head, found, body = answer.partition(b"\r\n\r\n")
            if found and len(body) >= _length(head):
                break
    return answer


def _drive(selector: selectors.BaseSelector, outcome: Outcome) -> None:
    busy = sum(key.data.send_next() for key in selector.get_map().values())
    while busy:
        ready = selector.select(_PATIENCE_SECONDS)
        if not ready:
            raise TimeoutError("the server does not answer")
        for key, _ in ready:
            took = key.data.received()
            if took is not None:
                outcome.latencies.append(took)
                busy -= not key.data.send_next()
    for key in list(selector.get_map().values()):
        selector.unregister(key.fileobj)
        key.data.socket.close()


def _length(head: bytes) -> int:
    if b" 304 " in head[:20]:
        return 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise Refused("an answer without Content-Length")
