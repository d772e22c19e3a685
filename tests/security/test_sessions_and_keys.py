"""Forms need their tokens; sessions and keys end when they are ended."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from haochaping.access import api_keys, known_keys
from haochaping.access.roles import Role
from haochaping.web import guard
from tests.security.town import OWN, PASSWORD, Town, hidden


def test_every_post_of_the_console_without_its_token_is_refused(
    town: Town, everybody: dict[str, FlaskClient]
) -> None:
    rules = [
        rule
        for rule in town.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.rule.startswith("/console")
    ]
    assert rules
    taken = []
    for rule in rules:
        path = re.sub(r"<int:\w+>", "1", re.sub(r"<(?:\w+:)?(?!int)\w+>", "x", rule.rule))
        path = re.sub(r"<[^>]+>", "1", path)
        for name, client in everybody.items():
            got = client.post(path, data={"note": "x"}).status_code
            if got not in (400, 401, 403, 404, 429):
                taken.append((path, name, got))
    assert taken == []


def test_a_token_of_another_session_is_refused(town: Town) -> None:
    one, other = (town.someone(Role.HANDLER, organization_id=OWN.unit) for _ in range(2))
    form = hidden(one.get("/console/account").get_data(as_text=True))
    assert form["csrf_token"]
    other.get("/console/account")
    assert other.post("/console/account/sessions/end-others", data=form).status_code == 400


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://elsewhere.cn"}, {"Origin": "http://localhost.elsewhere.cn"},
])  # fmt: skip
def test_a_rating_sent_from_another_site_is_refused(town: Town, headers: dict[str, str]) -> None:
    code, _ = town.link(town.serve())
    answer = town.browser().post(f"/r/{code}", data={"grade": "5"}, headers=headers)
    assert answer.status_code == 400


def test_the_token_is_new_after_signing_in_and_the_old_one_is_worth_nothing(town: Town) -> None:
    client = town.browser("planted-by-somebody-else")
    form = hidden(client.get("/console/sign-in").get_data(as_text=True))
    login = town.login()
    client.post("/console/sign-in", data={**form, "login": login, "password": PASSWORD})
    cookie = client.get_cookie(guard.SESSION_COOKIE)
    assert cookie is not None
    assert cookie.value != "planted-by-somebody-else"
    planted = town.browser("planted-by-somebody-else")
    assert planted.get("/console/account").status_code == 303
    assert town.browser(cookie.value).get("/console/account").status_code == 200


def test_a_new_password_ends_every_other_session_and_its_own_token(town: Town) -> None:
    account = town.account(Role.HANDLER, organization_id=OWN.unit)
    here, elsewhere = town.token(account), town.token(account)
    client = town.browser(here)
    form = hidden(client.get("/console/account/password").get_data(as_text=True))
    new = "Battery-Staple-9"
    sent = {**form, "old": PASSWORD, "new": new, "again": new}
    assert client.post("/console/account/password", data=sent).status_code == 303
    assert client.get("/console/account").status_code == 200
    for token in (here, elsewhere):
        assert town.browser(token).get("/console/account").status_code == 303


def test_a_session_that_was_signed_out_is_refused(town: Town) -> None:
    token = town.token(town.account(Role.HANDLER, organization_id=OWN.unit))
    client = town.browser(token)
    form = hidden(client.get("/console/account").get_data(as_text=True))
    assert client.post("/console/sign-out", data=form).status_code == 303
    assert town.browser(token).get("/console/account").status_code == 303


def test_a_closed_account_is_shut_out_at_once(town: Town) -> None:
    from haochaping.access.tables import account

    number = town.account(Role.HANDLER, organization_id=OWN.unit)
    client = town.browser(town.token(number))
    assert client.get("/console/account").status_code == 200
    with town.deployment.store.write() as conn:
        conn.execute(update(account).where(account.c.id == number).values(active=False))
    assert client.get("/console/account").status_code == 303


def test_a_session_idles_out(town: Town) -> None:
    client = town.someone(Role.HANDLER, organization_id=OWN.unit)
    started = town.clock.now()
    town.clock.advance(timedelta(minutes=29))
    assert client.get("/console/account").status_code == 200
    town.clock.advance(timedelta(minutes=31))
    assert client.get("/console/account").status_code == 303
    town.clock.set(started)


def test_a_key_that_another_process_revoked_opens_nothing_a_second_later(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, key = town.api_key()
    receipt = town.rate(town.serve(), 5).code
    sent = {"Authorization": f"Bearer {key}"}
    path = f"/api/v1/evaluations/{receipt}"
    assert town.browser().get(path, headers=sent).status_code == 200
    with town.deployment.store.write() as conn:
        api_keys.revoke(conn, town.deployment.journal.emit, number, town.clock.now())
    later = known_keys.stopwatch() + known_keys.FRESH_SECONDS * 1.01
    monkeypatch.setattr(known_keys, "stopwatch", lambda: later)
    assert town.browser().get(path, headers=sent).status_code == 401


def test_a_key_in_an_address_opens_nothing(town: Town) -> None:
    _, key = town.api_key()
    receipt = town.rate(town.serve(), 5).code
    assert town.browser().get(f"/api/v1/evaluations/{receipt}?key={key}").status_code == 401
