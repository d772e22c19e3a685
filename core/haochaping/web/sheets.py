"""Tables to take away: CSV and XLSX that a spreadsheet opens without taking text for formulas."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from flask import Response

from haochaping.catalog.importing.cells import neutral
from haochaping.catalog.importing.rejects import encoded

Cell = str | int
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH: Final = 18


def csv(name: str, rows: Sequence[Sequence[Cell]]) -> Response:
    """Answer with rows as a CSV file; the first row is the header."""
    body = encoded([[str(cell) for cell in row] for row in rows], mark=True)
    return _file(Response(body, mimetype="text/csv"), f"{name}.csv")


def xlsx(name: str, rows: Sequence[Sequence[Cell]]) -> Response:
    """Answer with rows as an XLSX file; numbers stay numbers, all else is text."""
    return _file(Response(workbook(rows), mimetype=XLSX), f"{name}.xlsx")


def workbook(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return rows as a workbook of one sheet."""
    import xlsxwriter  # lazily: only those who take a table away need it

    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        sheet.set_column(0, max(len(rows[0]) - 1, 0), _WIDTH)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                else:
                    sheet.write_string(number, place, neutral(cell), head if not number else None)
        sheet.freeze_panes(1, 0)
    return file.getvalue()


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
