"""Every route × every role × {nobody, own subtree, another unit, another county}.

What is expected is derived from the policy table for the route, and from `OBJECTS` for the
object that its address names. A route whose address has a variable part needs a row there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Response
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from haochaping.access.policies import Kind, Policy
from haochaping.access.roles import MACHINES, ROLE_PERMISSIONS, Role
from haochaping.access.sessions import Stage
from haochaping.web import guard
from tests.security.objects import NOT_IN_A_SUBTREE, OBJECTS
from tests.security.town import ABROAD, NEIGHBOUR, OWN, Town

ROLES = tuple(role for role in Role if role not in MACHINES)
WHERE = {"county": {"region": OWN.region}, "unit": {"organization_id": OWN.unit}}
LET_IN = 299
"""What the stand-in views of the first half answer."""


@dataclass(frozen=True)
class Visitor:
    """Somebody at the door."""

    name: str
    role: Role | None
    client: FlaskClient
    full: bool = True


def _rules(town: Town) -> list[Rule]:
    return sorted(town.app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def _filler(rule: Rule) -> dict[str, Any]:
    """Return parts that fit the address and name nothing."""
    return {
        name: 1 if isinstance(converter, IntegerConverter) else "x"
        for name, converter in rule._converters.items()
    }


def _address(rule: Rule, parts: dict[str, Any]) -> str:
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: str(parts[found[1]]), rule.rule)


@pytest.fixture(scope="module")
def visitors(town: Town) -> list[Visitor]:
    """Nobody, somebody between two steps of signing in, and every role in every place."""
    halfway = town.token(town.account(Role.SUPERVISOR, region=OWN.region), Stage.SECOND_FACTOR)
    found = [
        Visitor("nobody", None, town.browser()),
        Visitor("a forged session", None, town.browser("x" * 43)),
        Visitor("halfway signed in", None, town.browser(halfway), full=False),
        Visitor("an account without roles", None, town.someone(Role.HANDLER)),
    ]
    for role in ROLES:
        for place in (OWN, ABROAD):
            client = town.someone(role, region=place.region, organization_id=place.unit)
            found.append(Visitor(f"{role} of {place.region}", role, client))
    return found


@pytest.fixture
def doors(town: Town) -> Iterator[Town]:
    """The application with every view replaced by one that only says that it was reached."""
    views, csrf = dict(town.app.view_functions), town.app.config.get("WTF_CSRF_ENABLED", True)
    town.app.view_functions.update(dict.fromkeys(views, lambda **_: Response(status=LET_IN)))
    town.app.config["WTF_CSRF_ENABLED"] = False
    yield town
    town.app.view_functions.update(views)
    town.app.config["WTF_CSRF_ENABLED"] = csrf


@pytest.fixture
def without_tokens(town: Town) -> Iterator[Town]:
    """The application without form tokens, so that posts reach the objects."""
    town.app.config["WTF_CSRF_ENABLED"] = False
    yield town
    town.app.config["WTF_CSRF_ENABLED"] = True


def _expected(policy: Policy, visitor: Visitor, method: str) -> set[int]:
    """Return the statuses that the policy table allows this visitor."""
    nobody = visitor.name in ("nobody", "a forged session")
    if policy.kind in (Kind.PUBLIC, Kind.RATER_LINK):
        return {LET_IN}
    if policy.kind in (Kind.DEVICE, Kind.API_KEY):
        return {401}  # a session of a person is no key
    if nobody or (policy.kind is Kind.STAFF and not visitor.full):
        return {303} if method == "GET" else {401}
    if policy.kind is Kind.SESSION or not policy.needs:
        return {LET_IN}
    held = ROLE_PERMISSIONS[visitor.role] if visitor.role else frozenset()
    return {LET_IN} if policy.needs in held else {403}


def test_every_route_lets_in_whom_the_policy_table_names_and_nobody_else(
    doors: Town, visitors: list[Visitor]
) -> None:
    known, wrong = guard.policies(doors.app), []
    for rule in _rules(doors):
        address = _address(rule, _filler(rule))
        for method in _methods(rule):
            for visitor in visitors:
                got = visitor.client.open(address, method=method).status_code
                wanted = _expected(known[rule.endpoint], visitor, method)
                if got not in wanted:
                    wrong.append(f"{visitor.name}: {method} {address} → {got}, not {wanted}")
    assert wrong == []


def test_a_row_of_the_policy_table_stands_for_every_route(town: Town) -> None:
    known = guard.policies(town.app)
    missing = [rule.endpoint for rule in _rules(town) if rule.endpoint not in known]
    assert missing == [], f"add these endpoints to access/policies.py: {missing}"


def test_every_route_that_names_an_object_has_a_row_in_the_table_of_objects(town: Town) -> None:
    named = {rule.endpoint for rule in _rules(town) if rule.arguments}
    missing = sorted(named - OBJECTS.keys() - NOT_IN_A_SUBTREE.keys())
    assert missing == [], (
        f"the addresses of {', '.join(missing)} name an object: add each to OBJECTS in"
        " tests/security/test_matrix.py (how to make one, which permission shows it), or to"
        " NOT_IN_A_SUBTREE with the reason why no subtree bounds it"
    )


def test_the_table_of_objects_has_no_row_for_a_route_that_is_gone(town: Town) -> None:
    named = {rule.endpoint for rule in _rules(town) if rule.arguments}
    assert sorted(OBJECTS.keys() - named) == []


def _ask(client: FlaskClient, rule: Rule, parts: dict[str, Any]) -> TestResponse:
    method = "POST" if "POST" in _methods(rule) else "GET"
    form = dict(OBJECTS[rule.endpoint].form) if method == "POST" else None
    return client.open(_address(rule, parts), method=method, data=form)


def _looks(answer: TestResponse, *asked: dict[str, Any]) -> str:
    """Return an answer without the number of the request and without what was asked for.

    All that is compared must leave out the same: a page may have such a number of its own.
    """
    page = answer.get_data(as_text=True)
    for part in (part for parts in asked for part in parts.values()):
        page = re.sub(rf"(?<!\w){re.escape(str(part))}(?!\w)", "*", page)
    page = re.sub(r"\b[0-9A-HJKMNP-TV-Z]{12}\b", "#", page)
    location = answer.headers.get("Location", "")
    return f"{answer.status_code} {location} {re.sub(r'(value|data-token)=.[^ >]*', '', page)}"


def _rule(town: Town, endpoint: str) -> Rule:
    return next(rule for rule in _rules(town) if rule.endpoint == endpoint)


@pytest.mark.parametrize("bound", WHERE)
@pytest.mark.parametrize("endpoint", OBJECTS)
def test_an_object_of_another_subtree_looks_like_one_that_is_not_there(
    without_tokens: Town, endpoint: str, bound: str
) -> None:
    town, one = without_tokens, OBJECTS[endpoint]
    rule, foreign = _rule(town, endpoint), ABROAD if bound == "county" else NEIGHBOUR
    parts, wrong = one.make(town, foreign), []
    for role in ROLES:
        client = town.someone(role, **WHERE[bound])
        there = _ask(client, rule, parts)
        absent = _ask(client, rule, one.absent)
        if there.status_code not in one.refused:
            wrong.append(f"{role} reaches {endpoint} of another {bound}: {there.status_code}")
        if _looks(there, parts, one.absent) != _looks(absent, parts, one.absent):
            wrong.append(f"{role} can tell from {endpoint} that it exists in another {bound}")
    assert wrong == []


@pytest.mark.parametrize("endpoint", OBJECTS)
def test_an_object_of_ones_own_subtree_is_shown_to_whoever_has_the_permission(
    without_tokens: Town, endpoint: str
) -> None:
    town, one = without_tokens, OBJECTS[endpoint]
    rule, wrong = _rule(town, endpoint), []
    for role in ROLES:
        parts = one.make(town, OWN)
        got = _ask(town.someone(role, **WHERE["county"]), rule, parts).status_code
        seen = got not in one.refused
        if seen != bool(ROLE_PERMISSIONS[role].intersection(one.seen_with)):
            wrong.append(f"{role}: {endpoint} → {got}")
    assert wrong == []


def test_a_session_or_message_of_somebody_else_answers_like_one_that_is_not_there(
    without_tokens: Town,
) -> None:
    town = without_tokens
    other = town.account(Role.HANDLER, organization_id=OWN.unit)
    token = town.token(other)
    mine = town.someone(Role.HANDLER, organization_id=OWN.unit)
    number = _session_of(town, other)
    theirs = mine.post(f"/console/account/sessions/{number}/end")
    absent = mine.post("/console/account/sessions/17/end")
    assert (theirs.status_code, theirs.headers["Location"]) == (
        absent.status_code,
        absent.headers["Location"],
    )
    assert town.browser(token).get("/console/account").status_code == 200


def test_a_machines_key_reaches_its_own_county_only(town: Town) -> None:
    receipt = town.rate(town.serve(ABROAD), 5).code
    _, key = town.api_key(OWN)
    sent = {"Authorization": f"Bearer {key}"}
    theirs = town.browser().get(f"/api/v1/evaluations/{receipt}", headers=sent)
    absent = town.browser().get("/api/v1/evaluations/0123456789ABCDEFGHJK", headers=sent)
    assert theirs.status_code == absent.status_code == 404
    assert theirs.json is not None
    assert {**theirs.json, "request_id": ""} == {**(absent.json or {}), "request_id": ""}


def test_a_devices_key_opens_its_own_screen_only(town: Town) -> None:
    number, _ = town.device(OWN)
    _, foreign = town.device(NEIGHBOUR)
    sent = {"Authorization": f"Bearer {foreign}"}
    there = town.browser().get(f"/device/{number}/next", headers=sent)
    absent = town.browser().get("/device/17/next", headers=sent)
    assert there.status_code == absent.status_code == 401
    screen = town.browser().get(f"/device/{number}", headers=sent).get_data(as_text=True)
    assert "data-token" not in screen
    assert 'name="key"' in screen


def _session_of(town: Town, account_id: int) -> int:
    from datetime import timedelta

    from haochaping.access import sessions

    with town.deployment.store.read() as conn:
        found = sessions.of_account(conn, account_id, town.clock.now(), timedelta(hours=1))
    return found[0].id
