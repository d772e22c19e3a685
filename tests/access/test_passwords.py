"""Weak passwords are refused in words; checking takes as long without an account."""

from __future__ import annotations

import pytest

from haochaping.access import passwords
from haochaping.access.passwords import PasswordTooWeak


@pytest.mark.parametrize(
    "weak",
    [
        "Kx7!",
        "x" * 129,
        "aA1!aA1!aA1!",
        "kdjfhgkqoe",
        "kdjfhgk729",
        "Password2026!",
        "Admin123!!xy",
        "Li.Lei-8842x",
        "Haochaping#1",
    ],
)
def test_a_weak_password_is_refused(weak):
    with pytest.raises(PasswordTooWeak):
        passwords.require_good(weak, "li.lei")


@pytest.mark.parametrize(
    "good", ["Kx7!mmQ2pz", "一只花猫坐在窗口旁边看着外面的雨水", "correct horse battery staple"]
)
def test_a_good_password_passes(good):
    passwords.require_good(good, "li.lei")


def test_the_refusal_says_what_is_expected():
    with pytest.raises(PasswordTooWeak) as caught:
        passwords.require_good("short", "li.lei")
    assert caught.value.detail.zh == "密码长度应为 10 至 128 个字符"
    assert caught.value.detail.en == "Use 10 to 128 characters"


def test_a_hash_matches_its_password_only():
    stored = passwords.hashed("Kx7!mmQ2pz")
    assert stored.startswith("scrypt:")
    assert passwords.matches(stored, "Kx7!mmQ2pz")
    assert not passwords.matches(stored, "Kx7!mmQ2pZ")


def test_composed_and_decomposed_letters_are_the_same_password():
    assert passwords.matches(passwords.hashed("caf\u00e9 an der Ecke"), "cafe\u0301 an der Ecke")


def test_no_account_matches_nothing_but_is_checked_against_a_real_hash(monkeypatch):
    checked = []
    monkeypatch.setattr(
        passwords, "check_password_hash", lambda stored, _: bool(checked.append(stored)) or True
    )
    assert not passwords.matches(None, "anything")
    assert checked[0].startswith(f"{passwords.METHOD}$")


def test_initial_passwords_are_random_and_good_enough_to_be_typed():
    first, second = passwords.initial(), passwords.initial()
    assert first != second
    assert len(first) == 14
