"""Every route has a policy, and none is open by accident."""

from __future__ import annotations

import pytest
from flask import Blueprint

from haochaping.access.policies import POLICIES, Kind
from haochaping.web import guard
from haochaping.web.routes import route
from tests.web.conftest import Site, text

OPEN_POSTS = {
    "citizen.short",
    "citizen.submit",
    "citizen.act",
    "citizen.found",
    "citizen.found_at_window",
    "citizen.give_opinion",
    "citizen.submit_again",
    "citizen.visit_answer",
    "device.log_in",
}
"""Posts that anybody may send; each carries its own authority or is limited."""


def test_every_route_has_a_policy(site: Site) -> None:
    known = guard.policies(site.app)
    missing = {rule.endpoint for rule in site.app.url_map.iter_rules()} - set(known)
    assert missing == set()


def test_no_route_is_denied_by_its_own_row(site: Site) -> None:
    known = guard.policies(site.app)
    endpoints = {rule.endpoint for rule in site.app.url_map.iter_rules()}
    assert not [name for name in endpoints if known[name].kind is Kind.DENIED]


def test_open_posts_are_known_by_name(site: Site) -> None:
    known = guard.policies(site.app)
    found = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and known[rule.endpoint].kind in (Kind.PUBLIC, Kind.RATER_LINK)
        and rule.endpoint.partition(".")[0] in ("citizen", "device")
    }
    assert found == OPEN_POSTS


def test_a_view_without_a_policy_cannot_be_registered() -> None:
    with pytest.raises(LookupError, match=r"'nowhere\.view'.*POLICIES"):

        @route(Blueprint("nowhere", __name__), "/nowhere")
        def view() -> str:
            return ""


def test_a_view_registered_past_the_helper_is_denied(site: Site) -> None:
    site.app._got_first_request = False
    site.app.add_url_rule("/open-door", "open_door", lambda: "in")
    assert site.client().get("/open-door").status_code == 404


def test_a_plugins_page_without_a_right_is_refused(site: Site) -> None:
    assert site.client().get("/console/x/none/page").status_code == 404


def test_every_row_of_the_raters_and_devices_rooms_has_its_route(site: Site) -> None:
    endpoints = {rule.endpoint for rule in site.app.url_map.iter_rules()}
    rows = {name for name in POLICIES if name.partition(".")[0] in ("citizen", "device")}
    assert rows - endpoints == set()


def test_the_process_says_that_it_lives_and_can_work(site: Site) -> None:
    assert site.client().get("/healthz").json == {"status": "ok"}
    assert site.client().get("/readyz").json == {"status": "ok"}
    assert "no-store" in site.client().get("/readyz").headers["Cache-Control"]


def test_an_unknown_address_is_told_in_words(site: Site) -> None:
    answer = site.client().get("/no/such/page")
    assert answer.status_code == 404
    assert "没有找到这个页面" in text(answer)
