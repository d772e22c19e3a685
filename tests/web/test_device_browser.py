"""The window device in a real Chromium: offline and back, killed, by keypad, in big type."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from haochaping.hooks.values import OccurrenceKey
from tests.browser import audit, look, overflows, page_of, small_targets
from tests.web.live import Live, listening
from tests.web.test_browser import SECOND, SMALLEST_TEXT

__all__ = ["SECOND"]

pytestmark = pytest.mark.browser

STORE = "window.haochapingStore.create(document.body.dataset.device)"
WAITING = f"async () => {STORE}.waiting()"
ITEMS = f"async () => {STORE}.some(5000, 1e9, new Set())"
KEEP = """async ratings => {
  while (!window.haochapingStore) await new Promise(resolve => setTimeout(resolve, 20));
  const body = document.body.dataset;
  const key = { id: body.queueKey, public: body.queuePoint };
  const store = window.haochapingStore.create(body.device);
  for (const said of ratings) await store.keep(key, said);
  return store.waiting();
}"""
SEND = """async items => {
  const body = document.body.dataset;
  const answer = await fetch(`/device/${body.device}/ratings`, {
    method: "POST", headers: { "Content-Type": "application/json", "X-Form-Token": body.token },
    body: JSON.stringify({ clock: Date.now(), run: "", counter: 0, items: items }),
  });
  return (await answer.json()).results.map(one => one.status);
}"""
RAW = """async () => {
  const open = indexedDB.open("haochaping-device-" + document.body.dataset.device);
  const base = await new Promise(resolve => { open.onsuccess = () => resolve(open.result); });
  const all = base.transaction("waiting").objectStore("waiting").getAll();
  return new Promise(resolve => { all.onsuccess = () => resolve(JSON.stringify(all.result)); });
}"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with listening(tmp_path_factory.mktemp("device") / "home") as found:
        yield found


@contextmanager
def device(browser: Browser, live: Live, script: str = "") -> Iterator[BrowserContext]:
    """A browser in which the device's key was entered once."""
    live.forget()
    with page_of(browser, 1080, 1920) as page:
        if script:
            page.context.add_init_script(script)
        page.goto(address(live))
        page.get_by_label("设备密钥").fill(live.site.device_key)
        page.get_by_role("button", name="登录").click()
        expect(page.locator("#idle")).to_be_visible()
        yield page.context


@pytest.fixture
def context(browser: Browser, live: Live) -> Iterator[BrowserContext]:
    with device(browser, live) as found:
        yield found


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.pages[0]


def address(live: Live) -> str:
    return f"{live.address}/device/{live.site.device_id}"


def wake(page: Page, live: Live) -> OccurrenceKey:
    key = live.serve()
    expect(page.locator("#choose")).to_be_visible()
    return key


def controlled(page: Page) -> None:
    """Wait until the service worker looks after the page, and has seen it once."""
    for _ in range(50):
        if page.evaluate("navigator.serviceWorker.controller !== null"):
            break
        page.wait_for_timeout(200)
    page.reload()
    expect(page.locator("#idle")).to_be_visible()


def kept(page: Page) -> int:
    found: int = page.evaluate(WAITING)
    return found


def emptied(page: Page, seconds: int) -> None:
    """Wait until nothing waits on the device any more."""
    for _ in range(seconds * 5):
        if kept(page) == 0:
            return
        page.wait_for_timeout(200)
    raise TimeoutError(f"{kept(page)} ratings still wait")


def ratings(live: Live, keys: list[OccurrenceKey]) -> list[Any]:
    wanted = {key.id for key in keys}
    return [row for row in live.site.ratings() if row.occurrence_id in wanted]


def test_a_rating_given_while_the_line_is_down_is_kept_and_sent_by_itself(
    page: Page, live: Live
) -> None:
    key = wake(page, live)
    page.context.set_offline(True)
    page.get_by_role("button", name="不满意", exact=True).click()
    page.get_by_label("没有提供材料清单").check()
    page.locator("#text-2").fill("这是一句秘密")
    page.locator("#reasons-2 .main").click()
    expect(page.get_by_text("网络恢复后自动提交", exact=False)).to_be_visible()
    look(page, "device-kept", whole=False)
    assert audit(page) == []
    assert kept(page) == 1
    assert ratings(live, [key]) == []
    page.context.set_offline(False)
    emptied(page, 20)
    [rating] = ratings(live, [key])
    assert (rating.grade, rating.channel) == (2, "window_device")


