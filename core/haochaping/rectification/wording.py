"""Texts that people type about a case: cleaned, limited, kept in lines."""

from __future__ import annotations

from typing import Final

from haochaping.evaluation.texts import clean
from haochaping.hooks.values import Words
from haochaping.problems import Problem

LONGEST: Final = 2000
"""Characters of a reply, message or reason."""


class TextRefused(Problem):
    """A text is empty where words are needed, or too long."""

    code = "HCP-CASE-TEXT"
    status = 422
    title = Words("文字内容不符合要求", "The text cannot be used")


def tidy(text: str) -> str:
    """Return the text in NFC without control marks, its lines kept. Raises TextRefused."""
    tidied = clean(text)
    if len(tidied) > LONGEST:
        raise TextRefused(
            Words(
                f"文字共 {len(tidied)} 字，最多 {LONGEST} 字，请精简后再提交",
                f"The text has {len(tidied)} characters, at most {LONGEST}: please shorten it",
            )
        )
    return tidied


def needed(text: str) -> str:
    """Return the tidied text. Raises TextRefused when nothing is left."""
    tidied = tidy(text)
    if not tidied:
        raise TextRefused(Words("请填写文字内容", "Please write something"))
    return tidied
