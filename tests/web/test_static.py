"""Sizes and manners of the static files and the plain pages."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from tests.web import samples
from tests.web.bare import bare_app

STATIC = files("haochaping.web") / "static"
FIRST_LOAD = 30_000
CSS = 12_000
PAGES = sorted(samples.pages())


def page(name: str, query: str = "") -> str:
    answer = bare_app().test_client().get(f"/sample/{name}{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def links(html: str) -> list[str]:
    return re.findall(r'(?:<link[^>]+href|<script[^>]+src|<img[^>]+src)="([^"]+)"', html)


def test_the_style_of_the_raters_pages_is_small() -> None:
    assert len((STATIC / "base.css").read_bytes()) <= CSS


@pytest.mark.parametrize("name", ["rate", "reasons", "done", "mine", "find", "error"])
def test_a_first_load_is_small_and_takes_three_requests_at_most(name: str) -> None:
    html = page(name)
    loaded = [link.partition("?")[0] for link in links(html) if not link.startswith("data:")]
    assert len(loaded) + 1 <= 3
    sheets = sum(len((STATIC / link.rpartition("/")[2]).read_bytes()) for link in loaded)
    assert len(html.encode()) + sheets <= FIRST_LOAD


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded_from_elsewhere(name: str) -> None:
    ours = ("/static/", "/device/1/manifest.webmanifest", "data:")
    assert all(link.startswith(ours) for link in links(page(name)))


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_inline_script_or_style(name: str) -> None:
    assert not re.search(r"<style|<script(?![^>]+src=)|\sstyle=|\son\w+=", page(name))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_its_language(name: str) -> None:
    assert '<html lang="zh-CN"' in page(name)
    assert '<html lang="en"' in page(name, "?lang=en")


@pytest.mark.parametrize("name", PAGES)
def test_the_english_page_has_no_chinese_text_of_ours(name: str) -> None:
    html = page(name, "?lang=en")
    marked = re.findall(r'lang="zh-CN"[^>]*>([^<]+)<', html)
    theirs = set(re.findall(r"[\u4e00-\u9fff]+", repr(samples.pages()[name][1])))
    ours = set(re.findall(r"[\u4e00-\u9fff]+", html)) - theirs - set(marked) - {"评", "浙江省"}
    assert ours == set()


def test_the_five_choices_are_alike_and_none_is_chosen() -> None:
    keys = re.findall(r'<button class="grade" name="grade" value="(\d)">', page("rate"))
    assert keys == ["5", "4", "3", "2", "1"]
    assert "checked" not in page("rate")
    assert "selected" not in page("rate")


def test_the_window_screen_has_no_grade_chosen_either() -> None:
    keys = re.findall(r'<button type="button" class="key" data-grade="(\d)">', page("device"))
    assert keys == ["5", "4", "3", "2", "1"]
    assert "checked" not in page("device")


def test_static_files_named_by_their_digest_are_kept_for_ever() -> None:
    address = next(link for link in links(page("rate")) if link.startswith("/static/"))
    with bare_app().test_client().get(address) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_static_files_without_a_digest_are_not() -> None:
    with bare_app().test_client().get("/static/base.css") as answer:
        assert "immutable" not in answer.headers["Cache-Control"]


def test_the_choice_of_display_is_kept_in_a_cookie_and_survives() -> None:
    client = bare_app().test_client()
    client.get("/sample/rate?mode=elder&lang=en")
    html = client.get("/sample/rate").get_data(as_text=True)
    assert '<html lang="en" data-mode="elder">' in html


def test_a_made_up_choice_is_not_kept() -> None:
    answer = bare_app().test_client().get("/sample/rate?mode=x&lang=fr")
    assert "Set-Cookie" not in answer.headers


def test_the_browser_says_which_language_is_wanted_until_one_is_chosen() -> None:
    client = bare_app().test_client()
    html = client.get("/sample/rate", headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert '<html lang="en"' in html.get_data(as_text=True)
