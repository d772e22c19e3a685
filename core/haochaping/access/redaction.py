"""Masking personal details in comments: phones, identity numbers, names people give away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from haochaping.hooks.disclosure import Redaction

MASK: Final = "***"
"""What stands for a masked part, whatever its length."""

_WIDE: Final = str.maketrans("０１２３４５６７８９－　＠．", "0123456789- @.")
_PLATES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("identity_number", re.compile(r"(?<!\d)\d{6}[ -]?(?:\d{8}[ -]?\d{3}[\dXx]|\d{9})(?!\d)")),
    ("phone", re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d){8}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)0\d{2,3}[ -]?\d{7,8}(?!\d)")),
    ("number", re.compile(r"\d(?:[ -]?\d){6,}")),
    ("number", re.compile(r"[零〇一二两三四五六七八九幺]{7,}")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("account", re.compile(r"(?:微信|[Ww]e[Cc]hat|[Qq]{2})号?[是为:： ]{0,2}[A-Za-z0-9_-]{5,20}")),
    ("plate", re.compile(rf"[{_PLATES}][A-Za-z][·. ]?[A-Za-z0-9]{{5,6}}(?![A-Za-z0-9])")),
    ("name", re.compile(r"(?<=我叫)[\u4e00-\u9fff·]{2,4}")),
    ("name", re.compile(r"(?<=姓名)[是为:： ]{0,2}[\u4e00-\u9fff·]{2,4}")),
)
"""What is looked for, with the word for why it is masked."""


def found(text: str) -> tuple[Redaction, ...]:
    """Return the parts of a text that look like personal details."""
    narrow = text.translate(_WIDE)
    return tuple(
        Redaction(match.start(), match.end(), reason)
        for reason, pattern in PATTERNS
        for match in pattern.finditer(narrow)
    )


_HOME: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{2,7}(?:省|市|区|县|镇|乡)){0,4}"
    r"[\u4e00-\u9fff\d]{1,4}(?:路|街|道|巷|弄|村|里|庄|苑|园|小区|社区|新村|公寓|大厦)"
    r"(?:[\u4e00-\u9fff]{0,4}?\d{1,5}"
    r"(?:号楼|号院|号(?![厅窗线文令])|栋|幢|座|弄|单元|层|室|户|组|(?:[-—#]\d{1,4}){1,3}(?:室|户|号)?)){1,6}"
    r"(?:\d{3,4}(?!\d))?"
)
"""Where somebody lives: a street, village or estate, down to a number of house or flat."""


def addresses(text: str) -> tuple[Redaction, ...]:
    """Return the parts of a text that look like where somebody lives.

    Comments are not looked through for these: they name the halls they are about.
    """
    narrow = text.translate(_WIDE)
    return tuple(Redaction(one.start(), one.end(), "address") for one in _HOME.finditer(narrow))


def shielded(text: str) -> str:
    """Return what a rater wrote as staff read it: without the numbers and names given away in it.

    Only whoever may see the rater sees the words as they were written, with a purpose.
    """
    return masked(text, found(text))


def merged(redactions: Iterable[Redaction], length: int) -> tuple[Redaction, ...]:
    """Return ranges cut to the text, in order, with overlapping ones joined."""
    result: list[Redaction] = []
    for each in sorted(redactions, key=lambda one: (one.start, one.end)):
        start, end, reason = max(0, each.start), min(length, each.end), each.reason
        if start >= end:
            continue
        if result and start <= result[-1].end:
            last = result.pop()
            start, end, reason = last.start, max(last.end, end), last.reason
        result.append(Redaction(start, end, reason))
    return tuple(result)


def masked(text: str, redactions: Sequence[Redaction]) -> str:
    """Return the text with the ranges masked; nothing else of it is changed."""
    parts, position = [], 0
    for each in merged(redactions, len(text)):
        parts += [text[position : each.start], MASK]
        position = each.end
    return "".join([*parts, text[position:]])
