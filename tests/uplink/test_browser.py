"""The console's page on the exchange in a real Chromium, without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from haochaping.access.roles import Role
from haochaping.catalog import tables as catalog
from haochaping.web import guard
from haochaping.web.app import create_app
from tests.browser import audit, look, overflows, page_of, small_targets
from tests.serving import serving
from tests.uplink.conftest import ALONE, Pair
from tests.uplink.pages import signed_in

pytestmark = pytest.mark.browser


@ALONE
def test_a_refused_rating_is_mended_sent_again_and_both_sides_agree(
    browser: Browser, pair: Pair
) -> None:
    with pair.province.deployment.store.write() as conn:
        conn.execute(update(catalog.item).values(code="OTHER"))
    pair.rate(1, grade=1)
    pair.later(minutes=1)
    cookie = signed_in(pair.city, Role.SUPERVISOR).get_cookie(guard.SESSION_COOKIE)
    assert cookie is not None
    with serving(create_app(pair.city.deployment)) as address, page_of(browser, 1280, 900) as page:
        page.context.add_cookies(
            [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": address}]
        )
        page.goto(f"{address}/console/exchange")
        expect(page.get_by_text("I7").first).to_be_visible()
        look(page, "exchange-stuck")
        assert audit(page) == []
        for _ in range(2):
            page.locator("summary").first.click()
            page.get_by_label("事项代码").first.fill("OTHER")
            page.get_by_role("button", name="更正并重发").first.click()
            expect(page.get_by_role("status").first).to_contain_text("已处理")
        pair.later(minutes=2)
        page.goto(f"{address}/console/exchange")
        page.get_by_role("button", name="对账", exact=True).click()
        expect(page.get_by_text("两边一致")).to_be_visible()
        look(page, "exchange-agreed")
        page.set_viewport_size({"width": 320, "height": 800})
        assert audit(page) == []
        assert not overflows(page)
        assert small_targets(page, 24) == []
        look(page, "exchange-narrow")
