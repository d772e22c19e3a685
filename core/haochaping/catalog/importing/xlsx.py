"""XLSX files, read row by row from the first sheet."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final

from haochaping.catalog.importing.reading import FILE_MAX, Line, UnreadableFile
from haochaping.containment import contained
from haochaping.hooks.values import Words

_EXACT: Final = 10**15
"""From here on a spreadsheet's numbers have lost digits."""

_ERRORS: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"}
)


class XlsxSource:
    """An open workbook; only its first sheet is read, formulas by their last result."""

    encoding = "XLSX"

    def __init__(self, file: BinaryIO, path: Path) -> None:
        _check_size(path)
        self._file = file
        result = contained("open workbook", lambda: _load(file))
        if not result.ok:
            raise UnreadableFile(
                Words(
                    f"{path.name} 不是完好的 XLSX 文件，请用表格软件打开后另存",
                    f"{path.name} is no sound XLSX file: open it in a spreadsheet and save it",
                ),
                reason=result.message,
            )
        self._book: Any = result.unwrap()
        self._sheet: Any = self._book.worksheets[0]
        self._total: int | None = self._sheet.max_row
        self._sheet.reset_dimensions()
        self._number = 0
        self._rows: Iterator[tuple[Any, ...]] = self._sheet.iter_rows(values_only=True)
        self.header = self._header(path)

    @property
    def fraction(self) -> float | None:
        """How much was read, 0 to 1; None when the sheet does not say how long it is."""
        return min(1.0, self._number / self._total) if self._total else None

    def lines(self) -> Iterator[Line]:
        """Give the rows below the header, numbered as the sheet shows them."""
        for row in self._rows:
            self._number += 1
            if any(value not in (None, "") for value in row):
                yield _line(self._number, row)

    def close(self) -> None:
        """Close the workbook."""
        self._book.close()
        self._file.close()

    def _header(self, path: Path) -> list[str]:
        for row in self._rows:
            self._number += 1
            if any(value not in (None, "") for value in row):
                return _trimmed([_text(value) for value in row])
        raise UnreadableFile(Words(f"{path.name} 没有表头", f"{path.name} has no header"))


def _load(file: BinaryIO) -> Any:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and validations that we do not need
        return load_workbook(file, read_only=True, data_only=True)


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        unpacked = 0  # loading it tells what is wrong
    if unpacked > FILE_MAX:
        raise UnreadableFile(
            Words(
                f"{path.name} 解压后超过 {FILE_MAX >> 20} MB，请分成几个文件或改用 CSV",
                f"{path.name} is larger than {FILE_MAX >> 20} MB unpacked: split it or use CSV",
            )
        )


def _line(number: int, row: Sequence[Any]) -> Line:
    cells = _trimmed([_text(value) for value in row])
    lost = next((value for value in row if _is_inexact(value)), None)
    if lost is not None:
        return Line(number, cells, _inexact(lost))
    wrong = next((cell for cell in cells if cell in _ERRORS), None)
    if wrong is not None:
        return Line(
            number, cells, Words(f"有公式错误 {wrong}", f"a formula ends in the error {wrong}")
        )
    return Line(number, cells)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else format(Decimal(str(value)), "f")


def _is_inexact(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) >= _EXACT


def _inexact(value: Any) -> Words:
    return Words(
        f"长号码 {value:.0f} 被存成了数字，末几位已经丢失；请把该列设为文本后重新填写",
        f"the long code {value:.0f} was kept as a number and lost its last digits: format the "
        "column as text and write it again",
    )


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells
