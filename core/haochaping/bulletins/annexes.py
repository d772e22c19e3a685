"""The annexes as a workbook: a sheet a board, names as text that no spreadsheet computes."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any, Final

from haochaping.bulletins.content import Cell, Content, Part
from haochaping.catalog.importing.cells import neutral
from haochaping.hooks.values import Words

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_TITLE: Final = 31
"""Characters of a sheet's name at most, by the format."""
_WIDTHS: Final = (12, 40)


def workbook(content: Content, language: str) -> bytes:
    """Return the tables of the text on one sheet each, then the boards; numbers stay numbers."""
    import xlsxwriter  # lazily: only those who take a table away need it

    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        whole = {one.key for one in content.annexes}
        own = [one for one in content.parts if one.columns and one.key not in whole]
        taken: set[str] = set()
        for part in (*own, *content.annexes):
            sheet = book.add_worksheet(sheet_name(part.heading.into(language), taken))
            _fill(sheet, part, language, head)
        if not taken:
            book.add_worksheet(sheet_name(content.title.into(language), taken))
    return file.getvalue()


def sheet_name(wanted: str, taken: set[str]) -> str:
    """Return a name that a sheet may have and none has yet; it is taken from now on."""
    name = _FORBIDDEN.sub(" ", wanted).strip("' ")[:_TITLE] or "_"
    number = 1
    while name.casefold() in taken:
        number += 1
        tail = f" {number}"
        name = name[: _TITLE - len(tail)] + tail
    taken.add(name.casefold())
    return name


def _fill(sheet: Any, part: Part, language: str, head: Any) -> None:
    for place, title in enumerate(part.columns):
        sheet.write_string(0, place, neutral(title.into(language)), head)
        sheet.set_column(place, place, _width(part.rows, place, language))
    for number, row in enumerate(part.rows, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, place, cell)
            else:
                shown = cell.into(language) if isinstance(cell, Words) else cell
                sheet.write_string(number, place, neutral(shown))
    sheet.freeze_panes(1, 0)


def _width(rows: Sequence[Sequence[Cell]], place: int, language: str) -> int:
    least, most = _WIDTHS
    texts = (row[place] for row in rows[:200])
    longest = max(
        (2 * len(one.into(language)) for one in texts if isinstance(one, Words)), default=least
    )
    return min(max(longest, least), most)
