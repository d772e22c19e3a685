"""The window: one key opens a service, its code is shown, its receipt printed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from haochaping.catalog import tables as catalog
from haochaping.evaluation.tables import invitation
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
    assert f"{short[:5]}-{short[5:]}" in page
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
