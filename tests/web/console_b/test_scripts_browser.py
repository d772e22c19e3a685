"""Texts that would run a script, stored wherever people write, on every page that shows them."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import insert

from haochaping.bulletins import printed, short
from haochaping.bulletins.content import Content, Part
from haochaping.bulletins.head import Head
from haochaping.bulletins.rules import Edition
from haochaping.catalog import tables as catalog
from haochaping.disclosure import search
from haochaping.disclosure.tables import review, review_batch, typical_case
from haochaping.grading import periods
from haochaping.hooks.values import Words
from haochaping.rectification.tables import case_reply, rectification_case
from tests.browser import page_of
from tests.hostile import ALL, look_through, seen_in, visit
from tests.serving import serving
from tests.web.console.conftest import Browser as Person
from tests.web.console_b.conftest import MONTH, REGION, Desk, Role
from tests.web.console_b.test_publishing import comment

pytestmark = pytest.mark.browser

LISTS = ("/boards", "/boards.atom", "/honours", "/bulletins", "/open-data", "/open-data/dictionary")


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    with serving(desk.site.app) as found:
        yield found


def stored(desk: Desk, texts: tuple[str, ...]) -> list[str]:
    """Store every text as comment, reply, item, unit and typical case; return case numbers."""
    at, numbers = desk.site.clock.now(), []
    case = desk.office.answered(text="慢")
    with desk.deployment.store.write() as conn:
        batch = {"id": 1, "region": REGION, "day": at.date(), "size": len(texts)}
        conn.execute(insert(review_batch).values(**batch, published_at=at))
        table = rectification_case
        copied = dict(conn.execute(table.select().where(table.c.id == case.id)).mappings().one())
        for number, words in enumerate(texts, 1000):
            unit = {"id": number, "code": f"O{number}", "uscc": "", "region": REGION}
            unit |= {"place": REGION, "path": f"/{number}/", "name": words, "name_en": words}
            conn.execute(insert(catalog.organization).values(unit))
            item = {"id": number, "code": f"I{number}", "name": words, "name_en": words}
            conn.execute(insert(catalog.item).values(**item, organization_id=number))
            key = {"region": REGION, "served_month": MONTH, "occurrence_id": number}
            key |= {"organization_id": number, "item_id": number, "grade": 1}
            about = {"id": number, "evaluation_id": number, "day": at.date(), "text": words}
            published = {"state": "published", "batch_id": 1, "place": number}
            conn.execute(insert(review).values(**key, **about, **published))
            own = {"id": number, "public_id": f"X{number}", "origin_id": number}
            more = {"evaluation_id": number, "rated_organization_id": number}
            conn.execute(insert(table).values(**{**copied, **key, **own, **more}))
            answer = {"id": number, "region": REGION, "case_id": number, "round": 0, "text": words}
            made = {"outcome": "rectified", "at": at, "account_id": 1, "published": number % 2 == 0}
            conn.execute(insert(case_reply).values(**answer, **made))
            conn.execute(insert(typical_case).values(_told(number, words, key, at)))
            numbers.append(f"X{number}")
        ids = range(1000, 1000 + len(texts))
        search.keep(conn, search.REVIEWS, ids)
        search.keep(conn, search.TYPICAL, ids)
    return numbers


def _told(number: int, words: str, key: dict[str, Any], at: Any) -> dict[str, Any]:
    texts = dict.fromkeys(("title", "said", "found", "done", "learnt", "english"), words)
    own = {"id": number, "public_id": f"T{number}", "case_id": number, "version": 1, "masked": []}
    state = {"state": "published", "published_at": at, "begun_by": 1, "written_by": 1}
    return {**texts, **own, **key, **state, "written_at": at}


def pages(desk: Desk, numbers: list[str], some: int) -> Iterator[tuple[Person | None, str]]:
    """Yield every address at which the texts are shown, with who looks."""
    publisher = desk.person(Role.PUBLISHER)
    supervisor = desk.person(Role.SUPERVISOR, region=REGION)
    yield from (
        (None, one) for one in ("/reviews?q=script", "/reviews.atom", "/typical-cases?lang=en")
    )
    yield from ((None, one) for one in ("/", "/method", "/boards/organizations", "/boards/items"))
    yield from ((None, one) for one in LISTS)
    yield from ((None, f"/reviews?order=useful&q={one}") for one in ("script", "<script>"))
    yield from ((publisher, f"/console/{one}") for one in ("publishing", "publishing/replies"))
    yield publisher, "/console/publishing?state=published"
    yield publisher, "/console/typical?state=published"
    yield supervisor, "/console/cases"
    for number in islice(numbers, some):
        yield None, f"/cases/{number}"
        yield None, f"/typical-cases/T{number[1:]}"
        yield None, f"/reviews?item=I{number[1:]}"
        yield None, f"/reviews/1-{number[1:]}"
        if number.endswith("0"):  # the same words on the same parts once more
            yield None, f"/reviews/1-{number[1:]}/useful"
        yield supervisor, f"/console/cases/{number}"
        yield publisher, f"/console/typical/{number[1:]}"


def sweep(browser: Browser, desk: Desk, address: str, texts: tuple[str, ...], some: int) -> None:
    numbers = stored(desk, texts)
    for words in texts[:5]:
        comment(desk, words)
    seen: set[str] = set()
    with page_of(browser, 1280, 800) as page:
        said: list[str] = []
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        for who, path in pages(desk, numbers, some):
            # the clock stands still, so the limit of an address would never be given back
            desk.site.app.extensions["haochaping.limiter"]._buckets.clear()
            visit(page, address, who, path, seen)
        for start in ("/reviews", "/typical-cases"):
            follow(page, address, start, seen)
        assert said == []
    missing = [text for text in texts if html.escape(text, quote=True) not in seen_in(seen)]
    assert missing == []


def follow(page: Page, address: str, path: str, seen: set[str]) -> None:
    """Visit a list and all that come behind it."""
    while path:
        visit(page, address, None, path, seen)
        more = page.locator("a[rel=next]")
        path = (more.get_attribute("href") or "") if more.count() else ""


def test_no_text_of_a_bulletin_runs_in_its_article_or_on_its_page(browser: Browser) -> None:
    said = tuple(Words(one, one) for one in ALL)
    parts = (Part("overview", said[0], said), *board_of(said))
    content = Content(
        periods.parse("2026-10"), Edition.PUBLIC, said[1], said[2], "d", {}, parts, ()
    )
    head = Head("1", date(2026, 11, 3), "\n".join(ALL), 1)
    with page_of(browser, 1280, 800) as page:
        for made in (short.wechat(content, head, "zh_Hans_CN"), printed.page(content, head, "en")):
            assert not [one for one in ALL if html.escape(one) not in made]
            page.set_content(made)
            look_through(page, made[:80])


def board_of(said: tuple[Words, ...]) -> Iterator[Part]:
    """Yield tables that hold the texts, as many rows as an article shows."""
    for start in range(0, len(said), 10):
        rows = tuple((one, one.zh) for one in said[start : start + 10])
        yield Part("board", said[start], (), (said[start], Words("n")), rows)


def test_thirty_texts_run_nowhere(browser: Browser, desk: Desk, address: str) -> None:
    sweep(browser, desk, address, ALL[::10], 2)


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_three_hundred_texts_run_nowhere(browser: Browser, desk: Desk, address: str) -> None:
    assert len(set(ALL)) == 300
    sweep(browser, desk, address, ALL, 300)
