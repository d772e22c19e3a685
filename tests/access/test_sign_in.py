"""Signing in goes step by step, answers alike for absent and present, and locks out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.access.conftest import PASSWORD

from haochaping.access import accounts, lockout, sessions, sign_in, totp
from haochaping.access.passwords import PasswordTooWeak
from haochaping.access.sessions import Stage
from haochaping.access.sign_in import CodeRefused, Credentials, LockedOut, SignInRefused, WrongStep
from haochaping.access.totp import SecondFactorInUse

IDLE = timedelta(minutes=30)
NEW_PASSWORD = "Another Long Phrase 7"


def enter(gate, login="li.lei", password=PASSWORD):
    return sign_in.with_password(gate, Credentials(login, password, "Firefox on Linux"))


def current(gate, token):
    with gate.store.read() as conn:
        return sessions.resolve(conn, gate.keyring, token, gate.clock.now(), IDLE)


def code_of(gate, account_id, steps=0):
    with gate.store.read() as conn:
        sealed = conn.execute(
            totp.select(totp.account.c.totp_sealed).where(totp.account.c.id == account_id)
        ).scalar_one()
    secret = gate.keyring.open("totp", sealed, f"account:{account_id}".encode())
    return totp.code_at(secret, totp.step_of(gate.clock.now()) + steps)


def enrolled(gate, people, login="li.lei"):
    """Return an account with a second factor, and its recovery codes."""
    account_id = people.settled(login)
    session = enter(gate, login).session
    sign_in.begin_enrolment(gate, session, "好差评")
    result = sign_in.finish_enrolment(gate, session, code_of(gate, account_id))
    gate.clock.advance(timedelta(minutes=5))
    return account_id, result.recovery_codes


def test_the_first_sign_in_asks_for_a_new_password(gate, people):
    people.add()
    opened = enter(gate)
    assert opened.session.stage is Stage.NEW_PASSWORD
    changed = sign_in.with_new_password(gate, opened.session, PASSWORD, NEW_PASSWORD)
    assert changed.session.stage is Stage.FULL
    assert enter(gate, password=NEW_PASSWORD).session.stage is Stage.FULL


def test_a_settled_account_is_in_at_once_and_the_moment_is_kept(gate, people, emit):
    account_id = people.settled()
    assert enter(gate).session.stage is Stage.FULL
    with gate.store.read() as conn:
        assert accounts.load(conn, account_id).signed_in_at == gate.clock.now()
    assert emit.kinds[-1] == "account.signed_in"


def test_the_name_may_be_typed_in_any_case(gate, people):
    people.settled("li.lei")
    assert enter(gate, " LI.Lei").session.stage is Stage.FULL


@pytest.mark.parametrize(("login", "password"), [("li.lei", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(gate, people, login, password):
    people.settled()
    with pytest.raises(SignInRefused) as caught:
        enter(gate, login, password)
    assert caught.value.document("en") == SignInRefused().document("en")


def test_a_closed_account_is_answered_like_an_unknown_one(gate, people, emit):
    account_id = people.settled()
    with gate.store.write() as conn:
        accounts.disable(conn, emit, account_id, gate.clock.now())
    with pytest.raises(SignInRefused):
        enter(gate)


def fail(gate, times, login="li.lei"):
    for _ in range(times):
        with pytest.raises(SignInRefused):
            enter(gate, login, "wrong")


@pytest.mark.parametrize("login", ["li.lei", "nobody"])
def test_after_five_failures_a_name_is_locked_whether_it_exists_or_not(gate, people, login):
    people.settled("li.lei")
    fail(gate, 4, login)
    for password in ("wrong", PASSWORD):
        with pytest.raises(LockedOut) as caught:
            enter(gate, login, password)
        assert caught.value.fields == {"retry_after": 15 * 60 + 1}


def test_a_lock_ends_by_itself(gate, people):
    people.settled()
    fail(gate, 4)
    with pytest.raises(LockedOut):
        enter(gate, password="wrong")
    gate.clock.advance(timedelta(minutes=15))
    fail(gate, 4)
    assert enter(gate).session.stage is Stage.FULL


def test_the_right_password_clears_the_failures(gate, people):
    people.settled()
    for _ in range(3):
        fail(gate, 4)
        enter(gate)


def test_old_failures_are_forgotten(gate, people):
    people.settled()
    for _ in range(3):
        fail(gate, 4)
        gate.clock.advance(timedelta(minutes=16))


def test_a_lock_that_came_up_while_the_password_was_checked_holds(gate, people, monkeypatch):
    people.settled()
    key = lockout.key_of(gate.keyring, "login:li.lei")

    def slow(stored, password):
        with gate.store.write() as conn:
            for _ in range(5):
                lockout.failed(conn, key, gate.rules.lockout, gate.clock.now())
        return True

    monkeypatch.setattr(sign_in.passwords, "matches", slow)
    with pytest.raises(LockedOut):
        enter(gate)


def test_failures_of_long_ago_are_tidied_away(gate, people):
    fail(gate, 1, "nobody")
    gate.clock.advance(timedelta(days=2))
    with gate.store.write() as conn:
        assert lockout.tidy(conn, gate.clock.now()) == 1
        assert lockout.tidy(conn, gate.clock.now()) == 0


def test_every_sign_in_has_a_token_of_its_own(gate, people):
    people.settled()
    assert enter(gate).token != enter(gate).token


def test_a_role_that_needs_a_second_factor_has_to_set_one_up(gate, people):
    account_id = people.settled("li.lei", "administrator")
    opened = enter(gate)
    assert opened.session.stage is Stage.ENROL
    shown = sign_in.begin_enrolment(gate, opened.session, "好差评")
    assert sign_in.begin_enrolment(gate, opened.session, "好差评") == shown
    assert shown.secret in shown.uri
    result = sign_in.finish_enrolment(gate, opened.session, code_of(gate, account_id))
    assert result.opened.session.stage is Stage.FULL
    assert len(result.recovery_codes) == totp.RECOVERY_CODES


def test_a_wrong_first_code_sets_nothing_up(gate, people):
    people.settled("li.lei", "administrator")
    opened = enter(gate)
    sign_in.begin_enrolment(gate, opened.session, "好差评")
    with pytest.raises(CodeRefused):
        sign_in.finish_enrolment(gate, opened.session, "12345")
    assert enter(gate).session.stage is Stage.ENROL


def test_an_account_with_a_second_factor_is_asked_for_it(gate, people):
    account_id, _ = enrolled(gate, people)
    opened = enter(gate)
    assert opened.session.stage is Stage.SECOND_FACTOR
    inside = sign_in.with_code(gate, opened.session, code_of(gate, account_id))
    assert inside.session.stage is Stage.FULL
    assert current(gate, opened.token) is None
    assert current(gate, inside.token) == inside.session


def test_a_code_does_not_open_two_sessions(gate, people):
    account_id, _ = enrolled(gate, people)
    code = code_of(gate, account_id)
    sign_in.with_code(gate, enter(gate).session, code)
    with pytest.raises(CodeRefused):
        sign_in.with_code(gate, enter(gate).session, code)


def test_a_recovery_code_opens_a_session_once(gate, people):
    _, codes = enrolled(gate, people)
    assert sign_in.with_code(gate, enter(gate).session, codes[0]).session.stage is Stage.FULL
    with pytest.raises(CodeRefused):
        sign_in.with_code(gate, enter(gate).session, codes[0])


def test_guessing_codes_locks_and_ends_the_session(gate, people):
    account_id, _ = enrolled(gate, people)
    for _ in range(4):
        with pytest.raises(CodeRefused):
            sign_in.with_code(gate, enter(gate).session, "000000x")
    opened = enter(gate)
    with pytest.raises(LockedOut):
        sign_in.with_code(gate, opened.session, "000000x")
    assert current(gate, opened.token) is None
    with pytest.raises(LockedOut):
        sign_in.with_code(gate, enter(gate).session, code_of(gate, account_id))


def test_a_second_factor_cannot_be_set_up_over_the_present_one(gate, people):
    account_id, _ = enrolled(gate, people)
    inside = sign_in.with_code(gate, enter(gate).session, code_of(gate, account_id))
    with pytest.raises(SecondFactorInUse):
        sign_in.begin_enrolment(gate, inside.session, "好差评")


def test_no_step_can_be_skipped(gate, people):
    enrolled(gate, people)
    half_in = enter(gate).session
    with pytest.raises(WrongStep):
        sign_in.with_new_password(gate, half_in, PASSWORD, NEW_PASSWORD)
    with pytest.raises(WrongStep):
        sign_in.begin_enrolment(gate, half_in, "好差评")
    with pytest.raises(WrongStep):
        sign_in.finish_enrolment(gate, half_in, "000000")
    with pytest.raises(WrongStep):
        sign_in.with_code(gate, replace(half_in, stage=Stage.FULL), "000000")


def test_changing_the_password_ends_all_other_sessions(gate, people):
    people.settled()
    elsewhere, here = enter(gate), enter(gate)
    changed = sign_in.with_new_password(gate, here.session, PASSWORD, NEW_PASSWORD)
    assert current(gate, elsewhere.token) is None
    assert current(gate, here.token) is None
    assert current(gate, changed.token).stage is Stage.FULL


@pytest.mark.parametrize("new", ["short", PASSWORD, "has li.lei inside 1"])
def test_a_new_password_must_be_good_and_new(gate, people, new):
    people.settled()
    with pytest.raises(PasswordTooWeak):
        sign_in.with_new_password(gate, enter(gate).session, PASSWORD, new)


def test_guessing_the_old_password_locks(gate, people):
    people.settled()
    session = enter(gate).session
    for _ in range(4):
        with pytest.raises(SignInRefused, match="原密码"):
            sign_in.with_new_password(gate, session, "wrong", NEW_PASSWORD)
    for old in ("wrong", PASSWORD):
        with pytest.raises(LockedOut):
            sign_in.with_new_password(gate, session, old, NEW_PASSWORD)


def test_a_session_says_on_which_browser_it_was_opened(gate, people):
    people.settled()
    assert enter(gate).session.client == "Firefox on Linux"


def test_a_locked_name_stays_locked_however_often_it_is_tried(gate, people):
    people.settled()
    key = lockout.key_of(gate.keyring, "login:li.lei")
    with gate.store.write() as conn:
        for _ in range(5):
            until = lockout.failed(conn, key, gate.rules.lockout, gate.clock.now())
        assert until == gate.clock.now() + timedelta(minutes=15)
        gate.clock.advance(timedelta(minutes=1))
        assert lockout.failed(conn, key, gate.rules.lockout, gate.clock.now()) == until
