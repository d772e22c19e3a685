"""Receipt printers on the network: bytes over TCP (port 9100), to listed addresses only.

Most printers say nothing; some answer status requests. One that answers is asked before
(paper, cover) and after: its last answer comes only when everything before was taken in.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final

from haochaping.clock import stopwatch
from haochaping.delivery.addresses import IpAddress, Rules
from haochaping.hooks.values import Words
from haochaping.problems import Problem

ASK_STATE: Final = b"\x10\x04\x01"
ASK_PAPER: Final = b"\x10\x04\x04"
ASK_DONE: Final = b"\x1dr\x01"
_OFF_LINE: Final = 0x08
_NO_PAPER: Final = 0x60
_CHUNK: Final = 4096


class PrinterNotAllowed(Problem):
    """The printer's address is none that may be connected to."""

    code = "HCP-PRINTER-NOT-ALLOWED"
    status = 422
    title = Words(
        "打印机地址不在允许的网段内，请在 deployment.yaml 的 outgoing.networks 中加入",
        "The printer's address is in no allowed range: add it to outgoing.networks",
    )


class PrinterAway(Problem):
    """Nothing was printed: the printer could not be reached, is off line or has no paper."""

    code = "HCP-PRINTER-AWAY"
    status = 502
    title = Words(
        "打印机没有响应，回执没有打印。请检查电源、网线和纸张后再打印",
        "The printer did not answer and printed nothing: check power, cable and paper, try again",
    )


class PrinterUnsure(Problem):
    """The connection broke while printing: nobody knows whether it came out."""

    code = "HCP-PRINTER-UNSURE"
    status = 502
    title = Words(
        "打印中途断开，可能没有打完。如果没有拿到完整的回执，请用“重新打印”（旧码作废）",
        "The connection broke while printing: if no whole receipt came out, print it again "
        "(the old code ends)",
    )


@dataclass(frozen=True, slots=True)
class Printer:
    """A printer of deployment.yaml: name, host, port, paper, the windows it serves."""

    name: str
    host: str
    port: int
    paper: str
    windows: tuple[str, ...]
    """`hall/window` codes; `hall/*` for a whole hall."""

    def serves(self, hall: str, window: str) -> bool:
        """Say whether the printer stands at a window."""
        return f"{hall}/{window}" in self.windows or f"{hall}/*" in self.windows


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: for the connection, for an answer, for all of it."""

    connect: float = 3.0
    answer: float = 1.0
    whole: float = 15.0


def at_window(printers: tuple[Printer, ...], hall: str, window: str) -> Printer | None:
    """Return the printer of a window; one named for it goes before one of the whole hall."""
    found = [one for one in printers if one.serves(hall, window)]
    return min(found, key=lambda one: f"{hall}/{window}" not in one.windows, default=None)


def send(printer: Printer, data: bytes, rules: Rules, patience: Patience | None = None) -> None:
    """Print bytes. Raises PrinterNotAllowed, PrinterAway (nothing came out), PrinterUnsure."""
    wait = patience or Patience()
    address = _address(printer, rules)
    try:
        connection = socket.create_connection((str(address), printer.port), wait.connect)
    except OSError as error:
        raise PrinterAway(printer=printer.name) from error
    with connection:
        talks = _ready(connection, printer, wait)
        _print(connection, printer, data, wait, talks=talks)


def _address(printer: Printer, rules: Rules) -> IpAddress:
    """Return where to connect: a private address of an allowed range, or this machine in tests."""
    try:
        found = socket.getaddrinfo(printer.host, printer.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise PrinterAway(printer=printer.name) from error
    address = ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])
    here = rules.loopback and address.is_loopback
    if not here and not any(address in network for network in rules.networks):
        raise PrinterNotAllowed(printer=printer.name)
    return address


def _ready(connection: socket.socket, printer: Printer, wait: Patience) -> bool:
    """Say whether the printer answers questions. Raises PrinterAway when it cannot print."""
    try:
        connection.sendall(ASK_STATE)
        state = _byte(connection, wait.answer)
        if state is None:
            return False
        connection.sendall(ASK_PAPER)
        paper = _byte(connection, wait.answer) or 0
    except OSError as error:
        raise PrinterAway(printer=printer.name) from error
    if state & _OFF_LINE or paper & _NO_PAPER:
        raise PrinterAway(printer=printer.name)
    return True


def _print(
    connection: socket.socket, printer: Printer, data: bytes, wait: Patience, *, talks: bool
) -> None:
    until = stopwatch() + wait.whole
    try:
        _send_by(connection, data + (ASK_DONE if talks else b""), until)
        if talks and _byte(connection, max(until - stopwatch(), 0.001)) is None:
            raise PrinterUnsure(printer=printer.name)
        connection.shutdown(socket.SHUT_WR)
        _drain(connection, wait.answer)
    except OSError as error:
        raise PrinterUnsure(printer=printer.name) from error


def _send_by(connection: socket.socket, data: bytes, until: float) -> None:
    """Send everything before a moment. Raises TimeoutError, ConnectionError."""
    for start in range(0, len(data), _CHUNK):
        connection.settimeout(max(until - stopwatch(), 0.001))
        connection.sendall(data[start : start + _CHUNK])


def _byte(connection: socket.socket, seconds: float) -> int | None:
    """Return the next byte, None when nothing is said in time. Raises ConnectionError."""
    connection.settimeout(seconds)
    try:
        said = connection.recv(1)
    except TimeoutError:
        return None
    if not said:
        raise ConnectionError("the printer hung up")
    return said[0]


def _drain(connection: socket.socket, seconds: float) -> None:
    """Wait a moment for the other side to close; a broken connection shows here."""
    connection.settimeout(seconds)
    try:
        while connection.recv(_CHUNK):
            pass
    except TimeoutError:
        return
