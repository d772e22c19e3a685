"""What raters write is kept, but for what nobody can see."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haochaping.evaluation.texts import clean


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  等了三个小时  ", "等了三个小时"),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("a\x00b\x07c", "abc"),
        ("\u202e反\u2066向\u200f", "反向"),
        ("看\u200b不\ufeff见", "看不见"),
        ("e\u0301te\u0301", "été"),
        ("👨‍👩‍👧 好", "👨‍👩‍👧 好"),
        ("𠮷野 㐀", "𠮷野 㐀"),
        ("\ud800坏", "坏"),
        ("", ""),
    ],
)
def test_a_text_is_cleaned(written: str, kept: str) -> None:
    assert clean(written) == kept


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(exclude_categories=())))
def test_a_cleaned_text_can_be_stored_and_shown(text: str) -> None:
    kept = clean(text)
    kept.encode()
    assert unicodedata.is_normalized("NFC", kept)
    assert not [sign for sign in kept if unicodedata.category(sign) == "Cc" and sign not in "\n\t"]
