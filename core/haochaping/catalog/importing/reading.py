"""Reading the lines of a file: CSV in the encodings people use, or XLSX."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, Protocol

from haochaping.catalog.texts import UNREADABLE
from haochaping.hooks.values import Words
from haochaping.problems import Problem

FILE_MAX: Final = 512 * 1024 * 1024
"""Largest file taken, in bytes; for XLSX also its largest content unpacked."""

CELL_MAX: Final = 4000
"""Longest cell taken, in characters."""


class UnreadableFile(Problem):
    """The file as a whole cannot be used: its form, its encoding, its header."""

    code = "HCP-UNREADABLE-FILE"
    status = 422
    title = Words("文件无法读取", "The file cannot be read")


class Line(NamedTuple):
    """A line of a file: its number (counted from 1), its cells, or what is wrong with it."""

    number: int
    cells: list[str]
    fault: Words | None = None


class Source(Protocol):
    """A file that is open for reading."""

    @property
    def header(self) -> list[str]:
        """The cells of the first line that is not empty."""
        ...

    @property
    def encoding(self) -> str:
        """How the file is encoded, in words for people."""
        ...

    @property
    def fraction(self) -> float | None:
        """How much was read, 0 to 1; None when nobody knows."""
        ...

    def lines(self) -> Iterator[Line]:
        """Give the lines below the header, without empty ones."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def open_source(path: Path) -> Source:
    """Open a file by its content, whatever its name. Raises UnreadableFile."""
    head = _head(path)
    if head == b"\xd0\xcf\x11\xe0":
        raise UnreadableFile(
            Words(
                f"{path.name} 是旧版 Excel（.xls）或加密文件，请另存为 .xlsx 或 CSV",
                f"{path.name} is an old Excel file (.xls) or encrypted: save it as .xlsx or CSV",
            )
        )
    with ExitStack() as on_failure:
        file = on_failure.enter_context(path.open("rb"))
        source = _source(file, path, workbook=head == b"PK\x03\x04")
        on_failure.pop_all()
    return source


def _source(file: BinaryIO, path: Path, *, workbook: bool) -> Source:
    if workbook:
        from haochaping.catalog.importing.xlsx import XlsxSource

        return XlsxSource(file, path)
    from haochaping.catalog.importing.csvfile import CsvSource

    return CsvSource(file, path)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refusal(line: Line) -> Words | None:
    """Return why a line cannot be read, None when it can."""
    if line.fault is not None:
        return line.fault
    whole = "".join(line.cells)
    if len(whole) > CELL_MAX and any(len(cell) > CELL_MAX for cell in line.cells):
        return Words(
            f"有单元格超过 {CELL_MAX} 个字符，可能是引号没有成对",
            f"a cell is longer than {CELL_MAX} characters: a quotation mark may be missing",
        )
    if UNREADABLE in whole:
        return Words(
            "有无法识别的字节，请用 UTF-8 或 GB18030 重新保存",
            "some bytes cannot be read: save it again as UTF-8 or GB18030",
        )
    return None


def _head(path: Path) -> bytes:
    if not path.is_file():
        raise UnreadableFile(Words(f"没有文件 {path}", f"There is no file {path}"))
    if path.stat().st_size > FILE_MAX:
        raise UnreadableFile(
            Words(
                f"{path.name} 超过 {FILE_MAX >> 20} MB，请分成几个文件",
                f"{path.name} is larger than {FILE_MAX >> 20} MB: split it",
            )
        )
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise UnreadableFile(Words(f"{path.name} 是空文件", f"{path.name} is empty"))
    return head