def test_what_is_kept_is_sealed_and_says_neither_grade_nor_words(page: Page, live: Live) -> None:
    code = live.site.link(wake(page, live))
    page.context.set_offline(True)
    said = {"code": code, "key": "k-sealed", "grade": 1, "options": ["108"], "text": "这是一句秘密"}
    page.evaluate(KEEP, [said])
    raw = page.evaluate(RAW)
    assert not any(part in raw for part in ("秘密", "grade", "108", code))
    assert set(page.evaluate(ITEMS)[0]) == {"id", "kid", "box"}
    page.context.set_offline(False)


def test_two_hundred_kept_ratings_sent_three_times_shuffled_count_two_hundred_times(
    context: BrowserContext, live: Live
) -> None:
    page = context.pages[0]
    keys = [live.site.serve(minutes_ago=60) for _ in range(200)]
    said = [
        {"code": live.site.link(key), "key": f"minted-{key.id}", "grade": 1 + n % 5, "text": "话"}
        for n, key in enumerate(keys)
    ]
    context.set_offline(True)
    page.evaluate(KEEP, said)
    items = page.evaluate(ITEMS)
    assert len(items) >= 200
    context.set_offline(False)
    emptied(page, 60)
    fates: Counter[str] = Counter()
    for seed in (1, 2):
        mixed = random.Random(seed).sample(items, len(items))
        for start in range(0, len(mixed), 20):
            fates.update(page.evaluate(SEND, mixed[start : start + 20]))
    assert fates == {"duplicate": 2 * len(items)}
    stored = ratings(live, keys)
    assert len(stored) == len({row.occurrence_id for row in stored}) == 200


def test_the_queue_and_the_screen_survive_a_killed_page(
    context: BrowserContext, live: Live
) -> None:
    page = context.pages[0]
    controlled(page)
    keys = [live.site.serve(minutes_ago=60) for _ in range(3)]
    context.set_offline(True)
    said = [{"code": live.site.link(k), "key": f"kill-{k.id}", "grade": 5} for k in keys]
    page.evaluate(KEEP, said)
    page.close()
    reborn = context.new_page()
    reborn.goto(address(live))
    expect(reborn.get_by_role("heading", name="办完业务，请您评价")).to_be_visible()
    expect(reborn.locator("#offline")).to_be_visible()
    assert kept(reborn) == 3
    context.set_offline(False)
    emptied(reborn, 30)
    assert len(ratings(live, keys)) == 3


def test_two_thousand_ratings_fit_and_are_there_a_week_later(page: Page, live: Live) -> None:
    said = {"code": "x" * 40, "key": "k" * 20, "grade": 1, "options": ["108"], "text": "话" * 500}
    page.route("**/ratings", lambda route: route.abort())
    assert page.evaluate(KEEP, [said] * 2000) >= 2000
    page.clock.install()
    page.clock.fast_forward(7 * 24 * 3600 * SECOND)
    page.reload()
    assert kept(page) >= 2000


def test_what_is_refused_stays_on_the_device_and_is_shown(page: Page, live: Live) -> None:
    bad = {"code": "0" * 40, "key": "nobody", "grade": 5}
    page.evaluate(KEEP, [bad])
    page.goto(f"{address(live)}/health")
    page.get_by_role("button", name="立即上传").click()
    expect(page.get_by_text("HCP-BAD-LINK × 1")).to_be_visible()
    expect(page.get_by_text("断网时可以保存评价", exact=False)).to_be_visible()
    assert kept(page) == 0
    look(page, "device-health", whole=False)
    assert audit(page) == []
    with live.site.deployment.store.read() as conn:
        from haochaping.access import devices

        found = devices.load(conn, live.site.device_id)
    assert found is not None
    assert (found.refused, found.refusals, found.keeping) == (1, "HCP-BAD-LINK=1", "ready")
    page.get_by_role("button", name="重新提交未接收的").click()
    expect(page.get_by_text("HCP-BAD-LINK × 1")).to_be_visible()


def test_without_https_nothing_is_kept_and_the_rater_is_told(browser: Browser, live: Live) -> None:
    insecure = "Object.defineProperty(window, 'isSecureContext', { value: false })"
    with device(browser, live, insecure) as context:
        page = context.pages[0]
        key = wake(page, live)
        page.route("**/rate", lambda route: route.abort())
        page.get_by_role("button", name="非常满意").click()
        expect(page.get_by_text("您的评价还没有保存", exact=False)).to_be_visible()
        look(page, "device-failed", whole=False)
        page.unroute("**/rate")
        page.get_by_role("button", name="再试一次").click()
        expect(page.locator("#thanks")).to_be_visible()
        assert [row.grade for row in ratings(live, [key])] == [5]
        page.goto(f"{address(live)}/health")
        expect(page.get_by_text("不是用 https 打开的", exact=False)).to_be_visible()
        look(page, "device-health-insecure", whole=False)


