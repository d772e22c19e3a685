"""A change of the rules in a real Chromium: found, proposed with a slip, approved, in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from haochaping.web import guard
from haochaping.web.app import Renewed
from haochaping.worker import Worker
from tests.browser import fit, look, page_of
from tests.serving import serving
from tests.web.console import conftest as people
from tests.web.console_b.conftest import Desk, Role

pytestmark = pytest.mark.browser
HERE = "/console/profile"


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The console as a web process serves it, which follows the changes of its rules."""
    served = Renewed(desk.deployment)
    with serving(lambda environ, start: served.app()(environ, start)) as found:
        yield found


@contextmanager
def at(browser: Browser, address: str, who: people.Browser, width: int = 1280) -> Iterator[Page]:
    """Open a page without scripts, signed in as somebody."""
    with page_of(browser, width, 900) as page:
        cookie = who.client.get_cookie(guard.SESSION_COOKIE)
        assert cookie is not None
        page.context.add_cookies(
            [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": address}]
        )
        yield page


def test_a_change_of_the_rules_from_its_proposal_to_the_running_pages(
    browser: Browser, desk: Desk, address: str
) -> None:
    author = desk.person(Role.ADMINISTRATOR, name="张工")
    with at(browser, address, author) as page:
        page.goto(f"{address}{HERE}?q=联系")
        look(page, "profile-rules")
        fit(page)
        page.goto(f"{address}{HERE}?q=rectification.deadlines.contact")
        page.get_by_role("link", name="提出变更").first.click()
        fit(page)
        before = page.get_by_label("新的值").input_value()
        assert "count: 1" in before
        page.get_by_label("新的值").fill(before.replace("count: 1", "count: 0"))
        page.get_by_label("文件名").fill("浙江省“好差评”工作规程")
        page.get_by_label("变更理由").fill("新规程已印发")
        page.get_by_role("button", name="检查并提出").click()
        expect(page.get_by_role("alert")).to_contain_text("至少为 1")
        fit(page)
        look(page, "profile-form-fault")
        page.get_by_label("新的值").fill(before.replace("count: 1", "count: 2"))
        page.get_by_label("层级").select_option(label="省级")
        page.get_by_label("从哪天起生效").fill("2026-11-20")
        page.get_by_role("button", name="检查并提出").click()
        expect(page.get_by_role("status")).to_contain_text("已提出")
        there = page.url.partition("?")[0]
    officer = desk.person(Role.SECURITY_OFFICER, name="李安")
    with at(browser, address, officer, 320) as page:
        page.goto(there)
        expect(page.get_by_text("改为")).to_be_visible()
        look(page, "profile-change")
        fit(page)
        page.get_by_role("button", name="不批准").click()
        expect(page.get_by_role("alert")).to_contain_text("请写明理由")
        page.get_by_role("button", name="批准", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("已批准")
        page.goto(f"{address}{HERE}?q=联系")
        look(page, "profile-rules-320")
        fit(page)
    desk.site.clock.advance(timedelta(days=4))
    Worker(desk.deployment).drain()
    later = desk.person(Role.SUPERVISOR, name="总监督")
    with at(browser, address, later) as page:
        page.goto(f"{address}{HERE}?q=联系")
        expect(page.get_by_text("已生效")).to_be_visible()
        expect(page.get_by_text("2 个工作日").first).to_be_visible()
        assert "没有按它运行" not in page.content()
        page.goto(there)
        expect(page.get_by_text("起系统按它运行")).to_be_visible()
        fit(page)
        look(page, "profile-change-in-force")
