"""A typical case from the closed case to the public page, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from haochaping.web import guard
from tests.browser import audit, look, overflows, page_of, settle, small_targets
from tests.serving import serving
from tests.web.console import conftest as people
from tests.web.console_b.conftest import REGION, Desk, Role
from tests.web.console_b.test_typical import HERE, TEXTS, closed_case

pytestmark = pytest.mark.browser


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    with serving(desk.site.app) as found:
        yield found


@contextmanager
def as_somebody(browser: Browser, address: str, who: people.Browser, *size: int) -> Iterator[Page]:
    with page_of(browser, *(size or (1280, 800))) as page:
        cookie = who.client.get_cookie(guard.SESSION_COOKIE)
        assert cookie is not None
        page.context.add_cookies(
            [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": address}]
        )
        yield page


def sound(page: Page, name: str) -> None:
    settle(page)
    assert audit(page) == []
    assert not overflows(page)
    look(page, name)


def send(page: Page, button: str, said: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(said)


def test_from_a_closed_case_to_the_public_page_and_off_it_again(
    browser: Browser, desk: Desk, address: str
) -> None:
    case, made = closed_case(desk), dict[str, Any]()
    writer = desk.person(Role.SUPERVISOR, region=REGION, name="周编写")
    with as_somebody(browser, address, writer) as page:
        page.goto(f"{address}/console/cases/{case.public_id}")
        page.get_by_role("link", name="编成典型案例").click()
        expect(page.get_by_label("工单编号")).to_have_value(case.public_id)
        page.get_by_role("button", name="开始编写").click()
        expect(page.get_by_text("已自动遮盖：")).to_be_visible()
        page.get_by_label("标题").fill(TEXTS["title"])
        page.get_by_label("调查核实").fill(TEXTS["found"])
        page.get_by_label("英文摘要").fill(TEXTS["english"])
        send(page, "保存", "已保存")
        send(page, "送签", "已送签")
        sound(page, "typical-editor")
        made["here"] = page.url.partition("?")[0]
        page.set_viewport_size({"width": 320, "height": 800})
        sound(page, "typical-editor-320")
    for name in ("first", "second"):
        with as_somebody(browser, address, desk.person(Role.PUBLISHER)) as page:
            page.goto(f"{address}{HERE}")
            page.get_by_role("link", name=TEXTS["title"]).click()
            if name == "second":
                sound(page, "typical-sign")
            send(page, "签发这一版", "已签发")
            if name == "second":
                made["public"] = page.get_by_role("link", name="看公开页").get_attribute("href")
    with page_of(browser, 390, 844) as page:
        page.goto(f"{address}/typical-cases?q=窗口跑了三趟")
        assert small_targets(page) == []
        sound(page, "typical-list")
        page.get_by_role("link", name=TEXTS["title"]).click()
        expect(page.get_by_role("heading", name="整改情况")).to_be_visible()
        sound(page, "typical-public")
        page.goto(f"{address}{made['public']}?lang=en")
        expect(page.get_by_role("heading", name="Summary")).to_be_visible()
        sound(page, "typical-english")
    with as_somebody(browser, address, desk.person(Role.PUBLISHER)) as page:
        page.goto(made["here"])
        page.get_by_label("理由").fill("事实有误")
        send(page, "撤下这个案例", "已撤下")
        gone = page.goto(f"{address}{made['public']}")
        assert gone is not None
        assert gone.status == 410
        expect(page.get_by_text("理由：事实有误")).to_be_visible()
        sound(page, "typical-gone")
