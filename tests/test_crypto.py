"""The keyring seals, tells changes, keeps purposes apart and survives rotation."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from haochaping.crypto import Keyring, Unsealable, new_data_key, open_with, seal_with

MASTER = bytes(range(32))


@pytest.fixture
def ring():
    return Keyring.from_bytes(MASTER)


def test_what_is_sealed_comes_back(ring):
    sealed = ring.seal("vault", "张三".encode(), b"person:1")
    assert ring.open("vault", sealed, b"person:1").decode() == "张三"


def test_sealing_twice_gives_different_bytes(ring):
    assert ring.seal("vault", b"same") != ring.seal("vault", b"same")


def test_a_sealed_value_opens_only_in_its_own_context(ring):
    sealed = ring.seal("vault", b"secret", b"person:1")
    with pytest.raises(Unsealable):
        ring.open("vault", sealed, b"person:2")


def test_a_sealed_value_opens_only_for_its_own_purpose(ring):
    sealed = ring.seal("vault", b"secret")
    with pytest.raises(Unsealable):
        ring.open("totp", sealed)


@pytest.mark.parametrize("place", [0, 1, 12, -1])
def test_one_changed_bit_is_found(ring, place):
    sealed = bytearray(ring.seal("vault", b"secret"))
    sealed[place] ^= 1
    with pytest.raises(Unsealable):
        ring.open("vault", bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + bytes(11), b"\x07" + bytes(40)])
def test_junk_is_unsealable_not_a_crash(ring, sealed):
    with pytest.raises(Unsealable):
        ring.open("vault", sealed)


def test_old_values_open_after_a_rotation_and_new_ones_take_the_new_key(ring):
    old = ring.seal("vault", b"secret")
    rotated = Keyring({1: MASTER, 2: new_data_key()})
    assert rotated.open("vault", old) == b"secret"
    assert rotated.seal("vault", b"secret")[0] == 2
    with pytest.raises(Unsealable):
        ring.open("vault", rotated.seal("vault", b"secret"))


def test_macs_and_indexes_stay_the_same_after_a_rotation(ring):
    rotated = Keyring({1: MASTER, 2: new_data_key()})
    assert rotated.mac("session", b"token") == ring.mac("session", b"token")
    assert rotated.index("990000199001010017") == ring.index("990000199001010017")


def test_macs_of_two_purposes_differ(ring):
    assert ring.mac("session", b"token") != ring.mac("device", b"token")


def test_a_mac_verifies_whole_or_cut_but_not_too_short(ring):
    mac = ring.mac("code", b"data")
    assert ring.verify("code", b"data", mac)
    assert ring.verify("code", b"data", mac[:10])
    assert not ring.verify("code", b"data", mac[:7])
    assert not ring.verify("code", b"other", mac)


def test_the_index_is_hmac_sm3(ring):
    key = ring._key(1, "index")
    expected = hmac.new(key, b"990000199001010017", lambda: hashlib.new("sm3")).hexdigest()
    assert ring.index("990000199001010017") == expected


def test_two_deployments_have_different_indexes(ring):
    other = Keyring.from_bytes(new_data_key())
    assert ring.index("990000199001010017") != other.index("990000199001010017")


@pytest.mark.parametrize("masters", [{}, {0: MASTER}, {256: MASTER}, {1: b"short"}])
def test_a_keyring_that_cannot_work_is_refused(masters):
    with pytest.raises(ValueError, match="master key"):
        Keyring(masters)


def test_a_keyring_never_prints_its_keys(ring):
    assert repr(ring) == "Keyring(ids=[1])"


def test_a_data_key_seals_and_opens():
    key = new_data_key()
    assert len(key) == 32
    assert open_with(key, seal_with(key, b"text", b"c"), b"c") == b"text"
    with pytest.raises(Unsealable):
        open_with(new_data_key(), seal_with(key, b"text"))
