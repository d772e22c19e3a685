"""A service is rated at the window and on a phone, put right in the console, seen in public."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import audit, look, page_of
from tests.e2e.town import PASSWORD, Town, running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


def seen(page: Page, name: str) -> None:
    """Look at the page and hold it against the accessibility rules."""
    look(page, name)
    assert audit(page) == []


def test_the_whole_way(town: Town, browser: Browser) -> None:
    at_the_window(town, browser)
    receipt = on_the_phone(town, browser)
    in_the_console(town, browser)
    afterwards(town, browser, receipt)
    in_public(town, browser)


def at_the_window(town: Town, browser: Browser) -> None:
    with page_of(browser, 1280, 800) as page:
        page.goto(f"{town.address}/device/{town.device_id}")
        page.fill("input[name=key]", town.device_key)
        page.click("form button")
        expect(page.locator("#idle")).to_be_visible()
        page.wait_for_timeout(1500)  # the line is connected
        town.push(1)
        expect(page.locator("#choose")).to_be_visible()
        expect(page.locator("#fields")).to_contain_text("社保登记")
        seen(page, "walk-1-window")
        page.click("button[data-grade='5']")
        expect(page.locator("#thanks")).to_be_visible()
        expect(page.locator("#idle")).to_be_visible()


def on_the_phone(town: Town, browser: Browser) -> str:
    link = town.push(2)["rating_url"]
    with page_of(browser, 390, 844) as page:
        page.goto(link)
        seen(page, "walk-2-phone")
        page.click("button[name=grade][value='2']")
        page.locator("label.reason").first.click()
        page.fill("textarea[name=text]", "材料清单没有写全，跑了两趟。")
        seen(page, "walk-3-reasons")
        page.click("button[name=confirm]")
        page.wait_for_load_state()
        seen(page, "walk-4-receipt")
        return page.locator(".code").first.inner_text().strip()


def in_the_console(town: Town, browser: Browser) -> None:
    with page_of(browser, 1280, 800) as page:
        page.goto(f"{town.address}/console/sign-in")
        page.fill("input[name=login]", "handler")
        page.fill("input[name=password]", PASSWORD)
        page.click("main form button")
        page.goto(f"{town.address}/console/cases")
        seen(page, "walk-5-queue")
        page.click("main a[href*='/console/cases/']")
        seen(page, "walk-6-case")
        page.get_by_role("button", name="受理", exact=True).click()
        contact_and_reply(page)
        seen(page, "walk-7-replied")


def contact_and_reply(page: Page) -> None:
    page.get_by_text("登记联系情况", exact=True).click()
    form = page.locator("#contact details[open]")
    form.locator("input[name=by]").first.check()
    form.locator("input[name=reached]").first.check()
    form.get_by_role("button", name="登记", exact=True).click()
    reply = page.locator("#reply")
    reply.locator("input[type=radio]").first.check()
    reply.locator("textarea").first.fill("已补全材料清单并在窗口公示，感谢您的意见。")
    reply.get_by_role("button", name="发送答复").click()


def afterwards(town: Town, browser: Browser, receipt: str) -> None:
    with page_of(browser, 390, 844) as page:
        page.goto(f"{town.address}/mine")
        page.fill("input[name=receipt]", receipt)
        page.click("main form button")
        expect(page.locator("main")).to_contain_text("已补全材料清单")
        seen(page, "walk-8-mine")


def in_public(town: Town, browser: Browser) -> None:
    (row,) = town.board("organizations")["rows"]
    assert (row["name"], row["rated"]) == ("区人力社保局", 2)
    for size in ((1280, 800), (390, 844)):
        with page_of(browser, *size) as page:
            page.goto(f"{town.address}/")
            seen(page, f"walk-9-home-{size[0]}")
            page.goto(f"{town.address}/boards/organizations")
            seen(page, f"walk-9-board-{size[0]}")
