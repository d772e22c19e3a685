"""What a reply by SMS means: a grade, a wish to hear nothing more, or words we do not know."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from haochaping.evaluation.texts import clean
from haochaping.hooks.values import Grade
from haochaping.indicators import scale


class Kind(Enum):
    """What somebody who replied wants."""

    GRADE = "grade"
    STOP = "stop"
    RESUME = "resume"
    WORDS = "words"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it was understood; `text` is what stands behind the grade, or all of it."""

    kind: Kind
    grade: Grade | None = None
    text: str = field(default="", repr=False)


STOPS: Final = frozenset({"T", "TD", "退订", "STOP"})
RESUMES: Final = frozenset({"订阅", "DY", "START"})
_GRADE: Final = re.compile(r"([1-5一二三四五])[分星]?(?![\w]|[.,:/-][0-9])")
_LED: Final = re.compile(r"我?(?:选择?|打|给|评价?|回复?|按)[ :]?(?=[1-5一二三四五])")
"""Words that lead to a digit and say nothing more: 我选5, 打5分, 回复 5."""
_BETWEEN: Final = " \t\n,，.。;；:：!！、~～-—"
_HAN: Final = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_DIGITS: Final = frozenset({"1", "2", "3", "4", "5", *_HAN})
_LABELS: Final = sorted(
    ((scale.label(grade).zh, grade) for grade in scale.GRADES), key=lambda one: -len(one[0])
)
"""The grades in words, the longer first: 非常满意 before 满意."""


def read(text: str) -> Reply:
    """Return what a reply means.

    Full-width digits, spaces and signs behind a digit are tolerated (`５`, ` 5 。不错`), and so
    are words that only lead to it (`我选5`, `打5分`) and its own meaning behind it (`5非常满意`).
    A digit that runs on into other words (`1个小时`, `5不满意`) or digits (`5 4`) is no grade:
    nothing is guessed.
    """
    plain = narrow(text)
    bare = plain.strip(_BETWEEN).upper()
    if not bare:
        return Reply(Kind.EMPTY)
    if bare in STOPS:
        return Reply(Kind.STOP)
    if bare in RESUMES:
        return Reply(Kind.RESUME)
    return _digit(plain) or _label(plain) or Reply(Kind.WORDS, None, clean(text))


def chosen(text: str, offered: int) -> tuple[tuple[int, ...], str]:
    """Return the reasons chosen by their numbers (1 to `offered`) and the words behind them.

    No numbers and the whole text when it does not begin with one of them.
    """
    plain = narrow(text).strip(_BETWEEN)
    found = re.match(rf"[1-{offered}](?:[{re.escape(_BETWEEN)}]*[1-{offered}])*(?![0-9\w])", plain)
    if found is None:
        return (), clean(text)
    numbers = tuple(dict.fromkeys(int(sign) for sign in found[0] if sign.isdigit()))
    return numbers, clean(plain[found.end() :].strip(_BETWEEN))


def narrow(text: str) -> str:
    """Return the text with full-width signs made narrow and no spaces at its ends."""
    return unicodedata.normalize("NFKC", clean(text)).strip()


def _digit(plain: str) -> Reply | None:
    start = plain.lstrip(_BETWEEN)
    led = _LED.match(start)
    start = start if led is None else start[led.end() :]
    found = _GRADE.match(start)
    if found is None:
        return _with_meaning(start)
    rest = _rest(start, found.end())
    return None if rest.isdigit() else Reply(Kind.GRADE, _grade(found[1]), rest)


def _with_meaning(start: str) -> Reply | None:
    """Return the reply of a digit that its own label follows: `5非常满意`."""
    found = _label(start[1:]) if start[:1] in _DIGITS else None
    return found if found is not None and found.grade == _grade(start[0]) else None


def _grade(digit: str) -> Grade:
    return Grade(_HAN.get(digit) or int(digit))


def _label(plain: str) -> Reply | None:
    start = plain.lstrip(_BETWEEN)
    for label, grade in _LABELS:
        ended = start[len(label) : len(label) + 1]
        if start.startswith(label) and (not ended or ended in _BETWEEN):
            return Reply(Kind.GRADE, grade, _rest(start, len(label)))
    return None


def _rest(text: str, end: int) -> str:
    return text[end:].strip(_BETWEEN)
