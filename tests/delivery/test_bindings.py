"""A consent to be told in WeChat is one a rating, sealed, and gone when taken back."""

from __future__ import annotations

from datetime import timedelta

from haochaping.access.persons import Person
from haochaping.access.vault import Vault
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.delivery import bindings
from haochaping.delivery.bindings import Consent
from haochaping.store import Store

CHAIN = ("330106", 202611, 17)


def test_a_newer_consent_takes_the_place_of_the_older(
    store: Store, keyring: Keyring, clock: FakeClock
) -> None:
    vault, at = Vault(keyring), clock.now()
    with store.write() as conn:
        first = bindings.bind(conn, vault, CHAIN, Consent("weixin", "oFirst", "d1"), at)
        second = bindings.bind(conn, vault, CHAIN, Consent("weixin", "oSecond", "d1"), at)
        assert bindings.openid(conn, vault, first.receiver) is None
        assert bindings.openid(conn, vault, second.receiver) == "oSecond"
        assert bindings.of(conn, CHAIN) == second
        assert bindings.unbind(conn, vault, CHAIN)
        assert not bindings.unbind(conn, vault, CHAIN)
        assert bindings.openid(conn, vault, second.receiver) is None


def test_a_consent_goes_with_its_person_and_by_age(
    store: Store, keyring: Keyring, clock: FakeClock
) -> None:
    vault, at = Vault(keyring), clock.now()
    with store.write() as conn:
        known = vault.remember(conn, Person(mobile="13800001234"), "330106", at)
        consent = Consent("weixin", "oMine", "d1", known)
        bound = bindings.bind(conn, vault, CHAIN, consent, at)
        other = ("330106", 202611, 18)
        bindings.bind(conn, vault, other, Consent("weixin", "oOther", "d1"), at)
        assert bindings.of_person(conn, known) == (bound,)
        vault.erase(conn, known, at)
        assert bindings.openid(conn, vault, bound.receiver) is None
        assert bindings.erase(conn, vault, known) == 1
        assert bindings.expire(conn, vault, at) == 0
        assert bindings.expire(conn, vault, at + timedelta(seconds=1)) == 1
