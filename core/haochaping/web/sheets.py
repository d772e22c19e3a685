"""Tables to take away: CSV and XLSX that a spreadsheet opens without taking text for formulas."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Final

from flask import Response

from haochaping.catalog.importing.cells import neutral
from haochaping.catalog.importing.rejects import encoded

Cell = str | int
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH: Final = 18
_TITLE: Final = 31
"""Longest title of a sheet."""


def csv(name: str, rows: Sequence[Sequence[Cell]]) -> Response:
    """Answer with rows as a CSV file; the first row is the header."""
    body = encoded([[str(cell) for cell in row] for row in rows], mark=True)
    return _file(Response(body, mimetype="text/csv"), f"{name}.csv")


def xlsx(name: str, rows: Sequence[Sequence[Cell]]) -> Response:
    """Answer with rows as an XLSX file; numbers stay numbers, all else is text."""
    return book(name, {"": rows})


def book(name: str, tables: Mapping[str, Sequence[Sequence[Cell]]]) -> Response:
    """Answer with an XLSX file of one sheet a table, by the title of the sheet."""
    return _file(Response(workbook(tables), mimetype=XLSX), f"{name}.xlsx")


def workbook(tables: Mapping[str, Sequence[Sequence[Cell]]]) -> bytes:
    """Return tables as a workbook; the first row of each is its header."""
    import xlsxwriter  # lazily: only those who take a table away need it

    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as found:
        head = found.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        for title, rows in tables.items():
            sheet = found.add_worksheet(title[:_TITLE] or None)
            sheet.set_column(0, max(len(rows[0]) - 1, 0), _WIDTH)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, int):
                        sheet.write_number(number, place, cell)
                    else:
                        style = None if number else head
                        sheet.write_string(number, place, neutral(cell), style)
            sheet.freeze_panes(1, 0)
    return file.getvalue()


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
