"""Security headers of every answer."""

from __future__ import annotations

import pytest
from flask import session

from haochaping.web import headers
from tests.web.conftest import Site

ADDRESSES = ["/mine", "/privacy", "/r", "/nothing", "/healthz", "/static/base.css"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_is_protected(site: Site, address: str) -> None:
    with site.client().get(address) as answer:
        found = answer.headers
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["X-Frame-Options"] == "DENY"
    assert found["Referrer-Policy"] == "same-origin"
    policy = found["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_browsers_are_told_to_stay_with_https_only_over_https(site: Site) -> None:
    plain = site.client().get("/mine").headers
    safe = site.client().get("/mine", base_url="https://localhost").headers
    assert "Strict-Transport-Security" not in plain
    assert safe["Strict-Transport-Security"].startswith("max-age=")


def test_only_a_page_that_says_so_may_be_kept_by_caches(site: Site) -> None:
    with site.app.test_request_context("/"):
        assert headers._cache_control(site.app.make_response("")) == "no-store"
        headers.cacheable(30)
        assert headers._cache_control(site.app.make_response("")) == "public, max-age=30"


def test_an_answer_that_sets_a_cookie_is_never_kept(site: Site) -> None:
    with site.app.test_request_context("/"):
        headers.cacheable(30)
        response = site.app.make_response("")
        response.set_cookie("lang", "en")
        assert headers._cache_control(response) == "no-store"


@pytest.mark.parametrize("address", ["/mine?lang=en", "/?lang=en", "/boards?mode=elder"])
def test_a_page_that_keeps_a_choice_is_kept_by_nobody(site: Site, address: str) -> None:
    answer = site.client().get(address)
    assert "Set-Cookie" in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_cookie_outweighs_what_the_view_allowed(site: Site) -> None:
    with site.app.test_request_context("/"):
        response = site.app.make_response("")
        response.headers["Cache-Control"] = "public, max-age=60"
        response.set_cookie("lang", "en")
        assert headers.protect(response).headers["Cache-Control"] == "no-store"


def test_a_session_that_will_be_saved_outweighs_it_too(site: Site) -> None:
    with site.app.test_request_context("/"):
        session["csrf_token"] = "new"
        headers.cacheable(30)
        assert headers.protect(site.app.make_response("")).cache_control.no_store


@pytest.mark.parametrize("address", ["/", "/boards", "/api/v1/boards/organizations"])
def test_not_modified_says_what_the_page_itself_said(site: Site, address: str) -> None:
    full = site.client().get(address)
    renewed = site.client().get(address, headers={"If-None-Match": full.headers["ETag"]})
    assert (full.status_code, renewed.status_code) == (200, 304)
    assert renewed.headers["Cache-Control"] == full.headers["Cache-Control"]
    assert full.cache_control.public


def test_answers_vary_by_language_and_display(site: Site) -> None:
    vary = site.client().get("/mine").headers["Vary"]
    assert "Accept-Language" in vary
    assert "Cookie" in vary
