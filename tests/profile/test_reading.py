"""Reading one YAML file safely, with the line of every key."""

from __future__ import annotations

from decimal import Decimal

import pytest

from haochaping.profile.nodes import Branch, Leaf, plain
from haochaping.profile.reading import MAX_BYTES, read


def value_of(text: str) -> object:
    reading = read(f"key: {text}\n".encode(), "place.yaml")
    assert reading.faults == []
    assert reading.root is not None
    return plain(reading.root)["key"]


def messages(raw: bytes) -> list[str]:
    return [fault.message.en for fault in read(raw, "place.yaml").faults]


@pytest.mark.parametrize(
    "text", ["no", "yes", "on", "off", "True", "~", "12:30", "010", "1e3", "0x1f", "1_000", ".5"]
)
def test_what_yaml_would_misread_stays_the_text_that_was_written(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize("text", ["2026-11-16", "+5", "5.", "00", "-01", "1.2.3", "NaN", "．5"])
def test_dates_and_odd_numbers_stay_text(text: str) -> None:
    assert value_of(text) == text


def test_true_false_null_and_decimal_numbers_are_typed() -> None:
    written = "[true, false, null, 0, -3, 42, 0.50]"
    assert value_of(written) == [True, False, None, 0, -3, 42, Decimal("0.50")]


def test_a_quoted_number_is_text() -> None:
    assert value_of('"42"') == "42"


def test_a_number_of_more_digits_than_any_rule_needs_is_text() -> None:
    assert value_of("9" * 5000) == "9" * 5000


def test_an_empty_value_is_empty_text_and_never_removes_anything() -> None:
    assert value_of("") == ""


def test_keys_are_always_text() -> None:
    reading = read(b"5: 10\ntrue: x\n", "place.yaml")
    assert reading.root is not None
    assert plain(reading.root) == {"5": 10, "true": "x"}


def test_every_value_knows_the_line_of_its_key() -> None:
    reading = read("a: 1\n# 注释\nb:\n  c: 2\n".encode(), "place.yaml")
    assert isinstance(reading.root, Branch)
    inner = reading.root.entries["b"]
    assert isinstance(inner, Branch)
    assert (inner.line, inner.entries["c"].line) == (3, 4)
    assert isinstance(inner.entries["c"], Leaf)


def test_a_duplicate_key_is_named_with_its_line() -> None:
    reading = read(b"a: {b: 1,\n  b: 2}\n", "place.yaml")
    assert [(fault.line, fault.key) for fault in reading.faults] == [(2, "a.b")]
    assert "“b” appears twice: keep only one" in reading.faults[0].message.en


def test_anchors_and_aliases_are_refused_each_where_it_stands() -> None:
    reading = read(b"a: &x 1\nb: *x\n", "place.yaml")
    assert [(fault.line, fault.key) for fault in reading.faults] == [(1, "a"), (2, "b")]


def test_an_alias_as_a_key_is_refused() -> None:
    assert any("aliases" in each for each in messages(b"a: &x k\n*x : 1\n"))


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [ls]", "!!str 5", "!mine x"])
def test_tags_are_refused(tag: str) -> None:
    assert messages(f"a: {tag}\n".encode()) == ["tags (!) are refused: write plain values"]


def test_nesting_of_twelve_levels_is_read_and_of_thirteen_refused() -> None:
    assert messages(b"a: " + b"[" * 11 + b"]" * 11) == []
    assert messages(b"a: " + b"[" * 12 + b"]" * 12) == ["nested more than 12 levels deep"]


@pytest.mark.parametrize("raw", [b"[" * 200_000, b"- " * 100_000, b"{a: " * 60_000])
def test_a_file_of_brackets_is_refused_at_the_thirteenth(raw: bytes) -> None:
    assert messages(raw) == ["nested more than 12 levels deep"]


def test_a_file_of_more_than_256_kb_is_refused() -> None:
    assert messages(b"a: " + b"x" * MAX_BYTES) == ["the file is larger than 256 KB"]


def test_a_file_of_too_many_values_is_refused() -> None:
    raw = b"".join(b"k%d: 1\n" % number for number in range(10_000))
    assert messages(raw) == ["more than 6000 values in one file"]


@pytest.mark.parametrize("raw", [bytes(range(256)), "a: 中".encode("gb18030"), b"a: \0b"])
def test_what_is_not_utf_8_text_is_refused(raw: bytes) -> None:
    assert messages(raw) == ["the file is not UTF-8 text"]


@pytest.mark.parametrize("raw", [b"", b"  \n\n", b"# only a comment\n", b"---\n...\n"])
def test_an_empty_file_is_refused(raw: bytes) -> None:
    reading = read(raw, "place.yaml")
    assert reading.stopped
    assert len(reading.faults) == 1


@pytest.mark.parametrize("raw", [b"- a\n", b"text", b"5", b'"quoted"'])
def test_a_file_that_is_no_map_is_refused(raw: bytes) -> None:
    assert messages(raw) == ["the file must be a map of `key: value`"]


@pytest.mark.parametrize("raw", [b"a: b: c", b"a: [1", b"a:\t- b\n\tc: d", b"a: 'x", b"%x"])
def test_broken_yaml_is_one_fault_with_a_line_and_no_traceback(raw: bytes) -> None:
    faults = read(raw, "place.yaml").faults
    assert len(faults) == 1
    assert faults[0].message.en.startswith("this is not valid YAML")
    assert faults[0].line >= 1


def test_a_second_document_is_refused() -> None:
    assert messages(b"a: 1\n---\nb: 2\n") == ["one file holds one YAML document"]


def test_a_key_that_is_a_list_is_refused() -> None:
    assert messages(b"? [a]\n: b\n") == ["a key must be plain text"]


def test_a_byte_order_mark_is_not_part_of_the_first_key() -> None:
    reading = read(b"\xef\xbb\xbfa: 1\n", "place.yaml")
    assert reading.root is not None
    assert plain(reading.root) == {"a": 1}
