"""What a reply by SMS means: tolerant of how people type, never guessing."""

from __future__ import annotations

import pytest

from haochaping.channels import replies
from haochaping.channels.replies import Kind


@pytest.mark.parametrize(
    ("text", "grade", "words"),
    [
        ("5", 5, ""),
        ("５", 5, ""),
        (" 5 ", 5, ""),
        ("\u30005\u3000", 5, ""),
        ("5。不错", 5, "不错"),
        ("5，很好", 5, "很好"),
        ("5 很好，谢谢", 5, "很好,谢谢"),
        ("2 排队太久", 2, "排队太久"),
        ("5分", 5, ""),
        ("４星", 4, ""),
        ("五", 5, ""),
        ("我选5", 5, ""),
        ("打５分，办得快", 5, "办得快"),
        ("回复 4", 4, ""),
        ("评价：3", 3, ""),
        ("给2分 态度差", 2, "态度差"),
        ("5非常满意", 5, ""),
        ("2 不满意，等太久", 2, "不满意,等太久"),
        ("2不满意，等太久", 2, "等太久"),
        ("非常满意", 5, ""),
        ("满意", 4, ""),
        ("不满意，等太久", 2, "等太久"),
        ("非常不满意", 1, ""),
        ("基本满意。", 3, ""),
        ("“5”".strip("“”"), 5, ""),
    ],
)
def test_a_grade_is_understood_however_it_is_typed(text: str, grade: int, words: str) -> None:
    found = replies.read(text)
    assert (found.kind, found.grade, found.text) == (Kind.GRADE, grade, words)


@pytest.mark.parametrize(
    "text",
    ["55", "15", "0", "6", "10分", "1个小时才轮到我", "5不错", "5不满意", "选1号窗口", "给1个说法",
     "打12345", "5 4", "4.5", "1-5", "你好",
     "满意吗", "A", "\u202e5\u202d6"],
)  # fmt: skip
def test_what_could_mean_two_things_is_no_grade(text: str) -> None:
    assert replies.read(text).kind is Kind.WORDS


@pytest.mark.parametrize("text", ["T", "t", "Ｔ", "td", "退订", " 退订。", "STOP"])
def test_an_opt_out_is_understood(text: str) -> None:
    assert replies.read(text).kind is Kind.STOP


@pytest.mark.parametrize("text", ["", "  ", "。", "\u200b\u200b"])
def test_nothing_is_nothing(text: str) -> None:
    assert replies.read(text).kind is Kind.EMPTY


@pytest.mark.parametrize(
    ("text", "numbers", "words"),
    [
        ("1", (1,), ""),
        ("1 3", (1, 3), ""),
        ("１、３", (1, 3), ""),
        ("13", (1, 3), ""),
        ("2 跑了三趟", (2,), "跑了三趟"),
        ("4", (4,), ""),
        ("等了三个小时", (), "等了三个小时"),
        ("7", (), "7"),
        ("1个小时没人", (), "1个小时没人"),
        ("3 3", (3,), ""),
    ],
)
def test_reasons_are_chosen_by_number_or_said(
    text: str, numbers: tuple[int, ...], words: str
) -> None:
    assert replies.chosen(text, 4) == (numbers, words)
