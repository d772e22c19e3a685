"""The public pages in a real Chromium: seen, measured, read without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from haochaping.deployment import Deployment
from haochaping.web.app import create_app
from haochaping.web.languages import LANGUAGES
from tests.browser import audit, cut, look, overflows, page_of, small_targets
from tests.serving import serving

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/",
    "region": "/?region=330106",
    "boards": "/boards",
    "windows": "/boards/windows",
    "organizations": "/boards/organizations",
    "unknown": "/boards/nothing",
    "reviews": "/reviews?bad=1",
    "useful": "/reviews/1-2/useful",
    "case": "/cases/C3MN8PRW5D",
    "overdue": "/cases/C2LATE0000",
    "honours": "/honours",
    "method": "/method",
    "missing": "/nowhere",
}
MORE = {
    "comment": "/reviews/1-1",
    "narrowed": "/reviews?order=useful&tag=108",
    "gone": "/reviews/1-8",
    "typical": "/typical-cases",
    "bulletins": "/bulletins",
    "data": "/open-data",
    "opinions": "/opinions",
    "mine": "/mine",
    "privacy": "/privacy",
}
"""Pages that are looked at zoomed only, besides: made of the same pieces."""
ZOOMED = ("home", "windows", "reviews", "comment")
SIZES = {390: 844, 768: 1024, 1280: 800}
ALWAYS = ("home", "windows", "reviews", "case", "method")
"""Pages that are looked at in every size; the others are made of the same pieces."""
LOOKS = [(name, width) for name in PAGES for width in SIZES if name in ALWAYS or width == 390]
DRAWN = "document.querySelectorAll('#chart svg path').length > 12"
TOLD = "document.querySelector('#chart svg').textContent.includes('2026年')"


@pytest.fixture(scope="module")
def address(province: Deployment) -> Iterator[str]:
    """The address of the province's pages."""
    with serving(create_app(province)) as found:
        yield found


