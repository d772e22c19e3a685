"""The second factor follows RFC 6238 and takes every code once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from haochaping.access import totp

RFC_SECRET = b"12345678901234567890"


@pytest.fixture
def account(people):
    return people.add()


@pytest.fixture
def secret(store, keyring, account):
    with store.write() as conn:
        return totp.begin(conn, keyring, account)


def now_code(secret, clock, steps=0):
    return totp.code_at(secret, totp.step_of(clock.now()) + steps)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_hold(seconds, code):
    step = totp.step_of(datetime.fromtimestamp(seconds, UTC))
    assert totp.code_at(RFC_SECRET, step, digits=8) == code


def test_the_address_for_the_phone_names_issuer_and_account():
    uri = totp.provisioning_uri(RFC_SECRET, "li.lei", "好差评")
    assert uri == (
        "otpauth://totp/%E5%A5%BD%E5%B7%AE%E8%AF%84:li.lei"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E5%A5%BD%E5%B7%AE%E8%AF%84"
    )


def test_a_code_fits_now_and_one_step_either_way(store, keyring, clock, account, secret):
    with store.write() as conn:
        for steps in (-1, 0, 1):
            code = now_code(secret, clock, steps)
            assert totp.accept(conn, keyring, account, code, clock.now())
        assert not totp.accept(conn, keyring, account, now_code(secret, clock, 2), clock.now())


def test_a_code_is_taken_once(store, keyring, clock, account, secret):
    code = now_code(secret, clock)
    with store.write() as conn:
        assert totp.accept(conn, keyring, account, code, clock.now())
        clock.advance(timedelta(seconds=20))
        assert not totp.accept(conn, keyring, account, code, clock.now())


def test_an_older_step_than_the_last_one_used_is_refused(store, keyring, clock, account, secret):
    with store.write() as conn:
        assert totp.accept(conn, keyring, account, now_code(secret, clock, 1), clock.now())
        assert not totp.accept(conn, keyring, account, now_code(secret, clock), clock.now())


@pytest.mark.parametrize("junk", ["", "12345", "1234567", "abcdef", "①②③④⑤⑥"])
def test_junk_is_no_code(store, keyring, clock, account, secret, junk):
    with store.write() as conn:
        assert not totp.accept(conn, keyring, account, junk, clock.now())


def test_spaces_in_a_code_do_not_matter(store, keyring, clock, account, secret):
    code = now_code(secret, clock)
    with store.write() as conn:
        assert totp.accept(conn, keyring, account, f"{code[:3]} {code[3:]}", clock.now())


def test_the_secret_waits_until_its_first_code_confirms_it(store, keyring, clock, account, secret):
    with store.write() as conn:
        assert totp.pending(conn, keyring, account) == secret
        assert totp.confirm(conn, keyring, account, "000000x", clock.now()) is None
        codes = totp.confirm(conn, keyring, account, now_code(secret, clock), clock.now())
        assert codes is not None
        assert len(set(codes)) == totp.RECOVERY_CODES
        assert totp.pending(conn, keyring, account) is None


def test_a_confirmed_factor_is_not_pushed_aside(store, keyring, clock, account, secret):
    with store.write() as conn:
        totp.confirm(conn, keyring, account, now_code(secret, clock), clock.now())
    with store.write() as conn, pytest.raises(totp.SecondFactorInUse):
        totp.begin(conn, keyring, account)
    with store.write() as conn:
        assert totp.confirm(conn, keyring, account, "000000", clock.now()) is None


def test_a_recovery_code_stands_in_once(store, keyring, clock, account, secret):
    with store.write() as conn:
        codes = totp.confirm(conn, keyring, account, now_code(secret, clock), clock.now())
        typed = codes[0].lower().replace("-", " ")
        assert totp.accept_recovery(conn, keyring, account, typed, clock.now())
        assert not totp.accept_recovery(conn, keyring, account, typed, clock.now())
        assert totp.accept_recovery(conn, keyring, account, codes[1], clock.now())


def test_a_recovery_code_is_of_no_use_to_another_account(
    store, keyring, clock, people, secret, account
):
    other = people.add("han.mei")
    with store.write() as conn:
        codes = totp.confirm(conn, keyring, account, now_code(secret, clock), clock.now())
        assert not totp.accept_recovery(conn, keyring, other, codes[0], clock.now())


def test_a_removed_factor_accepts_nothing(store, keyring, clock, account, secret):
    with store.write() as conn:
        codes = totp.confirm(conn, keyring, account, now_code(secret, clock), clock.now())
        totp.remove(conn, account)
        assert not totp.accept(conn, keyring, account, now_code(secret, clock, 1), clock.now())
        assert not totp.accept_recovery(conn, keyring, account, codes[0], clock.now())
        assert totp.begin(conn, keyring, account) != secret
