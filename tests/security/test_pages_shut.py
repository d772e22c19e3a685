"""Every page: strict policy, nothing inline, nothing foreign, nothing kept; cookies shut."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from haochaping.web import guard
from tests.security.town import PASSWORD, Town, hidden

LOADS = re.compile(r'<(?:script|link|img|iframe|form)\b[^>]*(?:src|href|action)="([^"]+)"')


def _pages(town: Town, everybody: dict[str, FlaskClient]) -> list[tuple[str, str, TestResponse]]:
    """Ask for every page without a variable part, and for samples of those with one."""
    code, _ = town.link(town.serve())
    samples = [f"/r/{code}", f"/console/cases/{town.case().public_id}", "/console/figures/due",
               "/r/nonsense", "/no/such/page", f"/device/{town.device()[0]}"]  # fmt: skip
    plain = [
        rule.rule
        for rule in town.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
    ]
    return [
        (path, name, client.get(path))
        for path in [*plain, *samples]
        for name, client in everybody.items()
    ]


@pytest.fixture(scope="module")
def pages(town: Town, everybody: dict[str, FlaskClient]) -> list[tuple[str, str, TestResponse]]:
    return _pages(town, everybody)


def test_every_page_carries_a_strict_policy_and_is_framed_nowhere(
    pages: list[tuple[str, str, TestResponse]],
) -> None:
    for path, _, answer in pages:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert answer.headers["X-Frame-Options"] == "DENY", path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), path


def test_no_page_has_an_inline_script_or_style_or_a_foreign_host(
    pages: list[tuple[str, str, TestResponse]],
) -> None:
    for path, name, answer in pages:
        if not answer.content_type.startswith("text/html"):
            continue
        page = answer.get_data(as_text=True)
        scripts = re.findall(r"<script\b([^>]*)>(.*?)</script>", page, re.S)
        inline = [body for head, body in scripts if body.strip() and "json" not in head]
        assert not inline, (path, name)
        assert "<style" not in page, (path, name)
        assert not re.findall(r"<[a-z][^>]*\s(?:style|on[a-z]+)=", page), (path, name)
        loads = LOADS.findall(page)
        foreign = [one for one in loads if one.startswith(("http:", "https:", "//"))]
        assert not foreign, (path, name, foreign)
        assert "javascript:" not in page, (path, name)


def test_no_page_of_the_console_or_of_a_rater_is_kept_by_any_cache(
    pages: list[tuple[str, str, TestResponse]],
) -> None:
    private = ("/console", "/r/", "/mine", "/device", "/readyz", "/healthz")
    for path, name, answer in pages:
        if path.startswith("/device/worker.js"):  # the same for everybody
            continue
        if path.startswith(private) or path == "/r":
            assert answer.headers["Cache-Control"] == "no-store", (path, name)


def test_a_page_that_may_be_kept_is_the_same_for_everybody(
    pages: list[tuple[str, str, TestResponse]],
) -> None:
    kept: dict[str, set[bytes]] = {}
    for path, _, answer in pages:
        if "public" in answer.headers["Cache-Control"]:
            kept.setdefault(path, set()).add(answer.data)
    assert kept
    assert {path for path, bodies in kept.items() if len(bodies) > 1} == set()


def test_no_page_fails(pages: list[tuple[str, str, TestResponse]]) -> None:
    broken = [(path, name) for path, name, answer in pages if answer.status_code >= 500]
    assert broken == []


def test_no_page_shows_a_raters_identity_unasked(
    pages: list[tuple[str, str, TestResponse]],
) -> None:
    for path, name, answer in pages:
        for told in ("990000199001010017", "13800001234"):
            assert told.encode() not in answer.data, (path, name)


def test_cookies_are_http_only_and_same_site(town: Town) -> None:
    number, key = town.device()
    login = town.login()
    client = town.browser()
    form = hidden(client.get("/console/sign-in").get_data(as_text=True))
    entered = client.post("/console/sign-in", data={**form, "login": login, "password": PASSWORD})
    assert entered.status_code == 303
    screen = client.post(f"/device/{number}/key", data={"key": key})
    cookies = [*entered.headers.getlist("Set-Cookie"), *screen.headers.getlist("Set-Cookie")]
    set_now = [one for one in cookies if "Expires=Thu, 01 Jan 1970" not in one]
    assert any(one.startswith(guard.SESSION_COOKIE) for one in set_now)
    for one in set_now:
        assert "HttpOnly" in one, one
        assert "SameSite=Lax" in one or "SameSite=Strict" in one, one


def test_cookies_travel_by_https_only_where_the_site_is_served_so(town: Town) -> None:
    from dataclasses import replace

    settings = town.deployment.settings
    deployment: Any = replace(town.deployment, settings=replace(settings, base_url="https://x.cn"))
    from haochaping.web.app import create_app

    client = create_app(deployment).test_client()
    form = hidden(client.get("/console/sign-in", base_url="https://x.cn").get_data(as_text=True))
    sent = {**form, "login": town.login(), "password": PASSWORD}
    answer = client.post(
        "/console/sign-in", data=sent, base_url="https://x.cn", headers={"Referer": "https://x.cn/"}
    )
    assert answer.status_code == 303
    assert all("Secure" in one for one in answer.headers.getlist("Set-Cookie"))
    assert "Strict-Transport-Security" in answer.headers