def opened(page: Page, address: str) -> list[str]:
    """Go to a page and return what its scripts and its policy complain about."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    page.goto(address, wait_until="networkidle")
    return [one for one in said if "404" not in one]


@pytest.mark.parametrize(("name", "width"), LOOKS)
def test_a_page_is_accessible_at_every_size(
    browser: Browser, address: str, name: str, width: int
) -> None:
    with page_of(browser, width, SIZES[width], reduced_motion="reduce") as page:
        assert opened(page, address + PAGES[name]) == []
        assert audit(page) == []
        assert not overflows(page)
        assert small_targets(page) == []
        look(page, f"public-{name}-{width}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_in_the_dark_and_in_large_print(
    browser: Browser, address: str, name: str
) -> None:
    with page_of(browser, 320, 640, color_scheme="dark", reduced_motion="reduce") as page:
        opened(page, address + PAGES[name])
        assert audit(page) == []
        assert not overflows(page)
        look(page, f"public-{name}-320-dark")
        page.get_by_role("link", name="长辈版").click()
        expect(page.locator("html")).to_have_attribute("data-mode", "elder")
        assert audit(page) == []
        assert not overflows(page)
        assert small_targets(page, 60) == []
        look(page, f"public-{name}-320-elder")


def test_the_trend_is_drawn_from_its_table_under_the_strict_policy(
    browser: Browser, address: str
) -> None:
    with page_of(browser, 1280, 800) as page:
        assert opened(page, address) == []
        page.wait_for_function(DRAWN)
        assert "近几个月的评价数和指标" in (
            page.locator("#chart").get_attribute("aria-label") or ""
        )
        expect(page.locator("#trend-table")).to_be_hidden()
        page.get_by_text("数据表").first.click()
        expect(page.locator("#trend-table")).to_be_visible()
        assert audit(page) == []


def test_a_touch_of_the_chart_tells_the_months_figures(browser: Browser, address: str) -> None:
    with page_of(browser, 1280, 800, reduced_motion="reduce") as page:
        faults = opened(page, address)
        page.wait_for_function(DRAWN)
        page.locator("#chart").hover()
        page.wait_for_function(TOLD)
        look(page, "public-trend-touched")
        assert faults == []


def test_without_a_script_everything_can_be_read_and_used(browser: Browser, address: str) -> None:
    with page_of(browser, 390, 844, java_script_enabled=False) as page:
        page.goto(address)
        expect(page.locator("#trend-table")).to_be_visible()
        expect(page.locator("#chart")).to_be_hidden()
        page.get_by_label("地区").select_option(label="杭州市")
        page.get_by_role("button", name="查看").click()
        expect(page.get_by_role("heading", name="杭州市政务服务评价")).to_be_visible()
        page.get_by_role("link", name="窗口榜").click()
        page.get_by_label("排序").select_option(label="满意率")
        page.get_by_role("button", name="查看").click()
        expect(page.get_by_text("100.0%").first).to_be_visible()
        assert "region=330100" in page.url
        look(page, "public-windows-no-script")


ON_ONE_LINE = """() => [...document.querySelectorAll(".board td.num .value")].filter(
  each => each.getBoundingClientRect().height > 2 * parseFloat(getComputedStyle(each).fontSize)
).length"""
BADGE_OVER_NAME = """() => [...document.querySelectorAll(".board .who")].filter(each => {
  const marks = each.querySelector(".marks");
  if (!marks || !each.querySelector("a")) return false;
  const words = document.createRange();
  words.selectNodeContents(each.querySelector("a"));
  return words.getBoundingClientRect().bottom > marks.getBoundingClientRect().top + 1;
}).length"""


@pytest.mark.parametrize("width", [320, 900, 1000, 1100, 1280])
def test_no_number_is_broken_and_no_mark_lies_over_a_name(
    browser: Browser, address: str, width: int
) -> None:
    with page_of(browser, width, 800) as page:
        page.goto(f"{address}/boards/organizations")
        assert page.evaluate(ON_ONE_LINE) == 0
        assert page.evaluate(BADGE_OVER_NAME) == 0
        assert not overflows(page)


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_at_twice_the_size_nothing_is_cut_and_nothing_lies_beside_the_page(
    browser: Browser, address: str, language: str
) -> None:
    """A browser of 1280 by 800 that is zoomed to 200 % lays pages out in half of each."""
    with page_of(browser, 640, 400, device_scale_factor=2, reduced_motion="reduce") as page:
        page.goto(f"{address}/?lang={language}")
        for name, path in (PAGES | MORE).items():
            page.goto(address + path)
            expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[language].html_lang)
            assert (name, overflows(page), cut(page)) == (name, False, [])
            if name in ZOOMED:
                look(page, f"public-{name}-zoom-{language}", whole=False)
        assert page.evaluate("[innerWidth, devicePixelRatio]") == [640, 2]


def test_a_comment_is_found_useful_without_a_script(browser: Browser, address: str) -> None:
    with page_of(browser, 390, 844, java_script_enabled=False) as page:
        page.goto(f"{address}/reviews?tag=108")
        page.get_by_role("link", name="有用").first.click()
        page.get_by_role("button", name="有用").click()
        expect(page.get_by_role("status")).to_contain_text("已计入")
        look(page, "public-useful-no-script")
        page.get_by_role("link", name="回到这条评价").click()
        expect(page.get_by_text("1 人觉得有用")).to_be_visible()
        look(page, "public-review-no-script")
        page.get_by_role("link", name="这条评价有用").click()
        page.get_by_role("button", name="收回这一票").click()
        expect(page.get_by_text("0 人觉得有用")).to_be_visible()


def test_a_wide_table_becomes_cards_on_a_phone_and_in_large_print(
    browser: Browser, address: str
) -> None:
    shown = "getComputedStyle(document.querySelector('.board')).display"
    with page_of(browser, 1280, 800) as page:
        page.goto(f"{address}/boards/windows")
        assert page.evaluate(shown) == "table"
        page.goto(f"{address}/boards/windows?mode=elder")
        assert page.evaluate(shown) == "block"
    with page_of(browser, 390, 844) as page:
        page.goto(f"{address}/boards/windows")
        assert page.evaluate(shown) == "block"
        expect(page.get_by_role("row").first).to_be_visible()


def test_nothing_is_loaded_from_elsewhere(browser: Browser, address: str) -> None:
    with page_of(browser, 1280, 800) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address, wait_until="networkidle")
    assert all(url.startswith((address, "data:")) for url in asked)
