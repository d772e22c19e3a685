"""The one way out over HTTP: allowed hosts only, to checked addresses, without redirects."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

import requests

from haochaping.clock import Clock, stopwatch
from haochaping.delivery.addresses import Destination, OutgoingFault, Rules, destination, server
from haochaping.delivery.pinning import PinnedAdapter

Resolver = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host and port; raises OSError when there are none."""

_CHUNK: Final = 8192
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait and how much to read of an answer."""

    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    total_seconds: float = 20.0
    body_bytes: int = 65_536


@dataclass(frozen=True, slots=True)
class Response:
    """The answer of the other side: a status of 200 to 299 and the body."""

    status: int
    body: bytes


def system_addresses(host: str, port: int) -> Sequence[str]:
    """Return the addresses the machine's resolver knows. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The deployment's HTTP client. It never retries by itself: the job does.

    `ca_file` names certificates to trust instead of the public ones, for a network
    with an authority of its own.
    """

    rules: Rules
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    ca_file: Path | None = None
    resolve: Resolver = system_addresses

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Post `body` and return the answer. Raises OutgoingFault, which says whether to retry."""
        return self._ask("POST", url, body, headers)

    def get(self, url: str, headers: Mapping[str, str]) -> Response:
        """Get an address and return the answer. Raises OutgoingFault."""
        return self._ask("GET", url, b"", headers)

    def connect(self, host: str, port: int, standard: frozenset[int]) -> socket.socket:
        """Return a connection to a listed server at its checked address. Raises OutgoingFault.

        `standard` are the ports that need not stand in the list. The caller encrypts and closes.
        """
        place = server(host, port, standard, self.rules)
        address = self._checked_address(place)
        try:
            return socket.create_connection((address, port), self.limits.connect_seconds)
        except OSError as error:
            raise OutgoingFault(f"{host}: {type(error).__name__}", retry=True) from error

    def _ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        place = destination(url, self.rules)
        address = self._checked_address(place)
        with requests.Session() as session:
            session.trust_env = False  # no proxies, passwords or certificates of the environment
            session.adapters.clear()  # nothing may leave by another way than the pinned one
            session.mount(f"{place.scheme}://", PinnedAdapter(place, address))
            try:
                request = requests.Request(method, place.url, dict(headers), data=body or None)
                return self._exchange(session, place, request)
            except (requests.RequestException, OSError) as error:
                raise OutgoingFault(
                    f"{place.origin}: {type(error).__name__}", retry=True
                ) from error

    def _exchange(
        self, session: requests.Session, place: Destination, wanted: requests.Request
    ) -> Response:
        started = stopwatch()
        answer = session.request(
            wanted.method or "",
            place.url,
            data=wanted.data,
            headers={
                "Accept-Encoding": "identity",
                "Host": place.authority,
                **(wanted.headers or {}),
            },
            timeout=(self.limits.connect_seconds, self.limits.read_seconds),
            allow_redirects=False,
            stream=True,
            verify=str(self.ca_file) if self.ca_file else True,
        )
        with answer:
            _require_success(answer, place, self.clock.now())
            return Response(answer.status_code, self._read(answer, started))

    def _read(self, answer: requests.Response, started: float) -> bytes:
        content = bytearray()
        for chunk in answer.iter_content(_CHUNK):
            content += chunk
            if len(content) > self.limits.body_bytes:
                raise OutgoingFault("the answer is too long", retry=False)
            if stopwatch() - started > self.limits.total_seconds:
                raise OutgoingFault("the answer takes too long", retry=True)
        return bytes(content)

    def _checked_address(self, place: Destination) -> str:
        try:
            found = list(self.resolve(place.host, place.port))
        except OSError as error:
            raise OutgoingFault(f"{place.host} cannot be resolved", retry=True) from error
        if not found:
            raise OutgoingFault(f"{place.host} has no address", retry=True)
        for address in found:
            self.rules.require_address(place, address)
        return found[0]


def _require_success(answer: requests.Response, place: Destination, at: datetime) -> None:
    status = answer.status_code
    if 200 <= status < 300:
        return
    retry = status >= 500 or status == _TOO_MANY
    raise OutgoingFault(
        f"{place.origin} answered {status}",
        retry=retry,
        status=status,
        retry_after=_seconds(answer.headers.get("Retry-After", ""), at),
    )


def _seconds(text: str, at: datetime) -> int | None:
    """Return how long to wait: Retry-After is a number of seconds or a moment (RFC 9110)."""
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 7 else None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(int((aware - at).total_seconds()), 0)
