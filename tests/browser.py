"""A real Chromium for tests marked `browser`, and the accessibility check.

from tests.browser import audit, look, page_of   # the fixture `browser` is in conftest.py

@pytest.mark.browser
def test_the_page_is_accessible(browser, address):
    with page_of(browser, 390, 844) as page:
        page.goto(address)
        assert audit(page) == []
        look(page, "citizen-rate")
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

AXE = Path(__file__).parent / "assets" / "axe-core" / "axe.min.js"
SCREENSHOTS = Path(__file__).parent.parent / "var" / "screenshots"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = ((390, 844), (768, 1024), (1280, 800), (1080, 1920))
PATIENCE = 20_000  # milliseconds until a page that does not show something has failed
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]


def chromium() -> str:
    """Return the path of the machine's Chromium."""
    found = os.environ.get("HAOCHAPING_CHROMIUM") or shutil.which("chromium")
    return found or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""


_RUN_AXE = """async tags => {
  // All rules run; what they found in order is not described, which takes longer than they do
  const found = await axe.run(document, {
    runOnly: {type: 'tag', values: tags},
    resultTypes: ['violations'],
  });
  return found.violations;
}"""


@contextmanager
def opened() -> Iterator[Browser]:
    """Open a browser and close it at the end."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_of(browser: Browser, width: int, height: int, **options: Any) -> Iterator[Page]:
    """Open a page of a size; options as for `new_context` (color_scheme, java_script_enabled …)."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", **options
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def settle(page: Page) -> None:
    """Wait until the page's scripts hear keys and its focus is where the page wants it."""
    page.wait_for_load_state("load")
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def press(page: Page, *keys: str) -> None:
    """Press keys on a page that is ready for them."""
    settle(page)
    for key in keys:
        page.keyboard.press(key)


def write(page: Page, text: str) -> None:
    """Type into what has the focus of a page that is ready for it."""
    settle(page)
    page.keyboard.type(text)


def audit(page: Page) -> list[str]:
    """Return what axe-core finds on the page once its colours rest, one line a violation."""
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(_RUN_AXE, WCAG)
    return [
        f"{one['id']}: {one['help']} — {node['html'][:160]}"
        for one in found
        for node in one["nodes"]
    ]


def overflows(page: Page) -> bool:
    """Say whether the page must be scrolled sideways."""
    script = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return bool(page.evaluate(script))


def small_targets(page: Page, least: int = 44) -> list[str]:
    """Return what can be tapped but is lower or narrower than `least` pixels."""
    script = """least => [...document.querySelectorAll('a,button,input,textarea,select,summary')]
      .filter(e => !e.matches('.skip,[type=hidden],p a,li p a,.note a') && e.offsetParent)
      .map(e => [e, (e.closest('label') || e).getBoundingClientRect()])
      .filter(([e, r]) => r.width && (r.height < least - .5 || r.width < least - .5))
      .map(([e, r]) => `${e.outerHTML.slice(0, 90)} ${Math.round(r.width)}x${Math.round(r.height)}`)
    """
    found: list[str] = page.evaluate(script, least)
    return found


def fit(page: Page) -> None:
    """Nothing for axe to find, nothing beside the page, nothing too small to tap."""
    assert audit(page) == []
    assert not overflows(page)
    assert small_targets(page, 24) == []


def look(page: Page, name: str, *, whole: bool = True) -> Path:
    """Write a screenshot to `var/screenshots` and return its path.

    With HAOCHAPING_PICTURES=no nothing is written, which saves a run that nobody looks at its time.
    """
    path = SCREENSHOTS / f"{name}.png"
    if os.environ.get("HAOCHAPING_PICTURES") != "no":
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(path), full_page=whole)
    return path


def cut(page: Page) -> list[str]:
    """Return what a reader cannot see whole: beside the page, or in a box that hides the rest."""
    script = """() => [...document.querySelectorAll('body *')].filter(e => {
      const aside = '.unseen,.skip,[hidden],details:not([open]) > :not(summary)';
      if (e.closest(aside)) return false;
      const style = getComputedStyle(e), box = e.getBoundingClientRect();
      if (!box.width || !box.height || style.visibility === 'hidden') return false;
      const inner = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
      const hides = axis => ['hidden', 'clip'].includes(style['overflow' + axis]);
      const loses = inner && (hides('X') && e.scrollWidth > e.clientWidth + 1
        || hides('Y') && e.scrollHeight > e.clientHeight + 1);
      const rolls = e.parentElement.closest('.scroll,[tabindex="0"]');
      return loses || (!rolls && (box.right > innerWidth + 1 || box.left < -1));
    }).map(e => `${e.outerHTML.slice(0, 90)} ${JSON.stringify(e.getBoundingClientRect())}`)
    """
    found: list[str] = page.evaluate(script)
    return found
