"""Texts that would run a script in the regions' own pages: Shanghai's reviews, Yantai's events."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import insert

from haochaping.store.types import micros
from haochaping.testing.towns import UNIT, Place, Role, Town
from haochaping.web.app import create_app
from haochaping_shanghai import tables as shanghai
from haochaping_yantai import tables as yantai
from tests.browser import page_of
from tests.hostile import ALL, seen_in, visit
from tests.serving import serving

pytestmark = pytest.mark.browser
PROFILES = {"shanghai": "extends: shanghai\n", "yantai": "extends: yantai\n"}
PLACES = {
    "shanghai": Place("310101", "黄浦区", halls={5: "大厅"}, items={7: "事项"}),
    "yantai": Place("370602", "芝罘区"),
}


@pytest.fixture
def region(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def profile_snippet(region: str) -> str:
    return PROFILES[region]


@pytest.fixture
def town_class(region: str) -> type[Town]:
    return type("Here", (Town,), {"place": PLACES[region]})


def reviewed(site: Town, texts: tuple[str, ...]) -> Iterator[tuple[Any, str]]:
    """Store the texts as reviews and nominations; yield where they are shown, and to whom."""
    at = micros(site.clock.now())
    with site.deployment.store.write() as conn:
        for number, words in enumerate(texts, 1):
            row = {"id": number, "handle": f"h{number}", "subject_kind": "hall", "subject_id": 5}
            row |= {"organization_id": UNIT, "stars": 2, "tags": "[]", "useful": 0, "photos": 0}
            row |= {"day": "2026-11-15", "written_at": at, "state": "shown", "reason": words}
            said = {name: words for name in ("text", "reply", "follow_up", "objection")}
            conn.execute(insert(shanghai.review).values(**row, **said))
            waits = {**row, **said, "id": 10_000 + number, "handle": f"w{number}", "reply": ""}
            conn.execute(insert(shanghai.review).values(**waits | {"state": "contested"}))
            named = {"id": number, "year": 2026, "title": words, "text": words, "state": "open"}
            more = {"organization_id": UNIT, "votes": 0, "nominated_by": 1, "at": at}
            conn.execute(insert(shanghai.nomination).values(**named, **more))
    desk = SimpleNamespace(client=site.client(site.account(Role.PUBLISHER)))
    unit = SimpleNamespace(client=site.client(site.account(Role.HANDLER, organization_id=UNIT)))
    yield None, "/x/shanghai/places"
    yield None, "/x/shanghai/awards"
    yield None, "/x/shanghai/hall/5?order=useful&text=<script>"
    for page in range(1, len(texts) // 20 + 2):
        yield None, f"/x/shanghai/hall/5?page={page}"
    yield desk, "/console/x/shanghai/moderate"
    yield unit, "/console/x/shanghai/answer"


def met(site: Town, texts: tuple[str, ...]) -> Iterator[tuple[Any, str]]:
    """Store the texts as events and opinions; yield where they are shown, and to whom."""
    at = micros(site.clock.now())
    with site.deployment.store.write() as conn:
        for number, words in enumerate(texts, 1):
            when = site.clock.now() - timedelta(days=2)
            row = {"id": number, "code": f"E{number:07}", "kind": "symposium", "state": "published"}
            row |= {"organization_id": UNIT, "capacity": 9, "created_by": 1, "created_at": at}
            row |= {"starts_at": micros(when), "ends_at": micros(when), "changed_at": at}
            said = ("title", "about", "place", "minutes", "outcome", "closing")
            told = dict.fromkeys(said, words)
            conn.execute(insert(yantai.event).values(**row, **told, published_at=at))
            own = {"id": number, "event_id": number, "organization_id": UNIT, "topic": "other"}
            heard = {"text": words, "answer": words, "recorded_by": 1, "recorded_at": at}
            conn.execute(insert(yantai.opinion).values(**own, **heard))
    desk = SimpleNamespace(client=site.client(site.account(Role.SUPERVISOR)))
    yield None, "/x/yantai/events"
    yield desk, "/console/x/yantai/events"
    for number in range(1, len(texts) + 1):
        yield None, f"/x/yantai/events/E{number:07}"
        if number < 9:
            yield desk, f"/console/x/yantai/events/{number}"
            yield desk, f"/console/x/yantai/events/{number}/sheet"


SHOWN = {"shanghai": reviewed, "yantai": met}


def sweep(browser: Browser, site: Town, region: str, texts: tuple[str, ...]) -> None:
    seen: set[str] = set()
    app = create_app(site.deployment)
    with serving(app) as address, page_of(browser, 1280, 800) as page:
        said: list[str] = []
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        for who, path in SHOWN[region](site, texts):
            app.extensions["haochaping.limiter"]._buckets.clear()  # the clock stands still
            visit(page, address, who, path, seen)
        assert said == []
    missing = [one for one in texts if html.escape(one, quote=True) not in seen_in(seen)]
    assert missing == []


@pytest.mark.parametrize("region", SHOWN, indirect=True)
def test_fifteen_texts_run_nowhere_in_a_regions_pages(
    browser: Browser, site: Town, region: str
) -> None:
    sweep(browser, site, region, ALL[::20])


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("region", SHOWN, indirect=True)
def test_three_hundred_texts_run_nowhere_in_a_regions_pages(
    browser: Browser, site: Town, region: str
) -> None:
    sweep(browser, site, region, ALL)
