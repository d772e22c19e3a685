"""Receipt codes: unguessable, printable, safe against slips of the pen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haochaping.evaluation.receipt_codes import new_receipt, place_of, read_receipt
from haochaping.ids import ALPHABET
from haochaping.web.codes import grouped


def test_a_receipt_names_its_region_and_month() -> None:
    assert place_of(new_receipt("330106", 202611)) == ("330106", 202611)
    assert place_of(new_receipt("110000", 203012)) == ("110000", 203012)


def test_no_two_receipts_are_alike() -> None:
    assert len({new_receipt("330106", 202611) for _ in range(2000)}) == 2000


def test_a_receipt_is_read_as_people_write_it() -> None:
    code = new_receipt("330106", 202611)
    assert grouped(code).count("-") == 3
    assert read_receipt(f" {grouped(code).lower()} ") == code


@given(st.integers(0, 19), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_always_noticed(place: int, sign: str) -> None:
    code = new_receipt("330106", 202611)
    if code[place] != sign:
        assert read_receipt(code[:place] + sign + code[place + 1 :]) is None


@given(st.text(max_size=30))
def test_any_text_can_be_asked_for(text: str) -> None:
    found = read_receipt(text)
    assert found is None or len(found) == 20
