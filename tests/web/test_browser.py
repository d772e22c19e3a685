"""The rater's pages and the window screen in a real Chromium, seen and checked."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import SIZES, audit, look, overflows, page_of, press, small_targets
from tests.serving import serving
from tests.web import samples
from tests.web.bare import bare_app
from tests.web.live import Live, listening

pytestmark = pytest.mark.browser
PAGES = sorted(set(samples.pages()) - {"device"})
SECOND = 1000
STATES = ("idle", "choose", "reasons-2", "sending", "failed", "thanks", "kept", "later")
SHOW = """id => {
  for (const panel of document.querySelectorAll('.panel')) panel.hidden = panel.id !== id;
  document.getElementById('under').hidden = id === 'idle';
}"""
SMALLEST_TEXT = """Math.min(...[...document.querySelectorAll('body *')]
  .filter(e => e.offsetParent)
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => parseFloat(getComputedStyle(e).fontSize)))"""


@pytest.fixture(scope="module")
def bare() -> Iterator[str]:
    """The address of the sample pages."""
    with serving(bare_app()) as found:
        yield f"{found}/sample"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with listening(tmp_path_factory.mktemp("live") / "home") as found:
        yield found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_at_every_size(browser: Browser, bare: str, name: str) -> None:
    with page_of(browser, *SIZES[0]) as page:
        page.goto(f"{bare}/{name}")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert audit(page) == []
            assert not overflows(page)
            assert small_targets(page) == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("mode", "least"), [("elder", 60), ("standard", 44)])
def test_a_page_is_accessible_when_narrow_in_the_light_and_in_the_dark(
    browser: Browser, bare: str, name: str, mode: str, least: int
) -> None:
    with page_of(browser, 320, 640) as page:
        page.goto(f"{bare}/{name}?mode={mode}")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert audit(page) == []
            look(page, f"{name}-320-{mode}-{scheme}")
        assert not overflows(page)
        assert small_targets(page, least) == []


def test_the_five_choices_look_alike(browser: Browser, bare: str) -> None:
    measure = """[...document.querySelectorAll('.grade')].map(e => {
      const s = getComputedStyle(e), r = e.getBoundingClientRect();
      return [r.width, r.height, s.fontSize, s.fontWeight, s.color, s.backgroundColor,
              s.borderColor, s.borderWidth].join()})"""
    with page_of(browser, 390, 844) as page:
        page.goto(f"{bare}/rate")
        found = page.evaluate(measure)
    assert len(found) == 5
    assert len(set(found)) == 1


def test_the_keyboard_alone_is_enough_and_its_place_is_seen(browser: Browser, bare: str) -> None:
    with page_of(browser, 390, 844) as page:
        page.goto(f"{bare}/rate")
        press(page, "Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        outlines = []
        for _ in range(10):
            press(page, "Tab")
            style = "getComputedStyle(document.activeElement).outlineStyle"
            outlines.append(page.evaluate(style))
            if page.evaluate("document.activeElement.value") == "5":
                break
        assert page.evaluate("document.activeElement.value") == "5"
        assert set(outlines) == {"solid"}


def test_a_rating_by_link_works_without_javascript(browser: Browser, live: Live) -> None:
    code = live.site.link(live.serve())
    with page_of(browser, 390, 844, java_script_enabled=False) as page:
        page.goto(f"{live.address}/r/{code}")
        look(page, "citizen-rate")
        page.get_by_role("button", name="不满意", exact=True).click()
        look(page, "citizen-reasons")
        page.get_by_label("没有提供材料清单").check()
        page.get_by_label("想说的话（选填）").fill("跑了两趟")
        page.get_by_role("button", name="提交评价").click()
        expect(page.get_by_role("heading", name="评价已收到")).to_be_visible()
        look(page, "citizen-done")
        page.get_by_role("button", name="查看进度").click()
        expect(page.get_by_text("收到您的评价，开始办理")).to_be_visible()
        look(page, "citizen-mine")
        page.get_by_role("button", name="长辈版").click()
        expect(page.get_by_text("收到您的评价，开始办理")).to_be_visible()
        look(page, "citizen-mine-elder")
    assert [one.grade for one in live.site.ratings()][-1] == 2


def test_a_first_load_takes_three_requests_at_most(browser: Browser, live: Live) -> None:
    code = live.site.link(live.serve())
    with page_of(browser, 390, 844) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{live.address}/r/{code}", wait_until="networkidle")
    asked = [url for url in asked if not url.startswith("data:")]
    assert len(asked) <= 3
    assert all(url.startswith(live.address) for url in asked)


@pytest.fixture
def screen(browser: Browser, live: Live) -> Iterator[Page]:
    """The window screen at rest, its clock in our hands."""
    live.forget()
    with page_of(browser, 1080, 1920) as page:
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.clock.install()
        page.goto(f"{live.address}/device/{live.site.device_id}")
        page.get_by_label("设备密钥").fill(live.site.device_key)
        with page.expect_request("**/events"):
            page.get_by_role("button", name="登录").click()
        expect(page.locator("#idle")).to_be_visible()
        page.wait_for_timeout(500)
        yield page
        assert faults == []


def wake(page: Page, live: Live) -> float:
    """Close a service; return the seconds until the screen asks about it."""
    live.serve()
    began = time.perf_counter()
    expect(page.locator("#choose")).to_be_visible()
    return time.perf_counter() - began


def test_a_window_wakes_within_a_second(screen: Page, live: Live) -> None:
    took = []
    while len(took) < 3 and min(took, default=2) > 1:  # the machine may be busy with other tests
        took.append(wake(screen, live))
        screen.get_by_role("button", name="非常满意").click()
        expect(screen.locator("#thanks")).to_be_visible()
        screen.clock.run_for(4 * SECOND)
        expect(screen.locator("#idle")).to_be_visible()
    assert min(took) <= 1


def test_a_window_takes_one_tap_for_a_good_rating(screen: Page, live: Live) -> None:
    look(screen, "device-idle", whole=False)
    before = len(live.site.ratings())
    wake(screen, live)
    expect(screen.get_by_text("社保登记")).to_be_visible()
    expect(screen.get_by_text("A0017")).to_be_visible()
    look(screen, "device-choose", whole=False)
    screen.get_by_role("button", name="基本满意").click()
    expect(screen.get_by_role("heading", name="谢谢您的评价")).to_be_visible()
    look(screen, "device-thanks", whole=False)
    screen.clock.run_for(4 * SECOND)
    expect(screen.locator("#idle")).to_be_visible()
    assert [one.grade for one in live.site.ratings()][before:] == [3]


def test_a_bad_grade_at_the_window_takes_three_taps(screen: Page, live: Live) -> None:
    before = len(live.site.ratings())
    wake(screen, live)
    screen.get_by_role("button", name="非常不满意").click()
    look(screen, "device-reasons", whole=False)
    screen.get_by_label("多头跑窗口和部门").check()
    screen.locator("#reasons-1 .main").click()
    expect(screen.locator("#thanks")).to_be_visible()
    screen.clock.run_for(4 * SECOND)
    expect(screen.locator("#idle")).to_be_visible()
    assert [(one.grade, one.options) for one in live.site.ratings()][before:] == [(1, ["113"])]


def test_a_window_left_alone_warns_and_goes_to_rest_without_storing(
    screen: Page, live: Live
) -> None:
    before = len(live.site.ratings())
    wake(screen, live)
    screen.get_by_role("button", name="不满意", exact=True).click()
    screen.locator("#text-2").fill("不该留下")
    screen.clock.run_for(31 * SECOND)
    expect(screen.locator("#warning")).to_be_visible()
    assert audit(screen) == []
    look(screen, "device-warning", whole=False)
    screen.get_by_role("button", name="继续评价").click()
    expect(screen.locator("#warning")).to_be_hidden()
    assert screen.locator("#text-2").input_value() == "不该留下"
    screen.clock.run_for(52 * SECOND)
    expect(screen.locator("#idle")).to_be_visible()
    assert screen.locator("#text-2").input_value() == ""
    assert screen.evaluate("localStorage.length + sessionStorage.length") == 0
    assert len(live.site.ratings()) == before


def test_the_service_can_be_rated_later_by_phone(screen: Page, live: Live) -> None:
    wake(screen, live)
    screen.get_by_role("button", name="用手机稍后评价").click()
    expect(screen.locator("#qr")).to_be_visible()
    expect(screen.locator("#qr")).to_have_js_property("complete", True)
    assert screen.evaluate("document.getElementById('qr').naturalWidth") > 0
    assert len(screen.locator("#short").inner_text().replace("-", "")) == 12
    look(screen, "device-later", whole=False)
    assert audit(screen) == []
    screen.get_by_role("button", name="返回评价").click()
    screen.get_by_role("button", name="不评价").click()
    expect(screen.locator("#idle")).to_be_visible()


@pytest.mark.parametrize("size", [(1080, 1920), (1280, 800)])
def test_every_state_of_the_window_screen_is_accessible(
    browser: Browser, bare: str, size: tuple[int, int]
) -> None:
    with page_of(browser, *size) as page:
        page.goto(f"{bare}/device")
        for state in STATES:
            page.evaluate(SHOW, state)
            assert audit(page) == []
            assert not overflows(page)
            assert small_targets(page, 60) == []
            look(page, f"device-{state}-{size[0]}", whole=False)
            assert page.evaluate(SMALLEST_TEXT) >= 24
