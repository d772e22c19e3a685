"""Personal details people write into comments are masked, everything else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haochaping.access import redaction
from haochaping.hooks.disclosure import Redaction


def clean(text):
    return redaction.masked(text, redaction.found(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请打13800138000联系我", "请打***联系我"),
        ("电话138-0013-8000", "电话***"),
        ("电话１３８００１３８０００", "电话***"),
        ("座机0571-87654321。", "座机***。"),
        ("身份证990000199001010017", "身份证***"),
        ("身份证 99000019900101001X 号", "身份证 *** 号"),
        ("卡号6222 0212 3456 7890 123", "卡号***"),
        ("电话一三八零零一三八零零零", "电话***"),
        ("邮箱 zhang.san@example.com 谢谢", "邮箱 *** 谢谢"),
        ("微信号：zhang_san88", "***"),
        ("QQ12345678", "***"),
        ("车牌浙A12345", "车牌***"),
        ("我叫张三", "我叫***"),
        ("姓名：李四，来办事", "姓名***，来办事"),
    ],
)
def test_personal_details_are_masked(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("住文三路18号3单元502室。", "***。"),
        ("家在幸福小区12栋2单元501", "***"),
        ("住西湖区北山街道宝石社区3-2-501室", "***"),
        ("王庄村3组12号的老人", "***的老人"),
        ("在3号窗口等了18分钟", "在3号窗口等了18分钟"),
        ("文三路办事大厅3号窗口", "文三路办事大厅3号窗口"),
        ("国办发51号文", "国办发51号文"),
    ],
)
def test_where_somebody_lives_is_found_and_a_window_is_not(text, shown):
    assert redaction.masked(text, redaction.addresses(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "等了3个小时，跑了2趟",
        "2026年11月16日上午10:30在3号窗口",
        "排队第108号，材料交了5份",
        "态度很好👍",
    ],
)
def test_what_is_not_personal_stays(text):
    assert clean(text) == text


def test_overlapping_masks_become_one():
    found = redaction.merged([Redaction(0, 5, "a"), Redaction(3, 8, "b"), Redaction(9, 9, "c")], 7)
    assert found == (Redaction(0, 7, "a"),)


def test_a_mask_hides_the_length_of_what_it_covers():
    assert redaction.masked("abcdef", [Redaction(1, 2, "x")]) == "a***cdef"
    assert redaction.masked("abcdef", [Redaction(1, 5, "x")]) == "a***f"


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50))))
def test_masking_never_adds_or_reorders_the_raters_words(text, ranges):
    masks = [Redaction(start, end, "x") for start, end in ranges]
    kept = redaction.masked(text, masks).split(redaction.MASK)
    position = 0
    for part in kept:
        found = text.find(part, position)
        assert found >= 0
        position = found + len(part)


@given(st.text(alphabet="0123456789１２３ -是我叫微信:a@.", max_size=60))
def test_any_text_can_be_looked_through(text):
    for each in redaction.found(text):
        assert 0 <= each.start < each.end <= len(text)
