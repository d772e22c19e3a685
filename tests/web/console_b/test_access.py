"""Every role at every page of these rooms: let in where the table says so, refused elsewhere."""

from __future__ import annotations

import pytest

from haochaping.access.policies import POLICIES, Kind
from haochaping.access.roles import MACHINES, ROLE_PERMISSIONS
from tests.web.conftest import REGION
from tests.web.console_b.conftest import STAFF, Desk, Role, fields_of

ROOMS = (
    "hotline",
    "paper",
    "window",
    "publishing",
    "typical",
    "held",
    "staff_boards",
    "analysis",
    "catalogue",
    "imports",
    "calendars",
    "profile",
    "accounts",
    "devices",
    "keys",
    "audit",
    "system",
    "messages",
    "exchange",
    "appraisal",
)
VALUES = {
    "service": "330106-202611-1",
    "rating": "330106-202611-1",
    "short": "0000000000",
    "kind": "items",
    "name": "regions",
    "action": "other",
    "account_id": 1,
    "review_id": 1,
    "reply_id": 1,
    "device_id": 1,
    "key_id": 1,
    "number": 1,
    "change_id": 1,
    "message_id": 1,
    "item_id": 1,
    "ticket_id": 1,
    "call_id": "call-1",
    "period": "2026-10",
    "provider": "none",
    **dict.fromkeys(
        ("batch_id", "campaign_id", "entry_id", "flag_id", "photo_id", "report_id", "scan_id"), 1
    ),
    **dict.fromkeys(("binding_id", "session_id"), 1),
}
ROLES = [role for role in Role if role not in MACHINES]


def addresses(desk: Desk) -> list[tuple[str, str, str]]:
    """Endpoint, method and address of every view of these rooms."""
    found = []
    adapter = desk.site.app.url_map.bind("localhost")
    for rule in desk.site.app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in ROOMS:
            values = {name: VALUES[name] for name in rule.arguments}
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                found.append((rule.endpoint, method, adapter.build(rule.endpoint, values, method)))
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_role_enters_exactly_what_its_permissions_open(desk: Desk, role: Role) -> None:
    place = {"staff_id": STAFF} if role is Role.STAFF_MEMBER else {}
    browser = desk.person(role, **place)
    token = fields_of(browser.page("/console/account"), "/console/sign-out")
    for endpoint, method, address in addresses(desk):
        policy = POLICIES[endpoint]
        send = browser.client.get if method == "GET" else browser.client.post
        answer = send(address) if method == "GET" else send(address, data=token)
        assert policy.kind is Kind.STAFF
        refused = bool(policy.needs) and policy.needs not in ROLE_PERMISSIONS[role]
        assert (answer.status_code == 403) == refused, (endpoint, method, answer.status_code)
        assert answer.status_code < 500, (endpoint, method)


def test_nobody_enters_without_signing_in(desk: Desk) -> None:
    for endpoint, method, address in addresses(desk):
        if method == "GET":
            answer = desk.site.client().get(address)
            assert (answer.status_code, "/console/sign-in" in answer.headers["Location"]) == (
                303,
                True,
            ), endpoint


def test_a_post_without_its_token_changes_nothing(desk: Desk) -> None:
    browser = desk.person(Role.ADMINISTRATOR)
    for endpoint, method, address in addresses(desk):
        if method == "POST":
            assert browser.client.post(address).status_code in (400, 403), endpoint


def test_imports_are_closed_to_who_may_import_nothing(desk: Desk) -> None:
    browser = desk.person(Role.PUBLISHER)
    for address in ("items", "items/template.xlsx", "accounts"):
        assert browser.get(f"/console/import/{address}").status_code == 404


def test_the_navigation_leads_only_where_one_may_go(desk: Desk) -> None:
    bounded = [(role, {"region": REGION}) for role in ROLES if role is not Role.STAFF_MEMBER]
    everywhere = [(role, {}) for role in ROLES if role is not Role.STAFF_MEMBER]
    for role, place in (*everywhere, *bounded, (Role.STAFF_MEMBER, {"staff_id": STAFF})):
        browser = desk.person(role, **place)
        page = browser.page("/console/account").partition('class="menu"')[2].partition("</nav>")[0]
        for part in page.split('href="')[1:]:
            assert browser.get(part.partition('"')[0]).status_code in (200, 303)