def test_a_keypad_rates_well_with_one_key_and_badly_with_three(page: Page, live: Live) -> None:
    key = wake(page, live)
    page.keyboard.press("4")
    expect(page.locator("#thanks")).to_be_visible()
    expect(page.locator("#idle")).to_be_visible()
    bad = wake(page, live)
    for press in ("1", "2", "Enter"):
        page.keyboard.press(press)
    expect(page.locator("#thanks")).to_be_visible()
    expect(page.locator("#idle")).to_be_visible()
    wake(page, live)
    page.keyboard.press("0")
    expect(page.locator("#qr")).to_be_visible()
    [first], [second] = ratings(live, [key]), ratings(live, [bad])
    assert (first.grade, second.grade, len(second.options)) == (4, 1, 1)


@pytest.mark.parametrize("size", [(1080, 1920), (1280, 800), (768, 1024)])
def test_big_type_is_big_enough_and_goes_with_its_rater(
    page: Page, live: Live, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    wake(page, live)
    page.get_by_role("button", name="大字").click()
    bottoms = page.eval_on_selector_all(
        ".key", "keys => keys.map(k => k.getBoundingClientRect().bottom)"
    )
    assert size[0] < 1000 or max(bottoms) <= size[1]
    for grade in ("", "2"):
        if grade:
            page.get_by_role("button", name="不满意", exact=True).click()
        assert page.evaluate(SMALLEST_TEXT) >= 30
        assert small_targets(page, 60) == []
        assert audit(page) == []
        assert not overflows(page)
        look(page, f"device-big{grade}-{size[0]}", whole=False)
    page.locator("footer").get_by_role("button", name="不评价").click()
    expect(page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "false")


def test_the_page_can_be_installed(page: Page, live: Live) -> None:
    controlled(page)
    session = page.context.new_cdp_session(page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["url"].endswith("manifest.webmanifest")
    sizes = page.evaluate("""async () => {
      const manifest = await (await fetch(document.querySelector('[rel=manifest]').href)).json();
      return Promise.all(manifest.icons.map(async icon => {
        const image = new Image(); image.src = icon.src; await image.decode();
        return icon.sizes === image.naturalWidth + 'x' + image.naturalHeight; }));
    }""")
    assert sizes == [True, True]


def test_nothing_but_the_rater_chooses_and_nothing_staff_can_see_tells_the_grade(
    page: Page, live: Live
) -> None:
    shots = []
    for grade in ("非常满意", "满意", "基本满意"):
        wake(page, live)
        page.get_by_role("button", name=grade, exact=True).click()
        expect(page.locator("#thanks")).to_be_visible()
        page.locator("#receipt").evaluate("e => { e.textContent = 'X' }")
        shots.append(page.locator("#thanks").inner_html())
        expect(page.locator("#idle")).to_be_visible()
    assert len(set(shots)) == 1


@pytest.mark.parametrize("size", [(1080, 1920), (390, 844)])
def test_without_script_the_screen_works_by_forms_alone(
    browser: Browser, live: Live, size: tuple[int, int]
) -> None:
    live.forget()
    with page_of(browser, *size, java_script_enabled=False) as page:
        page.goto(f"{address(live)}")
        page.get_by_label("设备密钥").fill(live.site.device_key)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/plain*")
        expect(page.get_by_role("heading", name="办完业务，请您评价")).to_be_visible()
        key = live.serve()
        page.goto(f"{address(live)}/plain")
        look(page, f"device-plain-{size[0]}", whole=False)
        page.get_by_role("button", name="非常不满意").click()
        page.get_by_label("多头跑窗口和部门").check()
        look(page, f"device-plain-reasons-{size[0]}", whole=False)
        page.get_by_role("button", name="提交评价").click()
        expect(page.get_by_role("heading", name="谢谢您的评价")).to_be_visible()
    assert [(row.grade, row.options) for row in ratings(live, [key])] == [(1, ["113"])]


def test_the_privacy_notice_lies_over_the_screen_and_goes_by_itself(page: Page, live: Live) -> None:
    notice = page.locator("#privacy")
    opener = page.get_by_role("button", name="隐私说明")
    opener.click()
    expect(notice).to_be_visible()
    expect(notice.get_by_role("img", name="隐私说明全文的二维码")).to_be_visible()
    assert not overflows(page)
    look(page, "device-privacy")
    audit(page)
    notice.get_by_role("button", name="返回").click()
    expect(notice).to_be_hidden()
    opener.click()
    expect(notice).to_be_visible()
    wake(page, live)
    expect(notice).to_be_visible()
    notice.get_by_role("button", name="返回").click()
    page.locator("[data-grade='5']").click()
    expect(page.locator("#thanks")).to_be_visible()
