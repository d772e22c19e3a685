"""Finding a kind's columns by the headers of a file, Chinese or English."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from haochaping.catalog.importing.kinds import Column, Kind
from haochaping.catalog.importing.reading import Line, UnreadableFile
from haochaping.catalog.plain import Columns, NotPlain, columns
from haochaping.catalog.texts import CleanTexts, clean, clean_all, holds_control
from haochaping.hooks.values import Words

REJECT_COLUMNS: Final = ("行号", "原因")
"""Added to a rejects file; ignored when the file is imported again."""

_IGNORED: Final = frozenset({"行号", "原因", "line", "reason"})
_DECORATION: Final = re.compile(r"[\s*＊]|[（(](?:必填|选填|required|optional)[）)]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which cell of a line is which column; None for cells that are ignored."""

    names: tuple[str | None, ...]
    all_known: bool

    def fields(self, line: Line) -> CleanTexts | Words:
        """Return the clean cells of a line by column, or why it does not fit the header."""
        cells = clean_all(line.cells)
        if len(cells) > len(self.names) and any(cells[len(self.names) :]):
            return Words(
                f"有 {len(cells)} 个单元格，表头只有 {len(self.names)} 列",
                f"there are {len(cells)} cells, but the header has {len(self.names)} columns",
            )
        found = self._named(cells)
        if holds_control("".join(line.cells)):
            raw = zip(self.names, line.cells, strict=False)
            found.broken = frozenset(name for name, cell in raw if name and holds_control(cell))
        return found

    def plain(self, lines: Sequence[Line]) -> Columns:
        """Return the cells of lines by column. Raises NotPlain when one needs a look."""
        if not self.all_known or any(line.fault is not None for line in lines):
            raise NotPlain
        names = [name for name in self.names if name]
        return columns(names, [line.cells for line in lines])

    def _named(self, cells: list[str]) -> CleanTexts:
        if self.all_known:
            return CleanTexts(zip(self.names, cells, strict=False))  # type: ignore[arg-type]
        named = zip(self.names, cells, strict=False)
        return CleanTexts({name: cell for name, cell in named if name})


def layout(kind: Kind, header: Sequence[str]) -> Layout:
    """Return the layout of a header. Raises UnreadableFile naming every fault of it."""
    known = {_plain(word): column.name for column in kind.columns for word in _words(column)}
    names = tuple(known.get(_plain(cell)) for cell in header)
    faults = [
        *_unknown(kind, header, names),
        *_doubled(kind, names),
        *_missing(kind, names),
    ]
    if faults:
        raise UnreadableFile(
            Words("；".join(fault.zh for fault in faults), "; ".join(fault.en for fault in faults))
        )
    return Layout(names, all_known=None not in names)


def _words(column: Column) -> tuple[str, ...]:
    return (column.name, column.title.zh, column.title.en, *column.aliases)


def _plain(cell: str) -> str:
    return _DECORATION.sub("", clean(cell)).replace("_", "").lower()


def _unknown(kind: Kind, header: Sequence[str], names: Sequence[str | None]) -> list[Words]:
    titles = [column.title.zh for column in kind.columns]
    faults = []
    for cell, name in zip(header, names, strict=True):
        if name is not None or not clean(cell) or _plain(cell) in _IGNORED:
            continue
        near = difflib.get_close_matches(clean(cell), titles, 1)
        zh, en = (f"（是否指 {near[0]}？）", f" (did you mean {near[0]}?)") if near else ("", "")
        shown = clean(cell)[:40]
        faults.append(Words(f"不认识的列「{shown}」{zh}", f"unknown column “{shown}”{en}"))
    return faults


def _doubled(kind: Kind, names: Sequence[str | None]) -> list[Words]:
    twice = [column for column in kind.columns if names.count(column.name) > 1]
    return [
        Words(f"列「{column.title.zh}」重复", f"the column “{column.title.en}” occurs twice")
        for column in twice
    ]


def _missing(kind: Kind, names: Sequence[str | None]) -> list[Words]:
    missing = [column for column in kind.columns if column.required and column.name not in names]
    return [
        Words(f"缺少列「{column.title.zh}」", f"the column “{column.title.en}” is missing")
        for column in missing
    ]
