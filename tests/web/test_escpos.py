"""What the receipt printer is told, byte by byte."""

from __future__ import annotations

import pytest

from haochaping.hooks.evaluation import ReceiptBlock
from haochaping.hooks.values import Words
from haochaping.web import escpos

LABEL = Words("事项", "Item")
ZH = "zh_Hans_CN"


def body(*blocks: ReceiptBlock, language: str = ZH) -> bytes:
    """The bytes of blocks between initializing and cutting."""
    whole = escpos.render(blocks, language)
    start, end = b"\x1b@\x1c&", b"\x1ba\x00\x1bE\x00\x1d!\x00\x1bd\x04\x1dVB\x00"
    assert whole.startswith(start)
    assert whole.endswith(end)
    return whole[len(start) : -len(end)]


def test_a_receipt_begins_by_initializing_in_chinese_mode_and_ends_by_feeding_and_cutting() -> None:
    assert escpos.render((), ZH) == b"\x1b@\x1c&\x1ba\x00\x1bE\x00\x1d!\x00\x1bd\x04\x1dVB\x00"


def test_a_heading_is_centred_large_and_bold() -> None:
    printed = body(ReceiptBlock("heading", "服务评价"))
    assert printed == b"\x1ba\x01\x1bE\x01\x1d!\x11" + "服务评价".encode("gb18030") + (
        b"\n\x1bE\x00\x1d!\x00"
    )


def test_text_is_encoded_in_gb18030_with_rare_signs_too() -> None:
    assert body(ReceiptBlock("text", "㐂𠮷")) == b"\x1ba\x00\x819\x9f8\x95D\x9d:\n".replace(
        b"\x819\x9f8\x95D\x9d:", "㐂𠮷".encode("gb18030")
    )


def test_a_field_shows_its_label_in_the_language_of_the_receipt() -> None:
    assert body(ReceiptBlock("field", "A0017", LABEL), language="en") == (
        b"\x1ba\x00Item" + "：".encode("gb18030") + b"A0017\n"
    )


def test_a_long_field_goes_on_below_its_value() -> None:
    printed = body(ReceiptBlock("field", "甲" * 25, LABEL)).removeprefix(b"\x1ba\x00")
    first, second, rest = printed.split(b"\n")
    assert first == ("事项：" + "甲" * 21).encode("gb18030")
    assert second == b" " * 6 + ("甲" * 4).encode("gb18030")
    assert rest == b""


def test_a_qr_code_is_drawn_by_the_printer_itself() -> None:
    assert escpos.qr("https://x.cn/r/ABC") == (
        b"\x1d(k\x04\x001A2\x00"
        b"\x1d(k\x03\x001C\x09"
        b"\x1d(k\x03\x001E1"
        b"\x1d(k\x15\x001P0https://x.cn/r/ABC"
        b"\x1d(k\x03\x001Q0"
    )


def test_the_length_of_a_long_address_takes_two_bytes() -> None:
    assert b"\x1d(k\x2f\x011P0" in escpos.qr("a" * 300)


def test_an_address_too_long_for_a_qr_code_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 7089 bytes"):
        escpos.qr("a" * 7090)


def test_a_short_code_is_bold_with_its_label_above() -> None:
    block = ReceiptBlock("code", "0123456789", Words("短码", "Code"))
    assert body(block, language="en") == (
        b"\x1ba\x01Code\n\x1bE\x01\x1d!\x000123456789\n\x1bE\x00\x1d!\x00"
    )


def test_a_rule_goes_across_the_paper_and_a_space_is_one_line() -> None:
    assert body(ReceiptBlock("rule"), ReceiptBlock("space")) == (
        b"\x1ba\x00" + b"-" * 48 + b"\n" + b"\n"
    )


def test_text_cannot_smuggle_commands_to_the_printer() -> None:
    printed = body(ReceiptBlock("text", "a\x1b@\x1dVb\u202ec"))
    assert printed == b"\x1ba\x00a@Vbc\n"


def test_lines_break_at_the_width_of_the_paper_and_where_the_text_does() -> None:
    assert list(escpos.wrap("甲乙丙\n丁", 4)) == ["甲乙", "丙", "丁"]


def test_a_chinese_sign_takes_two_columns() -> None:
    assert escpos.width("A甲（") == 5
