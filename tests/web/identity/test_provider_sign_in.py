"""Signing in to the console through a plugin's identity provider, end to end."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from haochaping.access import accounts, identities, totp
from haochaping.access.identities import Bind, Subject
from haochaping.access.roles import Role
from haochaping.journal.tables import journal
from tests.web.console.conftest import PASSWORD, Browser, Office, fields_of, text_of
from tests.web.identity.conftest import OTHER_KEY, Provider

FORM, WITH, BACK = "/console/sign-in", "/console/sign-in/with/oidc", "/console/sign-in/back/oidc"
OWN = "/console/account"


@pytest.fixture
def visitor(office: Office) -> Browser:
    return Browser(office.site.client())


def come_back(browser: Browser, provider: Provider, start: str = WITH) -> TestResponse:
    left = browser.get(start)
    assert left.status_code == 303, text_of(left)
    return browser.get(BACK + provider.authorize(left.headers["Location"]))


def bound(office: Office, account_id: int, subject: str = "u-20571", by: int = 0) -> int:
    deployment = office.deployment
    wanted = Bind(account_id, Subject("oidc", subject), by or account_id)
    with deployment.store.write() as conn:
        return identities.bind(
            conn, deployment.keyring, deployment.journal.emit, wanted, office.site.clock.now()
        )


def events(office: Office, kind: str) -> list[tuple[str, dict[str, object]]]:
    with office.deployment.store.read() as conn:
        rows = conn.execute(select(journal).where(journal.c.kind == kind))
        return [(row.subject, json.loads(row.payload)) for row in rows]


def with_factor(office: Office, account_id: int) -> None:
    deployment, at = office.deployment, office.site.clock.now()
    with deployment.store.write() as conn:
        secret = totp.begin(conn, deployment.keyring, account_id)
        code = totp.code_at(secret, totp.step_of(at))
        totp.confirm(conn, deployment.keyring, account_id, code, at)


def test_the_sign_in_page_offers_the_providers_button(visitor: Browser) -> None:
    page = visitor.page(f"{FORM}?next=/console/inbox")
    assert f'href="{WITH}?next=%2Fconsole%2Finbox"' in page
    assert "统一身份认证登录" in page


def test_a_bound_person_comes_in_where_they_wanted_to_go(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    account_id = office.account((Role.SUPERVISOR, {}))
    bound(office, account_id)
    answer = come_back(visitor, provider, f"{WITH}?next=/console/figures")
    assert answer.headers["Location"] == "/console/figures"
    assert visitor.get("/console/figures").status_code == 200
    assert events(office, "account.signed_in") == [(f"account:{account_id}", {"via": "oidc"})]


def test_the_browser_leaves_with_state_nonce_and_a_pkce_challenge(visitor: Browser) -> None:
    first, second = (visitor.get(WITH).headers["Location"] for _ in range(2))
    sent = [parse_qs(urlsplit(one).query) for one in (first, second)]
    for name in ("state", "nonce", "code_challenge"):
        assert len(sent[0][name][0]) >= 43
        assert sent[0][name] != sent[1][name]
    assert sent[0]["code_challenge_method"] == ["S256"]
    assert sent[0]["redirect_uri"] == [f"http://localhost{BACK}"]


def test_a_second_factor_seen_by_the_provider_is_not_asked_for_again(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    account_id = office.account((Role.SUPERVISOR, {}))
    bound(office, account_id)
    with_factor(office, account_id)
    assert come_back(visitor, provider).headers["Location"] == "/console"


def test_without_it_the_console_asks_for_its_own(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    account_id = office.account((Role.SUPERVISOR, {}))
    bound(office, account_id)
    with_factor(office, account_id)
    provider.methods = ("pwd",)
    assert come_back(visitor, provider).headers["Location"] == f"{FORM}/step"
    assert visitor.get("/console").status_code == 303


def test_a_binding_made_by_another_replaces_no_second_factor(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    account_id = office.account((Role.SUPERVISOR, {}))
    bound(office, account_id, by=office.account((Role.ADMINISTRATOR, {})))
    with_factor(office, account_id)
    assert come_back(visitor, provider).headers["Location"] == f"{FORM}/step"


def test_an_initial_password_is_not_asked_for(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    bound(office, office.account((Role.HANDLER, {}), must_change=True))
    assert come_back(visitor, provider).headers["Location"] == "/console"


def test_somebody_who_is_bound_to_no_account_is_told_what_to_do_and_noted(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    answer = come_back(visitor, provider)
    assert answer.status_code == 403
    assert "没有绑定可用的账号" in text_of(answer)
    assert events(office, "account.identity_refused") == [("account:none", {"provider": "oidc"})]


def test_a_closed_account_stays_closed(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    account_id = office.account((Role.HANDLER, {}))
    bound(office, account_id)
    with office.deployment.store.write() as conn:
        now, emit = office.site.clock.now(), office.deployment.journal.emit
        accounts.disable(conn, emit, account_id, now)
    assert come_back(visitor, provider).status_code == 403
    assert visitor.get("/console").status_code == 303


def test_what_comes_back_is_used_once(office: Office, visitor: Browser, provider: Provider) -> None:
    bound(office, office.account((Role.HANDLER, {})))
    query = provider.authorize(visitor.get(WITH).headers["Location"])
    assert visitor.get(BACK + query).status_code == 303
    again = Browser(visitor.client).get(BACK + query)
    assert again.status_code == 400


def test_another_browser_cannot_use_it(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    bound(office, office.account((Role.HANDLER, {})))
    query = provider.authorize(visitor.get(WITH).headers["Location"])
    other = Browser(office.site.client())
    other.get(WITH)
    answer = other.get(BACK + query)
    assert answer.status_code == 400
    assert "不是从这个浏览器发起的" in text_of(answer)


def test_an_attempt_ends_after_ten_minutes(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    bound(office, office.account((Role.HANDLER, {})))
    query = provider.authorize(visitor.get(WITH).headers["Location"])
    office.site.clock.advance(timedelta(minutes=11))
    assert visitor.get(BACK + query).status_code == 400


@pytest.mark.parametrize(
    "spoilt",
    [
        {"nonce": "another"},
        {"aud": "somebody else"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"sub": 7},
    ],
    ids=str,
)
def test_a_proof_that_says_something_else_is_not_trusted(
    office: Office, visitor: Browser, provider: Provider, spoilt: dict[str, object]
) -> None:
    bound(office, office.account((Role.HANDLER, {})))
    provider.spoilt = spoilt
    answer = come_back(visitor, provider)
    assert answer.status_code == 401
    assert "身份凭证不可信" in text_of(answer)


def test_a_proof_signed_by_another_key_is_not_trusted(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    bound(office, office.account((Role.HANDLER, {})))
    provider.key = OTHER_KEY
    assert come_back(visitor, provider).status_code == 401


def test_somebody_who_cancels_is_back_at_the_form(visitor: Browser, provider: Provider) -> None:
    query = provider.authorize(visitor.get(WITH).headers["Location"])
    state = parse_qs(query[1:])["state"][0]
    answer = visitor.get(f"{BACK}?error=access_denied&state={state}")
    assert answer.status_code == 401
    assert "您取消了登录" in text_of(answer)
    assert "登录名" in text_of(answer)


def test_a_provider_that_is_down_is_said_in_words(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    provider.down = True
    answer = visitor.get(WITH)
    assert answer.status_code == 503
    assert "暂时无法使用" in text_of(answer)
    office.account((Role.HANDLER, {}), login="wang")
    answer = visitor.send(FORM, FORM, login="wang", password=PASSWORD)
    assert answer.headers["Location"] == "/console"


def test_an_unknown_provider_is_not_there(visitor: Browser) -> None:
    assert visitor.get("/console/sign-in/with/nobody").status_code == 404


def test_people_bind_their_own_identity_after_confirming(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    account_id = office.account((Role.HANDLER, {}))
    mine = office.browser(account_id)
    asked = come_back(mine, provider, f"{OWN}/identities/oidc")
    assert asked.status_code == 200
    assert "王小明" in text_of(asked)
    assert mine.send(f"{OWN}/identities/oidc").headers["Location"] == OWN
    assert "u-***71" in mine.page(OWN)
    assert events(office, "account.identity_bound") == [
        (f"account:{account_id}", {"provider": "oidc", "by": account_id})
    ]
    assert come_back(visitor, provider).headers["Location"] == "/console"


def test_nothing_is_bound_without_the_confirming_form(office: Office, provider: Provider) -> None:
    mine = office.browser(office.account((Role.HANDLER, {})))
    come_back(mine, provider, f"{OWN}/identities/oidc")
    assert mine.client.post(f"{OWN}/identities/oidc", data={"mark": "x"}).status_code == 400
    assert "还没有绑定身份" in mine.page(OWN)


def test_an_identity_stands_for_one_account_only(office: Office, provider: Provider) -> None:
    bound(office, office.account((Role.HANDLER, {})))
    mine = office.browser(office.account((Role.HANDLER, {})))
    come_back(mine, provider, f"{OWN}/identities/oidc")
    answer = mine.send(f"{OWN}/identities/oidc")
    assert answer.status_code == 409
    assert "已绑定账号" in text_of(answer)


def test_people_undo_their_own_binding_and_nobody_elses(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    account_id = office.account((Role.HANDLER, {}))
    binding = bound(office, account_id)
    action = f"{OWN}/identities/{binding}/remove"
    mine, other = office.browser(account_id), office.someone(Role.HANDLER)
    token = {"csrf_token": fields_of(other.page(OWN), "/console/sign-out")["csrf_token"]}
    assert other.client.post(action, data=token).status_code == 404
    assert mine.send(action, OWN).status_code == 303
    assert come_back(visitor, provider).status_code == 403


def test_an_administrator_binds_and_undoes(
    office: Office, visitor: Browser, provider: Provider
) -> None:
    admin = office.someone(Role.ADMINISTRATOR)
    account_id = office.account((Role.HANDLER, {}))
    page = f"/console/accounts/{account_id}"
    answer = admin.send(f"{page}/identities/bind", page, provider="oidc", subject="u-20571")
    assert answer.headers["Location"] == f"{page}?done=bind"
    assert come_back(visitor, provider).headers["Location"] == "/console"
    answer = admin.send(f"{page}/identities/unbind", page)
    assert answer.headers["Location"] == f"{page}?done=unbind"
    assert [kind for kind, _ in events(office, "account.identity_unbound")]


def test_an_administrator_binds_nothing_to_who_checks_the_administrator(office: Office) -> None:
    admin = office.someone(Role.ADMINISTRATOR)
    page = f"/console/accounts/{office.account((Role.SECURITY_OFFICER, {}))}"
    answer = admin.send(f"{page}/identities/bind", page, provider="oidc", subject="u-1")
    assert answer.status_code == 409


def test_the_subject_is_nowhere_in_the_database(office: Office, provider: Provider) -> None:
    bound(office, office.account((Role.HANDLER, {})), "330106199001011234")
    with office.deployment.store.read() as conn:
        (row,) = conn.execute(select(identities.bound))
    assert "330106199001011234" not in str(row)
    assert row.hint == "33***34"
