"""What a bulletin says, once and for all: parts with paragraphs and tables, kept and digested."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from haochaping.bulletins.rules import Edition
from haochaping.grading import periods
from haochaping.hooks.values import Period, Words
from haochaping.store.types import canonical_json

SCHEMA: Final = "haochaping.bulletin/1"
Cell = str | int | Words
"""What stands in a table: a text as it is, a number, or a name in the languages offered."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bulletin: heading, paragraphs, and a table where it has columns."""

    key: str
    heading: Words
    paragraphs: tuple[Words, ...] = ()
    columns: tuple[Words, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that a bulletin says; `annexes` are whole boards, `missing` what a plugin failed to add.

    `figures` are the jurisdiction's figures by name as shown, None where they are withheld.
    """

    period: Period
    edition: Edition
    place: Words
    issuer: Words
    profile_digest: str
    figures: Mapping[str, str | int | None]
    parts: tuple[Part, ...]
    annexes: tuple[Part, ...]
    missing: tuple[str, ...] = ()

    @property
    def title(self) -> Words:
        """What the bulletin is called."""
        when = period_words(self.period)
        return Words(
            f"关于{when.zh}政务服务“好差评”情况的通报",
            f"Bulletin on the reviews of government services, {when.en}",
        )

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical form, in hexadecimal."""
        return hashlib.sha256(canonical_json(as_json(self)).encode()).hexdigest()


def period_words(period: Period) -> Words:
    """Return a period as it is written in a title."""
    year, kind = period.first.year, periods.kind(period)
    if kind == "year":
        return Words(f"{year}年", str(year))
    if kind == "quarter":
        number = period.last.month // 3
        return Words(f"{year}年第{number}季度", f"quarter {number} of {year}")
    if kind == "month":
        return Words(f"{year}年{period.first.month}月", f"{period.first:%B %Y}")
    return Words(f"{year}年{period.first.month}月{period.first.day}日", period.name)


def text(cell: Cell, language: str) -> str:
    """Return a cell in a language."""
    if isinstance(cell, Words):
        return cell.into(language)
    return f"{cell:,}" if isinstance(cell, int) else cell


def as_json(content: Content) -> dict[str, Any]:
    """Return the content as it is kept."""
    return {
        "schema": SCHEMA,
        "period": content.period.name,
        "edition": str(content.edition),
        "place": _words_json(content.place),
        "issuer": _words_json(content.issuer),
        "title": _words_json(content.title),
        "profile_digest": content.profile_digest,
        "figures": dict(content.figures),
        "parts": [_part_json(one) for one in content.parts],
        "annexes": [_part_json(one) for one in content.annexes],
        "missing": list(content.missing),
    }


def from_json(data: Mapping[str, Any]) -> Content:
    """Return the content as it was kept."""
    return Content(
        period=periods.parse(data["period"]),
        edition=Edition(data["edition"]),
        place=_words(data["place"]),
        issuer=_words(data["issuer"]),
        profile_digest=data["profile_digest"],
        figures=data["figures"],
        parts=tuple(_part(one) for one in data["parts"]),
        annexes=tuple(_part(one) for one in data["annexes"]),
        missing=tuple(data["missing"]),
    )


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "key": part.key,
        "heading": _words_json(part.heading),
        "paragraphs": [_words_json(one) for one in part.paragraphs],
        "columns": [_words_json(one) for one in part.columns],
        "rows": [[_cell_json(cell) for cell in row] for row in part.rows],
    }


def _part(data: Mapping[str, Any]) -> Part:
    return Part(
        key=data["key"],
        heading=_words(data["heading"]),
        paragraphs=tuple(_words(one) for one in data["paragraphs"]),
        columns=tuple(_words(one) for one in data["columns"]),
        rows=tuple(tuple(_cell(cell) for cell in row) for row in data["rows"]),
    )


def _cell_json(cell: Cell) -> Any:
    return _words_json(cell) if isinstance(cell, Words) else cell


def _cell(data: Any) -> Cell:
    return _words(data) if isinstance(data, Mapping) else data


def _words_json(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _words(data: Mapping[str, str]) -> Words:
    return Words(data["zh"], data["en"])


def named(parts: Sequence[Part], key: str) -> Part | None:
    """Return the part of a name, None when there is none."""
    return next((one for one in parts if one.key == key), None)
