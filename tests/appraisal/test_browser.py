"""The appraisal in a real Chromium: freeze, objection, decision, publication, wall of honour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from haochaping.access.roles import Role
from haochaping.web import guard
from tests.appraisal.conftest import UNIT, Office, month
from tests.browser import fit, look, page_of
from tests.serving import serving
from tests.web.console import conftest as people

pytestmark = pytest.mark.browser

HERE = "/console/appraisal"
ONE = f"{HERE}/2026-10/organization/{UNIT}"


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """The console, listening."""
    with serving(office.site.app) as found:
        yield found


@contextmanager
def at(browser: Browser, address: str, who: people.Browser, width: int = 1280) -> Iterator[Page]:
    """Open a page, signed in as somebody; without scripts, as all of this works without."""
    with page_of(browser, width, 900) as page:
        cookie = who.client.get_cookie(guard.SESSION_COOKIE)
        assert cookie is not None
        page.context.add_cookies(
            [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": address}]
        )
        yield page


def test_from_freezing_over_an_objection_to_the_wall_of_honour(
    browser: Browser, office: Office, address: str
) -> None:
    with office.deployment.store.write() as conn:
        month(conn, office.site.clock)
    chief = office.someone(Role.SUPERVISOR, name="总监督")
    leader = office.someone(Role.LEADER, name="陈主任", organization_id=UNIT)
    with at(browser, address, chief) as page:
        page.goto(f"{address}{HERE}?period=2026-10")
        fit(page)
        page.get_by_role("button", name="冻结").click()
        expect(page.get_by_role("status")).to_contain_text("已冻结")
        office.work()
        page.goto(f"{address}{HERE}?period=2026-10")
        expect(page.get_by_text("还不能公布")).to_be_visible()
        look(page, "appraisal-frozen")
        fit(page)
    with at(browser, address, leader, 390) as page:
        page.goto(address + ONE)
        look(page, "appraisal-unit")
        fit(page)
        page.get_by_label("对哪一项").select_option(label="差评扣分 -1.50")
        page.get_by_role("button", name="提交异议").click()
        expect(page.get_by_role("alert")).to_be_visible()
        fit(page)
        page.get_by_label("异议理由").fill("两条差评均已查实为误评，附工单")
        page.get_by_role("button", name="提交异议").click()
        expect(page.get_by_text("待裁定")).to_be_visible()
    with at(browser, address, chief) as page:
        page.goto(address + HERE)
        page.get_by_role("link", name="区人力社保局 · 2026年10月").click()
        page.get_by_label("异议成立").check()
        page.get_by_label("裁定理由").fill("经核实为误评，扣分撤销")
        look(page, "appraisal-decision")
        fit(page)
        page.get_by_role("button", name="作出裁定").click()
        expect(page.locator("#heard + div")).to_contain_text("经核实为误评")
        office.pass_days(14)
    chief = office.someone(Role.SUPERVISOR, name="总监督")
    with at(browser, address, chief, 320) as page:
        page.goto(f"{address}{HERE}?period=2026-10")
        fit(page)
        page.get_by_role("button", name="公布").click()
        expect(page.get_by_role("status")).to_contain_text("已公布")
        look(page, "appraisal-published")
        page.goto(f"{address}/honours")
        expect(page.get_by_text("优质服务窗口")).to_be_visible()
        look(page, "appraisal-honours")
        fit(page)
        page.goto(f"{address}{ONE}?lang=en")
        expect(page.get_by_text("No longer stands")).to_be_visible()
        look(page, "appraisal-unit-english")
