"""What a rater is writing stays on the telephone until it was sent; and the case's own page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import audit, look, overflows, page_of, settle
from tests.serving import serving
from tests.web.conftest import Site
from tests.web.test_mine import rate
from tests.web.test_wechat_consent import bind, deployment, platform

__all__ = ["deployment", "platform"]
pytestmark = pytest.mark.browser
KEPT = "Object.keys(localStorage).filter(one => one.startsWith('hcp-draft:'))"
WORDS = "排队一小时，窗口只开了一个"


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serving(site.app) as found:
        yield found


def bad_grade(page: Page, link: str) -> None:
    page.goto(link)
    page.locator('button[name=grade][value="1"]').click()
    settle(page)


def test_unsent_words_are_kept_for_their_link_only_and_go_when_sent(
    browser: Browser, site: Site, address: str
) -> None:
    code, other = site.link(site.serve()), site.link(site.serve())
    link, box = f"{address}/r/{code}", "textarea#text"
    with page_of(browser, 320, 640) as page:
        bad_grade(page, link)
        expect(page.locator("#draft-note")).to_be_hidden()
        page.fill(box, WORDS)
        expect(page.locator("#draft-note")).to_be_visible()
        look(page, "citizen-draft")
        assert audit(page) == []
        assert not overflows(page)
        bad_grade(page, link)  # the page was closed and the link opened again
        expect(page.locator(box)).to_have_value(WORDS)
        [name] = page.evaluate(KEPT)
        assert code not in name
        bad_grade(page, f"{address}/r/{other}")
        expect(page.locator(box)).to_have_value("")
        page.fill(box, "别的办件")
        page.locator("#draft-drop").click()
        expect(page.locator(box)).to_have_value("")
        assert page.evaluate(KEPT) == [name]
        bad_grade(page, link)
        page.locator("input[name=options]").first.check()
        page.locator("button[name=confirm]").click()
        expect(page.locator("[data-draft-done]")).to_be_visible()
        settle(page)
        assert page.evaluate(KEPT) == []
        page.evaluate("localStorage.setItem('hcp-draft:old', '1|很久以前')")
        bad_grade(page, f"{address}/r/{other}")
        assert page.evaluate(KEPT) == []
    assert site.ratings()[0].grade == 1


def test_without_scripts_nothing_is_kept_and_all_works(
    browser: Browser, site: Site, address: str
) -> None:
    link = f"{address}/r/{site.link(site.serve())}"
    with page_of(browser, 390, 844, java_script_enabled=False) as page:
        page.goto(link)
        page.locator('button[name=grade][value="1"]').click()
        expect(page.locator("#draft-note")).to_be_hidden()
        page.fill("textarea#text", WORDS)
        page.locator("button[name=confirm]").click()
        expect(page.locator("[data-draft-done]")).to_be_visible()


def test_the_page_of_a_bad_rating_takes_files_and_offers_wechat(
    browser: Browser, site: Site, address: str
) -> None:
    receipt = rate(site, 2, options=["207"], text="跑了两趟")
    with page_of(browser, 320, 640, user_agent="Mozilla/5.0 MicroMessenger/8.0") as page:
        page.goto(f"{address}/mine")
        page.fill("#receipt", receipt)
        page.locator("main form button").first.click()
        expect(page.locator("#file")).to_be_visible()
        look(page, "citizen-mine-files")
        assert audit(page) == []
        assert not overflows(page)
        page.locator('button[value="wechat"]').click()
        expect(page.locator("main a.main")).to_be_visible()
        look(page, "citizen-wechat")
        assert audit(page) == []
        bind(site, receipt)
        page.locator('button[value="show"]').click()
        expect(page.locator('button[value="wechat_stop"]')).to_be_visible()
        look(page, "citizen-mine-wechat")
        assert audit(page) == []
