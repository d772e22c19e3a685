"""Texts that would run a script, and a browser that looks whether they did."""

from __future__ import annotations

from itertools import product
from typing import Any

from playwright.sync_api import Page

from haochaping.web import guard

RUNS = (
    "window.pwned=1", "alert(1)", "top.pwned=1", "self[\"pw\"+\"ned\"]=1", "eval(\'pwned=1\')",
    "pwned=1", "confirm`1`", "(()=>{window.pwned=1})()", "window.pwned=1;//", "import(\'/x\')",
    "setTimeout(\'pwned=1\')", "Function(\'pwned=1\')()", "location=\'javascript:pwned=1\'",
    "document.title=\'own\'+\'ed\'", "fetch(\'/pwned\')",
)  # fmt: skip
WAYS = (
    "<script>{}</script>", "</title><script>{}</script>", "<img src=x onerror=\"{}\">",
    "<svg onload=\"{}\">", "\"><script>{}</script>", "'><img src=x onerror={}>",
    "</textarea><script>{}</script>", "<a href=\"javascript:{}\">x</a>",
    "\" autofocus onfocus=\"{}", "<iframe srcdoc=\"<script>{}</script>\">",
    "]]><script>{}</script>", "<!--><script>{}</script>-->", "{{{{{}}}}}",
    "<math><mi//xlink:href=\"data:x,<script>{}</script>\">", "<details open ontoggle=\"{}\">",
    "<video><source onerror=\"{}\">", "<style>@import'javascript:{}'</style>",
    "<body onload={}>", "＜script＞{}＜/script＞", "<form><button formaction=\"javascript:{}\">x",
)  # fmt: skip
ALL = tuple(way.format(run) for way, run in product(WAYS, RUNS))
FOUND = """() => ({
  ran: window.pwned === 1 || document.title === "owned",
  made: [...document.querySelectorAll("*")].filter(one =>
    [...one.attributes].some(each => each.name.startsWith("on") ||
      /^\\s*javascript:/i.test(each.value) && each.name !== "value") ||
    one.matches("script:not([src]):not([type]),iframe,math,details[open],video,img[src=x]")
  ).map(one => one.outerHTML.slice(0, 120)),
})"""


def seen_in(seen: set[str]) -> str:
    """Return the sources of pages with one way of writing quotes."""
    return "\n".join(seen).replace("&#34;", "&quot;").replace("&#39;", "&#x27;")


def visit(page: Page, address: str, who: Any, path: str, seen: set[str]) -> None:
    """Open a page as nobody or with the session of a test client, and look what ran."""
    page.context.clear_cookies()
    if who is not None:
        cookie = who.client.get_cookie(guard.SESSION_COOKIE)
        assert cookie is not None
        page.context.add_cookies(
            [{"name": guard.SESSION_COOKIE, "value": cookie.value, "url": address}]
        )
    answer = page.goto(f"{address}{path}", wait_until="load")
    assert answer is not None
    assert answer.status == 200, path
    seen.add(answer.text())
    if "html" in answer.headers["content-type"]:
        look_through(page, path)


def look_through(page: Page, path: str) -> None:
    """Say that nothing of the page that is open ran or was made of a text."""
    found = page.evaluate(FOUND)
    assert found == {"ran": False, "made": []}, (path, found)
