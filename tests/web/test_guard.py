"""Who is let in: sessions, rights, keys."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Blueprint

from haochaping.access import accounts, api_keys, grants, passwords, sessions
from haochaping.access.accounts import NewAccount
from haochaping.access.api_keys import NewApiKey
from haochaping.access.bearer import KeyRefused
from haochaping.access.grants import NewGrant
from haochaping.access.policies import SESSION, SIGNED_IN, Policy, api_key, staff
from haochaping.access.roles import Role
from haochaping.access.sessions import Stage
from haochaping.web import csrf, guard
from tests.web.conftest import REGION, Site, text

JSON = {"Accept": "application/json"}
ROOMS = {
    "own": SESSION,
    "inside": SIGNED_IN,
    "cases": staff("case.read"),
    "push": api_key("cases.push"),
}


@pytest.fixture
def site(site: Site) -> Site:
    """The site with one page for every kind of policy, each saying who came in."""
    room = Blueprint("try", __name__)
    machine = Blueprint("machine", __name__)
    for name, policy in ROOMS.items():
        blueprint = machine if name == "push" else room
        _add(site, blueprint, name, policy)
    site.app._got_first_request = False
    site.app.register_blueprint(room)
    site.app.register_blueprint(machine)
    csrf.exempt(site.app, machine)
    return site


def _add(site: Site, blueprint: Blueprint, name: str, policy: Policy) -> None:
    def view() -> str:
        if name == "push":
            return guard.current_api_key().name
        return guard.principal().name if name != "own" else str(guard.current_session().stage)

    guard.policies(site.app)[f"{blueprint.name}.{name}"] = policy
    blueprint.add_url_rule(f"/try/{name}", name, view, methods=["GET", "POST"])


def sign_in(site: Site, role: Role | None = None, stage: Stage = Stage.FULL) -> dict[str, str]:
    """The cookie of a new account's session."""
    deployment, now = site.deployment, site.clock.now()
    new = NewAccount("wang", "王芳", passwords.hashed("a long password 1"))
    with deployment.store.write() as conn:
        account_id = accounts.create(conn, deployment.journal.emit, new, now)
        if role is not None:
            grants.give(conn, deployment.journal.emit, NewGrant(account_id, role), now)
        opened = sessions.open_session(conn, deployment.keyring, account_id, stage, now)
    return {"Cookie": f"{guard.SESSION_COOKIE}={opened.token}"}


@pytest.mark.parametrize("room", ["own", "inside", "cases"])
def test_a_stranger_is_led_to_the_sign_in_page(site: Site, room: str) -> None:
    answer = site.app.test_client(use_cookies=False).get(f"/try/{room}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/console/sign-in?next=%2Ftry%2F{room}"


def test_a_program_without_a_session_gets_a_document(site: Site) -> None:
    answer = site.app.test_client(use_cookies=False).get("/try/inside", headers=JSON)
    assert (answer.status_code, answer.json["code"]) == (401, "HCP-SIGN-IN-NEEDED")


def test_who_is_signed_in_is_let_in(site: Site) -> None:
    assert (
        text(site.app.test_client(use_cookies=False).get("/try/inside", headers=sign_in(site)))
        == "王芳"
    )


def test_a_session_that_lacks_a_step_reaches_its_own_steps_only(site: Site) -> None:
    cookie = sign_in(site, stage=Stage.SECOND_FACTOR)
    assert (
        text(site.app.test_client(use_cookies=False).get("/try/own", headers=cookie))
        == "second_factor"
    )
    assert (
        site.app.test_client(use_cookies=False).get("/try/inside", headers=cookie).status_code
        == 303
    )


def test_a_right_that_is_not_held_keeps_one_out(site: Site) -> None:
    cookie = sign_in(site, Role.PAPER_CLERK)
    answer = site.app.test_client(use_cookies=False).get("/try/cases", headers={**cookie, **JSON})
    assert (answer.status_code, answer.json["code"]) == (403, "HCP-FORBIDDEN")


def test_a_right_that_is_held_lets_one_in(site: Site) -> None:
    cookie = sign_in(site, Role.SUPERVISOR)
    assert text(site.app.test_client(use_cookies=False).get("/try/cases", headers=cookie)) == "王芳"


def test_a_session_ends_when_nothing_is_done_for_a_while(site: Site) -> None:
    cookie = sign_in(site)
    site.clock.advance(timedelta(minutes=20))
    assert (
        site.app.test_client(use_cookies=False).get("/try/inside", headers=cookie).status_code
        == 200
    )
    site.clock.advance(timedelta(minutes=29))
    assert (
        site.app.test_client(use_cookies=False).get("/try/inside", headers=cookie).status_code
        == 200
    )
    site.clock.advance(timedelta(minutes=31))
    assert (
        site.app.test_client(use_cookies=False).get("/try/inside", headers=cookie).status_code
        == 303
    )


def test_a_post_of_somebody_signed_in_needs_the_sessions_token(site: Site) -> None:
    cookie = sign_in(site)
    answer = site.app.test_client(use_cookies=False).post("/try/inside", headers={**cookie, **JSON})
    assert (answer.status_code, answer.json["code"]) == (400, "HCP-FORM")


def test_a_business_system_comes_in_with_its_key_and_scope(site: Site) -> None:
    deployment = site.deployment
    keys = {}
    with deployment.store.write() as conn:
        for scope in ("cases.push", "figures.read"):
            new = NewApiKey(scope, frozenset({scope}), REGION)
            emit = deployment.journal.emit
            keys[scope] = api_keys.add(conn, deployment.keyring, emit, new, site.clock.now())[1]
    codes = {
        scope: site.client()
        .post("/try/push", headers={"Authorization": f"Bearer {key}", **JSON})
        .status_code
        for scope, key in keys.items()
    }
    assert codes == {"cases.push": 200, "figures.read": 403}
    assert (
        site.app.test_client(use_cookies=False).post("/try/push", headers=JSON).status_code == 401
    )


def test_a_view_that_asks_for_somebody_who_is_not_there_is_told(site: Site) -> None:
    with site.app.test_request_context("/"):
        for ask in (guard.principal, guard.current_session):
            with pytest.raises(guard.SignInNeeded):
                ask()
        for ask in (guard.current_device, guard.current_api_key):
            with pytest.raises(KeyRefused):
                ask()


def test_the_sessions_cookie_is_out_of_reach_of_scripts(site: Site) -> None:
    with site.app.test_request_context("/"):
        response = site.app.make_response("")
        guard.keep_session(response, "token")
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert "SameSite=Lax" in response.headers["Set-Cookie"]
