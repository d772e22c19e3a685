"""What all public pages have in common: headers, caching, size, nothing from elsewhere."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from flask.testing import FlaskClient

from haochaping.web.public import answers, boards
from tests.web.conftest import text

PAGES = (
    "/", "/boards", "/boards/windows", "/boards/organizations?period=2026-10", "/reviews",
    "/cases/C7QX4T9K2B", "/method", "/honours", "/reviews/1-1", "/typical-cases", "/bulletins",
    "/open-data",
)  # fmt: skip
FEEDS = ("/reviews.atom", "/boards.atom")
HEAVIEST = 100_000
WEB = files("haochaping.web")


@pytest.mark.parametrize("address", [*PAGES, *FEEDS])
def test_a_page_is_protected_and_asks_for_no_cookie(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("address", [*PAGES, *FEEDS])
def test_who_has_the_page_already_gets_no_body(client: FlaskClient, address: str) -> None:
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


def test_languages_have_tags_of_their_own(client: FlaskClient) -> None:
    chinese = client.get("/boards").headers["ETag"]
    english = client.get("/boards", headers={"Accept-Language": "en"})
    assert english.headers["ETag"] != chinese
    assert "Accept-Language" in english.headers["Vary"]


def test_an_answer_that_keeps_a_choice_of_display_is_kept_by_no_cache(client: FlaskClient) -> None:
    answer = client.get("/?mode=elder")
    assert "Set-Cookie" in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_light(client: FlaskClient, address: str) -> None:
    page = client.get(address)
    own = [link.partition("?")[0] for link in links(text(page)) if "echarts" not in link]
    assert len(page.data) + sum(len((WEB / link[1:]).read_bytes()) for link in own) <= HEAVIEST


def test_the_fullest_page_of_a_board_is_light_too(client: FlaskClient) -> None:
    page = client.get("/boards/windows").data
    line = len(page) / page.count(b'<tr role="row">')
    sheets = sum(len((WEB / "static" / name).read_bytes()) for name in ("base.css", "public.css"))
    assert line * boards.ROWS + sheets <= HEAVIEST


@pytest.mark.parametrize("address", PAGES)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(
    client: FlaskClient, address: str
) -> None:
    page = text(client.get(address))
    assert all(link.startswith("/static/") for link in links(page))
    assert not re.search(r"<style|<script(?![^>]+src=)|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize("address", PAGES)
def test_scripts_are_deferred(client: FlaskClient, address: str) -> None:
    scripts = re.findall(r"<script[^>]*>", text(client.get(address)))
    assert all(" defer" in script for script in scripts)


@pytest.mark.parametrize("address", PAGES)
def test_every_page_says_where_it_is_and_leads_everywhere(
    client: FlaskClient, address: str
) -> None:
    page = text(client.get(address))
    assert page.count('aria-current="page"') >= 1
    for target in ("/", "/boards", "/reviews", "/honours", "/method", "/mine"):
        assert f'href="{target}"' in page


@pytest.mark.parametrize("address", [*PAGES, *FEEDS])
def test_no_page_knows_a_rater_or_an_inner_number(client: FlaskClient, address: str) -> None:
    page = text(client.get(address))
    for inner in (
        "evaluation_id",
        "occurrence",
        "person",
        "presumed",
        "1001",
        "不公开的草稿",
        "还在审核",
    ):
        assert inner not in page


def test_a_flood_is_stopped(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LOOK", answers.Limit("look", per_minute=1, burst=2))
    assert [client.get("/boards").status_code for _ in range(3)] == [200, 200, 429]


def links(page: str) -> list[str]:
    """What a page loads, icons in the page itself aside."""
    found = re.findall(
        r'(?:<link rel="stylesheet" href|<script[^>]+src|<img[^>]+src)="([^"]+)"', page
    )
    return [link for link in found if not link.startswith("data:")]
