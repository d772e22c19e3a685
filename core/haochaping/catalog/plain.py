"""Whole chunks of lines that need no look of their own, checked column by column.

The checks are those of `fields`, asked of all lines at once. Whatever they do not pass is
not refused here: it goes the ordinary way, line by line, where every fault gets its words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from haochaping.catalog.fields import CODE_MAX, NAME_MAX, NO, QUOTES, YES
from haochaping.catalog.texts import UNREADABLE, holds_invisible

_FLAGS: Final = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}


class NotPlain(Exception):
    """Some line needs a look of its own."""


class Columns:
    """The cells of several lines by column, all of them clean; missing columns are empty."""

    def __init__(self, cells: Mapping[str, Sequence[str]], lines: int) -> None:
        self._cells = cells
        self.lines = lines

    def text(self, name: str, *, needed: bool = False, limit: int = NAME_MAX) -> Sequence[str]:
        """Return a column of texts. Raises NotPlain when one is too long or missing."""
        found = self._cells.get(name)
        if found is None:
            found = [""] * self.lines
        if max(map(len, found)) > limit or (needed and not all(found)):
            raise NotPlain
        return found

    def code(self, name: str, *, needed: bool = False) -> Sequence[str]:
        """Return a column of opaque codes. Raises NotPlain when one is no code."""
        found = self.text(name, needed=needed, limit=CODE_MAX)
        whole = "".join(found)
        if any(quote in whole for quote in QUOTES):
            raise NotPlain
        return found

    def flag(self, name: str, *, default: bool) -> Sequence[bool]:
        """Return a column of yes or no. Raises NotPlain when one is neither."""
        found = self._cells.get(name)
        if found is None:
            return [default] * self.lines
        known = {**_FLAGS, "": default}
        if not set(found) <= known.keys():
            raise NotPlain
        return [known[cell] for cell in found]


def columns(names: Sequence[str], lines: Sequence[Sequence[str]]) -> Columns:
    """Return the cells of lines by column.

    Raises NotPlain when a line has another number of cells than there are columns, or holds
    what would have to be cleaned or refused.
    """
    width = len(names)
    if set(map(len, lines)) != {width}:
        raise NotPlain
    whole = "".join(map("".join, lines))
    if holds_invisible(whole) or UNREADABLE in whole or not _normal(whole):
        raise NotPlain
    by_column = zip(*lines, strict=True)
    cells = {name: list(map(str.strip, each)) for name, each in zip(names, by_column, strict=True)}
    return Columns(cells, len(lines))


def _normal(text: str) -> bool:
    return text.isascii() or unicodedata.is_normalized("NFC", text)
