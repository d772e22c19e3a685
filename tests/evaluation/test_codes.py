"""Signed codes: what is signed here verifies, nothing else does."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haochaping.crypto import Keyring
from haochaping.evaluation.codes import SIGNS, Purpose, Signer
from haochaping.evaluation.crockford import decode, encode
from haochaping.evaluation.problems import BadLink, LinkExpired
from haochaping.hooks.values import OccurrenceKey
from haochaping.ids import ALPHABET
from haochaping.web.codes import grouped

KEY = OccurrenceKey("330106", 202611, 2**61 + 12345)
LAST = date(2026, 12, 16)
SIGNER = Signer({1: bytes(range(32))})

keys = st.builds(
    OccurrenceKey,
    st.integers(0, 999_999).map("{:06d}".format),
    st.builds(lambda year, month: year * 100 + month, st.integers(2000, 2199), st.integers(1, 12)),
    st.integers(0, 2**63 - 1),
)


@given(keys, st.sampled_from(Purpose), st.dates(date(2020, 1, 1), date(2199, 1, 1)))
def test_every_code_leads_back_to_its_occurrence(
    key: OccurrenceKey, purpose: Purpose, last: date
) -> None:
    code = SIGNER.sign(purpose, key, last)
    assert len(code) == SIGNS == 40
    assert SIGNER.verify(purpose, code, last) == key


@given(st.text(max_size=60))
def test_no_text_is_a_code_by_chance(text: str) -> None:
    with pytest.raises(BadLink):
        SIGNER.verify(Purpose.RATE, text, LAST)


def test_none_of_ten_thousand_mutations_is_accepted() -> None:
    chance = random.Random(7)
    code = SIGNER.sign(Purpose.RATE, KEY, LAST)
    for _ in range(10_000):
        with pytest.raises(BadLink):
            SIGNER.verify(Purpose.RATE, _mutated(code, chance), LAST)


def _mutated(code: str, chance: random.Random) -> str:
    signs = list(code)
    while "".join(signs) == code:
        for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
            place = chance.randrange(len(signs))
            kind = chance.randrange(4)
            if kind == 0:
                signs[place] = chance.choice(ALPHABET)
            elif kind == 1:
                other = chance.randrange(len(signs))
                signs[place], signs[other] = signs[other], signs[place]
            elif kind == 2:
                del signs[place]
            else:
                signs.insert(place, chance.choice(ALPHABET))
    return "".join(signs)


def test_a_code_is_good_until_the_end_of_its_last_day() -> None:
    code = SIGNER.sign(Purpose.RATE, KEY, LAST)
    assert SIGNER.verify(Purpose.RATE, code, LAST) == KEY
    with pytest.raises(LinkExpired):
        SIGNER.verify(Purpose.RATE, code, date(2026, 12, 17))


def test_a_forged_code_is_never_told_that_it_has_expired() -> None:
    code = SIGNER.sign(Purpose.RATE, KEY, date(2020, 1, 1))
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    with pytest.raises(BadLink):
        SIGNER.verify(Purpose.RATE, forged, LAST)


def test_a_code_for_one_purpose_is_worthless_for_another() -> None:
    code = SIGNER.sign(Purpose.FOLLOW, KEY, LAST)
    with pytest.raises(BadLink):
        SIGNER.verify(Purpose.RATE, code, LAST)


def test_a_code_survives_being_read_aloud_and_typed() -> None:
    code = SIGNER.sign(Purpose.RATE, KEY, LAST)
    typed = grouped(code.lower().replace("0", "o").replace("1", "l"))
    assert SIGNER.verify(Purpose.RATE, f"  {typed} ", LAST) == KEY


def test_keys_are_rotated_without_breaking_old_codes() -> None:
    old, new = Signer({1: b"a" * 32}), Signer({1: b"a" * 32, 2: b"b" * 32})
    assert new.verify(Purpose.RATE, old.sign(Purpose.RATE, KEY, LAST), LAST) == KEY
    with pytest.raises(BadLink):
        old.verify(Purpose.RATE, new.sign(Purpose.RATE, KEY, LAST), LAST)


def test_another_deployments_codes_are_refused(keyring: Keyring) -> None:
    theirs = Signer.of(Keyring.from_bytes(b"x" * 32))
    with pytest.raises(BadLink):
        Signer.of(keyring).verify(Purpose.RATE, theirs.sign(Purpose.RATE, KEY, LAST), LAST)


@pytest.mark.parametrize("ids", [{}, {0: b"x"}, {16: b"x"}])
def test_a_signer_needs_keys_with_fitting_ids(ids: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="1 to 15"):
        Signer(ids)


@pytest.mark.parametrize("region", ["3301", "33010６", "abcdef", "3301061"])
def test_only_county_level_regions_are_signed(region: str) -> None:
    with pytest.raises(ValueError, match="6 digits"):
        SIGNER.sign(Purpose.RATE, OccurrenceKey(region, 202611, 1), LAST)


@given(st.integers(0, 2**100 - 1))
def test_base_32_reads_what_it_writes(number: int) -> None:
    assert decode(encode(number, 20), 20) == number


def test_base_32_refuses_what_does_not_fit() -> None:
    with pytest.raises(OverflowError):
        encode(32**20, 20)
    for text in ("", "U" * 20, "0" * 19, "１" * 20, "_" * 20, "+1" * 10):
        assert decode(text, 20) is None
