"""The XLSX template of a kind: headers, an example row, notes; every cell is text."""

from __future__ import annotations

import io
from typing import Any, Final

from haochaping.catalog.importing.kinds import Column, Kind
from haochaping.hooks.values import Words

_ROWS: Final = 10_000
"""How many rows are prepared as text."""

_NOTES: Final = Words("填写说明", "Notes")
_NOTE_HEADERS: Final = (
    Words("列", "Column"),
    Words("必填", "Required"),
    Words("说明", "Note"),
    Words("示例", "Example"),
)
_EXAMPLE: Final = Words(
    "第 2 行是示例，可以保留：原样的示例行不会导入",
    "Row 2 is an example and may stay: left as it is, it is not imported",
)


def template(kind: Kind, language: str = "zh_Hans_CN") -> bytes:
    """Return the XLSX template of a kind in a language."""
    import xlsxwriter

    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        _sheet(book, kind, language)
        _notes(book, kind, language)
    return file.getvalue()


def _sheet(book: Any, kind: Kind, language: str) -> None:
    sheet = book.add_worksheet(kind.title.into(language))
    header = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
    text = book.add_format({"num_format": "@"})
    example = book.add_format({"num_format": "@", "italic": True, "font_color": "#767676"})
    for index, column in enumerate(kind.columns):
        sheet.set_column(index, index, _width(column, language), text)
        sheet.write_string(0, index, _title(column, language), header)
        sheet.write_string(1, index, column.example, example)
        if column.note.into(language):
            sheet.write_comment(0, index, column.note.into(language))
        if column.example in {"是", "否"}:
            choice = {"validate": "list", "source": ["是", "否"]}
            sheet.data_validation(1, index, _ROWS, index, choice)
    sheet.freeze_panes(1, 0)


def _notes(book: Any, kind: Kind, language: str) -> None:
    sheet = book.add_worksheet(_NOTES.into(language))
    bold = book.add_format({"bold": True})
    sheet.set_column(0, 3, 32)
    sheet.write_string(0, 0, _EXAMPLE.into(language))
    for index, words in enumerate(_NOTE_HEADERS):
        sheet.write_string(2, index, words.into(language), bold)
    for row, column in enumerate(kind.columns, start=3):
        needed = Words("是", "yes") if column.required else Words("")
        notes = (column.title, needed, column.note)
        for index, words in enumerate(notes):
            sheet.write_string(row, index, words.into(language))
        sheet.write_string(row, 3, column.example)


def _title(column: Column, language: str) -> str:
    return column.title.into(language) + ("*" if column.required else "")


def _width(column: Column, language: str) -> int:
    longest = max(len(column.title.into(language)) * 2, len(column.example) * 1.2)
    return min(48, max(12, int(longest) + 2))
