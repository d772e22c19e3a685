"""Texts and fields from outside."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haochaping.catalog import fields
from haochaping.catalog.fields import FieldFault
from haochaping.catalog.texts import clean


def test_control_and_bidirectional_marks_are_removed():
    assert clean("A\u202e01\u0000\u2066\ufeff\tB") == "A01B"


def test_texts_come_in_one_normal_form():
    assert clean("e\u0301") == "é"


def test_half_a_surrogate_pair_never_reaches_the_database():
    assert clean("甲\ud800乙") == "甲乙"


@given(st.text())
def test_cleaning_is_stable_and_leaves_something_that_can_be_stored(text):
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode()


def test_a_missing_field_is_named():
    with pytest.raises(FieldFault) as caught:
        fields.needed({"name": " \u200b "}, "name")
    assert caught.value.field == "name"
    assert caught.value.words.zh == "不能为空"


def test_an_overlong_field_says_how_long_it_is():
    with pytest.raises(FieldFault, match="现有 65 个"):
        fields.code({"code": "9" * 65}, "code")


@pytest.mark.parametrize(
    ("written", "meant"), [("是", True), ("1", True), ("YES", True), ("否", False), ("0", False)]
)
def test_yes_and_no_are_understood_in_both_languages(written, meant):
    assert fields.flag({"active": written}, "active", not meant) is meant


def test_an_empty_flag_takes_its_default():
    assert fields.flag({}, "active", True) is True


def test_anything_but_yes_or_no_is_refused():
    with pytest.raises(FieldFault, match="是 或 否"):
        fields.flag({"active": "也许"}, "active", True)


@pytest.mark.parametrize("written", ["2026-11-22", "2026/11/22", "20261122", "2026-11-22T00:00:00"])
def test_days_are_read_in_the_forms_that_spreadsheets_write(written):
    assert fields.day({"d": written}, "d") == date(2026, 11, 22)


@pytest.mark.parametrize("written", ["2026-02-30", "昨天", "1/2", "2026/11/xx"])
def test_what_is_no_day_is_refused(written):
    with pytest.raises(FieldFault, match="不是日期"):
        fields.day({"d": written}, "d")
