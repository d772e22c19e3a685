"""Receipt printers: what is sent, what is refused, what is said when the line is bad."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from threading import Thread

import pytest

from haochaping.delivery.addresses import Rules
from haochaping.delivery.printers import (
    ASK_DONE,
    ASK_PAPER,
    ASK_STATE,
    Patience,
    Printer,
    PrinterAway,
    PrinterNotAllowed,
    PrinterUnsure,
    at_window,
    send,
)

HERE = Rules(loopback=True)
QUICK = Patience(connect=1.0, answer=0.05, whole=0.4)
RECEIPT = b"\x1b@receipt"
Manner = Callable[[socket.socket, "Sink"], None]


class Sink:
    """A printer on this machine that behaves as it is told, once."""

    def __init__(self, manner: Manner) -> None:
        self.got = b""
        self._server = socket.socket()
        self._server.bind(("127.0.0.1", 0))
        self._server.listen(1)
        self._thread = Thread(target=self._serve, args=(manner,), daemon=True)
        self._thread.start()

    @property
    def printer(self) -> Printer:
        return printer(self._server.getsockname()[1])

    def _serve(self, manner: Manner) -> None:
        connection, _ = self._server.accept()
        with connection:
            connection.settimeout(5)
            manner(connection, self)

    def close(self) -> None:
        self._server.close()
        self._thread.join(6)


def printer(port: int, host: str = "127.0.0.1") -> Printer:
    return Printer("8 号窗口", host, port, "80", ("H1/08",))


def silent(connection: socket.socket, sink: Sink) -> None:
    while data := connection.recv(4096):
        sink.got += data


def talks(state: int = 0x12, paper: int = 0x12, *, closing: bool = True) -> Manner:
    def manner(connection: socket.socket, sink: Sink) -> None:
        answers = {ASK_STATE: state, ASK_PAPER: paper}
        if closing:
            answers[ASK_DONE] = 0x10
        while data := connection.recv(4096):
            sink.got += data
            for question, answer in answers.items():
                if data.endswith(question):
                    connection.send(bytes((answer,)))

    return manner


def cut(connection: socket.socket, sink: Sink) -> None:
    sink.got = connection.recv(8)
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@pytest.fixture
def sink() -> Iterator[Callable[[Manner], Sink]]:
    opened: list[Sink] = []

    def make(manner: Manner) -> Sink:
        opened.append(Sink(manner))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_a_printer_that_says_nothing_gets_the_receipt(sink) -> None:
    found = sink(silent)
    send(found.printer, RECEIPT, HERE, QUICK)
    found.close()
    assert found.got == ASK_STATE + RECEIPT


def test_a_printer_that_answers_is_asked_before_and_after(sink) -> None:
    found = sink(talks())
    send(found.printer, RECEIPT, HERE, QUICK)
    found.close()
    assert found.got == ASK_STATE + ASK_PAPER + RECEIPT + ASK_DONE


@pytest.mark.parametrize(("state", "paper"), [(0x1A, 0x12), (0x12, 0x72)])
def test_a_printer_off_line_or_without_paper_is_sent_nothing(sink, state: int, paper: int) -> None:
    found = sink(talks(state, paper))
    with pytest.raises(PrinterAway):
        send(found.printer, RECEIPT, HERE, QUICK)
    found.close()
    assert RECEIPT not in found.got


def test_a_closed_port_means_nothing_was_printed() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(PrinterAway):
        send(printer(port), RECEIPT, HERE, QUICK)


def test_a_name_that_leads_nowhere_means_nothing_was_printed() -> None:
    with pytest.raises(PrinterAway):
        send(printer(9100, "printer.invalid"), RECEIPT, HERE, QUICK)


def test_a_printer_that_takes_nothing_more_is_given_up_in_time() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        stuck = printer(server.getsockname()[1])
        with pytest.raises(PrinterUnsure):
            send(stuck, b"x" * 32_000_000, HERE, QUICK)


def test_a_printer_that_hangs_up_in_the_middle_leaves_it_open_what_came_out(sink) -> None:
    found = sink(cut)
    with pytest.raises((PrinterUnsure, PrinterAway)):
        send(found.printer, b"x" * 8_000_000, HERE, QUICK)


def test_a_printer_that_never_says_it_is_done_leaves_it_open_what_came_out(sink) -> None:
    found = sink(talks(closing=False))
    with pytest.raises(PrinterUnsure):
        send(found.printer, RECEIPT, HERE, QUICK)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.8.20", "192.0.2.1", "169.254.1.1"])
def test_an_address_outside_the_allowed_ranges_is_not_connected_to(host: str) -> None:
    rules = Rules(networks=(ip_network("10.2.0.0/16"),))
    with pytest.raises(PrinterNotAllowed):
        send(printer(9100, host), RECEIPT, rules, QUICK)


def test_a_printer_serves_its_windows_and_the_nearest_one_is_taken() -> None:
    hall = Printer("大厅", "10.2.0.1", 9100, "80", ("H1/*",))
    own = Printer("8 号窗口", "10.2.0.2", 9100, "58", ("H1/08",))
    assert at_window((hall, own), "H1", "08") == own
    assert at_window((hall, own), "H1", "09") == hall
    assert at_window((hall, own), "H2", "08") is None
