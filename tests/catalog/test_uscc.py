"""Unified social credit codes."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from haochaping.catalog import uscc

bodies = st.builds(
    lambda head, region, tail: head + region + tail,
    st.text(uscc.ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(uscc.ALPHABET, min_size=9, max_size=9),
)
signs = st.sampled_from(uscc.ALPHABET)


@pytest.mark.parametrize("code", ["11990000MB2000004B", "91990000MA0000007X", "12990000E00000010A"])
def test_codes_with_the_right_check_digit_are_valid(code):
    assert uscc.is_valid(code)
    assert uscc.fault(code) is None


def test_a_wrong_check_digit_is_named_with_the_expected_one():
    fault = uscc.fault("11990000MB2000004A")
    assert "末位应为 B" in fault.zh
    assert "should be B" in fault.en


@pytest.mark.parametrize(
    "code", ["", "11990000MB2000004", "11990000MB2000004BB", "1199000OMB2000004B", "甲" * 18]
)
def test_codes_of_another_shape_are_told_what_a_credit_code_looks_like(code):
    assert not uscc.is_valid(code)
    assert "18 位" in uscc.fault(code).zh


@given(bodies)
def test_a_body_with_its_check_digit_is_valid(body):
    assert uscc.is_valid(body + uscc.check_digit(body))


@given(bodies, st.integers(0, 17), signs)
def test_one_wrong_character_is_always_found(body, position, sign):
    code = body + uscc.check_digit(body)
    assume(code[position] != sign)
    assert not uscc.is_valid(code[:position] + sign + code[position + 1 :])


@given(bodies, st.integers(8, 15))
def test_two_swapped_neighbours_are_always_found(body, position):
    code = body + uscc.check_digit(body)
    assume(code[position] != code[position + 1])
    pair = code[position + 1] + code[position]
    assert not uscc.is_valid(code[:position] + pair + code[position + 2 :])
