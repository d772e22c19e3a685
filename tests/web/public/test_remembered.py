"""Public pages are rendered once a moment for all who ask, and never mixed up."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask, Response

from haochaping.deployment import Deployment
from haochaping.web.app import create_app
from haochaping.web.public import home, remembered


@pytest.fixture
def app(province: Deployment) -> Flask:
    found = create_app(province, remember=True)
    found.testing = True
    return found


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every rendering of the home."""
    seen: list[str] = []
    page = home._page
    monkeypatch.setattr(home, "_page", lambda *it: seen.append("home") or page(*it))
    return seen


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A stopwatch set by hand."""
    now = [1000.0]
    monkeypatch.setattr(remembered, "stopwatch", lambda: now[0])
    return now


def test_a_home_is_rendered_once_a_moment_and_asked_for_by_its_digest(
    app: Flask, rendered: list[str], watch: list[float]
) -> None:
    client = app.test_client()
    first, again = client.get("/"), client.get("/")
    assert (first.status_code, again.data) == (200, first.data)
    told = ("X-Request-ID", "Date")
    for name, value in first.headers.items():
        assert name in told or again.headers[name] == value
    unchanged = client.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert len(rendered) == 1
    watch[0] += remembered.FRESH_SECONDS
    assert client.get("/").status_code == 200
    assert len(rendered) == 2


def test_languages_and_displays_have_pages_of_their_own(
    app: Flask, rendered: list[str], watch: list[float]
) -> None:
    def body(language: str = "zh-CN", mode: str = "standard") -> str:
        client = app.test_client()
        client.set_cookie("mode", mode)
        return client.get("/", headers={"Accept-Language": language}).text

    chinese, english, elder = body(), body("en"), body(mode="elder")
    assert len({chinese, english, elder}) == 3
    assert (body(), body("en"), body(mode="elder")) == (chinese, english, elder)
    assert len(rendered) == 3
    chosen = app.test_client().get("/?lang=en")
    assert "Set-Cookie" in chosen.headers
    assert "no-store" in chosen.headers["Cache-Control"]


def test_a_fault_is_not_remembered(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*it: Any) -> None:
        raise RuntimeError("gone")

    app.testing = False
    with monkeypatch.context() as patch:
        patch.setattr(home, "_page", broken)
        assert app.test_client().get("/").status_code == 500
    assert app.test_client().get("/").status_code == 200


def test_while_one_renders_the_others_get_the_last_page(app: Flask, watch: list[float]) -> None:
    known, going, go_on = remembered.Remembered(), threading.Event(), threading.Event()
    answers: list[bytes] = []

    def slow() -> Response:
        going.set()
        assert go_on.wait(10)
        return Response("new")

    with app.test_request_context("/"):
        assert known.page("k", lambda: Response("old")).data == b"old"
    watch[0] += remembered.FRESH_SECONDS + 0.1

    def renews() -> None:
        with app.test_request_context("/"):
            answers.append(known.page("k", slow).data)

    thread = threading.Thread(target=renews)
    thread.start()
    assert going.wait(10)
    with app.test_request_context("/"):
        assert known.page("k", lambda: Response("never")).data == b"old"
    go_on.set()
    thread.join(10)
    with app.test_request_context("/"):
        assert known.page("k", lambda: Response("never")).data == b"new"
    assert answers == [b"new"]


def test_only_so_many_are_kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 3)
    known = remembered.Remembered()
    with app.test_request_context("/"):
        for name in range(10):
            known.page(name, lambda: Response("x"))
    assert len(known._pages) == 3
