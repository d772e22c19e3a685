"""What stands around a bulletin's content: number, date, what its issuer asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from haochaping.hooks.values import Words


@dataclass(frozen=True, slots=True)
class Head:
    """Number of the document (发文字号), its day, the issuer's own words, its version."""

    number: str
    day: date
    remarks: str
    version: int

    @property
    def asked(self) -> tuple[str, ...]:
        """The issuer's own words, one paragraph a line."""
        return tuple(line.strip() for line in self.remarks.splitlines() if line.strip())


REMARKS = Words("工作要求", "What is asked for")
"""Heading of the issuer's own words."""


def day_words(day: date) -> Words:
    """Return a day as an official document writes it."""
    return Words(f"{day.year}年{day.month}月{day.day}日", f"{day.day} {day:%B %Y}")


NUMERALS = "一二三四五六七八九十"


def ordinal(number: int, language: str) -> str:
    """Return what stands before a heading: 一、 to 九十九、 in Chinese, else 1."""
    if language.startswith("en"):
        return f"{number}. "
    tens, ones = divmod(number, 10)
    if not tens:
        return f"{NUMERALS[ones - 1]}、"
    lead = "" if tens == 1 else NUMERALS[tens - 1]
    return f"{lead}十{NUMERALS[ones - 1] if ones else ''}、"
