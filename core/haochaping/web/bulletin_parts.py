"""The parts of a bulletin as pages show them, in the language of who reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from haochaping.bulletins.content import Cell, Part, text
from haochaping.bulletins.head import ordinal
from haochaping.web.i18n import language, words

_FIGURE: Final = re.compile(r"[-+<]?[\d,.]+%?|[…—]")


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part: numbered heading, paragraphs, a table; cells say whether they are figures."""

    key: str
    heading: str
    paragraphs: tuple[str, ...]
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[tuple[str, bool], ...], ...]


def shown(parts: Sequence[Part]) -> tuple[ShownPart, ...]:
    """Return parts as a page shows them."""
    return tuple(
        ShownPart(
            key=part.key.replace(".", "-").replace("_", "-"),
            heading=ordinal(number, language()) + words(part.heading),
            paragraphs=tuple(words(one) for one in part.paragraphs),
            columns=tuple(
                (words(title), bool(part.rows) and _is_figure(part.rows[0][place]))
                for place, title in enumerate(part.columns)
            ),
            rows=tuple(
                tuple((text(cell, language()), _is_figure(cell)) for cell in row)
                for row in part.rows
            ),
        )
        for number, part in enumerate(parts, start=1)
    )


def _is_figure(cell: Cell) -> bool:
    return _FIGURE.fullmatch(text(cell, language())) is not None
