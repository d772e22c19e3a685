"""Signing in: the same answer for everybody, step by step, tokens that change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.web.console.conftest import PASSWORD, Browser, Office, text_of

from haochaping.access import totp
from haochaping.access.roles import Role
from haochaping.access.sessions import Stage
from haochaping.web import guard

FORM, STEP = "/console/sign-in", "/console/sign-in/step"


@pytest.fixture
def visitor(office: Office) -> Browser:
    return Browser(office.site.client())


def sign_in(visitor: Browser, login: str = "wang", password: str = PASSWORD, page: str = FORM):
    return visitor.send(FORM, page, login=login, password=password)


def token(browser: Browser) -> str:
    cookie = browser.client.get_cookie(guard.SESSION_COOKIE)
    return "" if cookie is None else cookie.value


def test_whoever_is_not_signed_in_is_led_to_the_form_and_back(
    office: Office, visitor: Browser
) -> None:
    office.account((Role.SUPERVISOR, {}), login="wang")
    answer = visitor.get("/console/figures?month=2026-11")
    assert answer.status_code == 303
    answer = sign_in(visitor, page=answer.headers["Location"])
    assert answer.headers["Location"] == "/console/figures?month=2026-11"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/console\\evil", "/mine", STEP]
)
def test_signing_in_leads_nowhere_but_into_the_console(
    office: Office, visitor: Browser, target: str
) -> None:
    office.account((Role.SUPERVISOR, {}), login="wang")
    visitor.page(FORM)
    answer = visitor.send(FORM, login="wang", password=PASSWORD, next=target)
    assert answer.headers["Location"] == "/console"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    office: Office, visitor: Browser
) -> None:
    office.account(login="wang")
    answer = sign_in(visitor)
    cookie = next(
        one
        for one in answer.headers.getlist("Set-Cookie")
        if one.startswith(f"{guard.SESSION_COOKIE}=")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age" not in cookie


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    office: Office, visitor: Browser
) -> None:
    office.account(login="wang")
    wrong_password = sign_in(visitor, password="Wrong-Horse-77")
    said = text_of(wrong_password)
    wrong_name = sign_in(visitor, login="nobody")
    assert wrong_password.status_code == wrong_name.status_code == 401
    assert said == text_of(wrong_name)
    assert "登录名或密码不正确" in said


def test_too_many_failures_close_the_name_for_a_while_known_or_not(visitor: Browser) -> None:
    for _ in range(4):
        sign_in(visitor, login="nobody", password="Wrong-Horse-77")
    answer = sign_in(visitor, login="nobody", password="Wrong-Horse-77")
    assert answer.status_code == 429
    assert "15 分钟后再试" in text_of(answer)
    assert int(answer.headers["Retry-After"]) > 800


def test_a_form_without_its_token_is_refused(office: Office, visitor: Browser) -> None:
    office.account(login="wang")
    answer = visitor.client.post(FORM, data={"login": "wang", "password": PASSWORD})
    assert answer.status_code == 400
    assert not token(visitor)


def test_an_initial_password_has_to_be_changed_first(office: Office, visitor: Browser) -> None:
    office.account((Role.SUPERVISOR, {}), login="wang", must_change=True)
    assert sign_in(visitor).headers["Location"] == STEP
    before = token(visitor)
    assert visitor.get("/console").status_code == 303
    answer = visitor.send(STEP, STEP, old=PASSWORD, new="Another-Horse-8", again="Another-Horse-8")
    assert answer.headers["Location"] == "/console"
    assert token(visitor) != before
    assert visitor.get("/console").status_code == 200


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"old": PASSWORD, "new": "Another-Horse-8", "again": "x"}, 422, "两次输入的新密码不一致"),
        ({"old": "Wrong-1", "new": "Another-Horse-8", "again": "Another-Horse-8"}, 401, "原密码"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, 422, "密码长度应为"),
    ],
)
def test_a_password_that_cannot_be_changed_is_refused_beside_its_field(
    office: Office, fields: dict[str, str], status: int, words: str
) -> None:
    browser = office.browser(office.account(must_change=True), Stage.NEW_PASSWORD)
    answer = browser.send(STEP, STEP, **fields)
    assert answer.status_code == status
    assert words in text_of(answer)
    assert PASSWORD not in answer.get_data(as_text=True)


def test_a_second_factor_is_set_up_with_a_code_and_its_recovery_codes_are_shown_once(
    office: Office,
) -> None:
    account_id = office.account((Role.ADMINISTRATOR, {}))
    browser = office.browser(account_id, Stage.ENROL)
    page = browser.page(STEP)
    assert "<svg" in page
    before = token(browser)
    answer = browser.send(STEP, code=code_of(office, account_id))
    said = text_of(answer)
    assert answer.status_code == 200
    assert "恢复码" in said
    assert said.count("-") >= totp.RECOVERY_CODES
    assert token(browser) != before
    assert browser.get(STEP).headers["Location"] == "/console"


def test_a_wrong_first_code_sets_nothing_up_and_keeps_the_key(office: Office) -> None:
    browser = office.browser(office.account((Role.ADMINISTRATOR, {})), Stage.ENROL)
    first = browser.page(STEP)
    answer = browser.send(STEP, code="000000")
    assert answer.status_code == 401
    assert secret_in(first) == secret_in(answer.get_data(as_text=True))


def test_the_second_factor_is_asked_for_and_each_code_fits_once(
    office: Office, visitor: Browser
) -> None:
    account_id = enrolled(office, login="wang")
    assert sign_in(visitor).headers["Location"] == STEP
    assert visitor.get("/console").status_code == 303
    code = code_of(office, account_id)
    assert visitor.send(STEP, STEP, code=code).headers["Location"] == "/console"
    other = Browser(office.site.client())
    sign_in(other)
    assert other.send(STEP, STEP, code=code).status_code == 401


def test_a_recovery_code_stands_in_for_a_lost_phone(office: Office, visitor: Browser) -> None:
    codes: list[str] = []
    enrolled(office, login="wang", codes=codes)
    sign_in(visitor)
    assert visitor.send(STEP, STEP, code=codes[0]).headers["Location"] == "/console"


def test_too_many_wrong_codes_end_the_session(office: Office, visitor: Browser) -> None:
    enrolled(office, login="wang")
    sign_in(visitor)
    for _ in range(4):
        assert visitor.send(STEP, STEP, code="000000").status_code == 401
    assert visitor.send(STEP, STEP, code="000000").status_code == 429
    assert visitor.get(STEP).status_code == 303


def test_signing_out_ends_the_session_at_the_server(office: Office) -> None:
    browser = office.supervisor()
    stolen = token(browser)
    browser.page("/console")
    assert browser.send("/console/sign-out").headers["Location"] == FORM
    browser.client.set_cookie(guard.SESSION_COOKIE, stolen)
    assert browser.get("/console").status_code == 303


def test_a_session_idles_out(office: Office) -> None:
    browser = office.supervisor()
    office.site.clock.advance(timedelta(minutes=29))
    assert browser.get("/console").status_code == 200
    office.site.clock.advance(timedelta(minutes=31))
    assert browser.get("/console").status_code == 303


def test_an_old_form_leads_to_the_step_that_is_next(office: Office) -> None:
    account_id = office.account((Role.ADMINISTRATOR, {}))
    browser = office.browser(account_id, Stage.ENROL)
    browser.page(STEP)
    browser.send(STEP, code=code_of(office, account_id))
    assert browser.client.post(STEP, data={"code": "1"}).status_code in (303, 400)


def enrolled(office: Office, login: str, codes: list[str] | None = None) -> int:
    """An account whose second factor is set up; `codes` gets its recovery codes."""
    account_id = office.account((Role.SUPERVISOR, {}), login=login)
    deployment, now = office.deployment, office.site.clock.now()
    with deployment.store.write() as conn:
        secret = totp.begin(conn, deployment.keyring, account_id)
        code = totp.code_at(secret, totp.step_of(now))
        found = totp.confirm(conn, deployment.keyring, account_id, code, now)
    assert found is not None
    if codes is not None:
        codes.extend(found)
    office.site.clock.advance(timedelta(seconds=90))
    SECRETS[account_id] = secret
    return account_id


SECRETS: dict[int, bytes] = {}


def code_of(office: Office, account_id: int) -> str:
    with office.deployment.store.read() as conn:
        secret = totp.pending(conn, office.deployment.keyring, account_id)
    return totp.code_at(secret or SECRETS[account_id], totp.step_of(office.site.clock.now()))


def secret_in(page: str) -> str:
    return page.partition('class="secret">')[2].partition("<")[0]
