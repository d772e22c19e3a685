"""The window: one key opens a service, its code is shown, its receipt printed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import insert, select

from haochaping.catalog import tables as catalog
from haochaping.evaluation.tables import invitation
from haochaping.web.codes import grouped
from tests.web.console_b.conftest import ELSEWHERE, STAFF, WINDOW, Desk, Role, text_of

HERE = "/console/window"


@pytest.fixture
def member(desk: Desk) -> Any:
    desk.place_staff()
    return desk.person(Role.STAFF_MEMBER, staff_id=STAFF)


def opened(browser: Any, kind: str = "consultation", window: int = WINDOW) -> Any:
    return browser.send(HERE, HERE, kind=kind, window=str(window))


def short_of(desk: Desk) -> str:
    with desk.deployment.store.read() as conn:
        return conn.execute(select(invitation.c.short_code)).scalars().all()[-1]


def test_a_staff_member_sees_the_keys_of_their_own_window(member: Any) -> None:
    said = text_of(member.get(HERE))
    for word in ("8号窗口", "业务咨询", "引导至其他部门"):
        assert word in said


@pytest.mark.parametrize(("kind", "word"), [("consultation", "业务咨询"), ("guided", "引导")])
def test_one_key_opens_a_service_and_shows_its_code(
    desk: Desk, member: Any, kind: str, word: str
) -> None:
    answer = opened(member, kind)
    assert answer.status_code == 303
    page = member.page(answer.headers["Location"])
    short = short_of(desk)
    assert grouped(short) in page
    assert "<svg" in page
    assert word in page


def test_the_service_that_was_opened_can_be_rated(desk: Desk, member: Any) -> None:
    opened(member)
    page = desk.site.client().get(f"/r/{short_of(desk)}")
    assert page.status_code == 200
    assert "8号窗口" in page.get_data(as_text=True)


def test_nothing_of_the_rating_shows_at_the_window(desk: Desk, member: Any) -> None:
    address = opened(member).headers["Location"]
    before = text_of(member.get(address))
    desk.site.client().post(f"/r/{short_of(desk)}", data={"grade": "1", "options": "108"})
    assert len(desk.site.ratings()) == 1
    assert text_of(member.get(address)) == before


def test_the_receipt_is_a_print_page_with_its_code(desk: Desk, member: Any) -> None:
    opened(member)
    page = member.page(f"/console/receipt/{short_of(desk)}")
    assert "<svg" in page
    assert short_of(desk)[:5] in page


def test_the_receipt_comes_as_bytes_for_a_printer(desk: Desk, member: Any) -> None:
    opened(member)
    answer = member.get(f"/console/receipt/{short_of(desk)}/escpos")
    assert answer.data.startswith(b"\x1b@")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_hall_manager_chooses_a_window_of_the_hall(desk: Desk) -> None:
    manager = desk.person(Role.HALL_MANAGER, hall_id=2)
    assert "8号窗口" in text_of(manager.get(HERE))
    assert opened(manager).status_code == 303


def test_a_window_of_another_hall_is_refused_in_words(desk: Desk, member: Any) -> None:
    with desk.deployment.store.write() as conn:
        conn.execute(
            insert(catalog.window).values(
                id=77, hall_id=2, code="77", name="77号窗口", organization_id=1
            )
        )
    answer = opened(member, window=77)
    assert answer.status_code == 422
    assert "请选择您可以登记服务的窗口" in text_of(answer)


def test_a_receipt_of_another_window_is_unknown(desk: Desk, member: Any) -> None:
    opened(member)
    stranger = desk.person(Role.HALL_MANAGER, region=ELSEWHERE)
    assert stranger.get(f"/console/receipt/{short_of(desk)}").status_code == 404
    assert stranger.get(f"/console/receipt/{short_of(desk)}/escpos").status_code == 404


def test_a_staff_member_without_a_window_is_told_whom_to_ask(desk: Desk) -> None:
    member = desk.person(Role.STAFF_MEMBER, staff_id=STAFF)
    assert "请联系大厅管理员" in text_of(member.get(HERE))


def test_an_unknown_key_is_not_found(member: Any) -> None:
    assert opened(member, kind="other").status_code == 404


class Till:
    """A network printer on this machine that takes what it is sent."""

    def __init__(self) -> None:
        self.got = b""
        self.server = socket.socket()
        self.server.bind(("127.0.0.1", 0))
        self.server.listen(2)
        self.thread = Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self.server.accept()
        with connection:
            connection.settimeout(5)
            while data := connection.recv(4096):
                self.got += data

    def close(self) -> None:
        self.thread.join(6)
        self.server.close()


@pytest.fixture
def till(desk: Desk) -> Iterator[Till]:
    found = Till()
    place = {"name": "8 号窗口", "address": f"127.0.0.1:{found.server.getsockname()[1]}"}
    _equip(desk, {**place, "paper": "58", "windows": ["H1/08"]})
    yield found
    found.close()


def _equip(desk: Desk, printer: dict[str, Any]) -> None:
    """Let deployment.yaml name a printer, on this machine."""
    settings = replace(desk.deployment.settings, printers=(printer,), allow_loopback=True)
    object.__setattr__(desk.deployment, "settings", settings)


def test_the_receipt_is_printed_on_the_windows_own_printer(
    desk: Desk, member: Any, till: Till
) -> None:
    address = opened(member).headers["Location"]
    assert "8 号窗口" in member.page(address)
    answer = member.send(f"/console/receipt/{short_of(desk)}/print", address)
    assert answer.headers["Location"].endswith("?done=printed")
    till.close()
    assert short_of(desk)[:5].encode() in till.got
    assert b"-" * 32 + b"\n" in till.got
    assert b"-" * 33 not in till.got


def test_a_printer_that_is_away_is_said_and_the_code_stays(desk: Desk, member: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _equip(desk, {"name": "P", "address": f"127.0.0.1:{port}", "windows": ["H1/*"]})
    address = opened(member).headers["Location"]
    answer = member.send(f"/console/receipt/{short_of(desk)}/print", address)
    assert answer.status_code == 502
    assert "打印机没有响应" in answer.get_data(as_text=True)


def test_a_reprint_has_a_new_code_and_the_old_one_is_spent(desk: Desk, member: Any) -> None:
    address = opened(member).headers["Location"]
    old = short_of(desk)
    page = member.page(f"/console/receipt/{old}")
    answer = member.send(f"/console/receipt/{old}/reprint", address)
    assert answer.status_code == 303
    new = short_of(desk)
    assert new != old
    assert old[:5] + "-" in page
    client = desk.site.client()
    assert client.get(f"/r/{old}").status_code == 404
    assert client.get(f"/r/{new}").status_code == 200
    assert client.post(f"/r/{new}", data={"grade": "5"}).status_code < 400
    assert len(desk.site.ratings()) == 1


@pytest.mark.parametrize("paper", ["58", "80", "a4"])
def test_the_receipt_is_laid_out_for_three_papers(desk: Desk, member: Any, paper: str) -> None:
    opened(member)
    page = member.page(f"/console/receipt/{short_of(desk)}?paper={paper}")
    assert f'<body class="paper-{paper}">' in page
