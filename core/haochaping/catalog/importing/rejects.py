"""The file of refused lines: the same columns, the line's number and the reason."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from haochaping.catalog.importing.cells import neutral
from haochaping.catalog.importing.headers import REJECT_COLUMNS
from haochaping.hooks.values import Words


class Refused(NamedTuple):
    """A refused line."""

    number: int
    cells: list[str]
    reason: Words


class RejectsFile:
    """Written when the first line is refused; holds what was refused up to `size` bytes."""

    def __init__(self, path: Path, header: Sequence[str], language: str) -> None:
        self.path = path
        self.size = 0
        self._header = header
        self._language = language
        self._file: BinaryIO | None = None

    def go_on(self, size: int) -> None:
        """Cut the file of an interrupted run back to what its last chunk had written."""
        if size and self.path.is_file():
            self._file = self.path.open("r+b")
            self._file.truncate(size)
            self._file.seek(size)
            self.size = size

    def add(self, lines: Iterable[Refused]) -> None:
        """Append refused lines and bring them to the disk."""
        rows = [self._row(line) for line in lines]
        if not rows:
            return
        if self._file is None:
            self._file = self.path.open("wb")
            rows = [[*self._header, *REJECT_COLUMNS], *rows]
        self._write(self._file, encoded(rows, mark=self.size == 0))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _write(self, file: BinaryIO, data: bytes) -> None:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        self.size += len(data)

    def _row(self, line: Refused) -> list[str]:
        width = len(self._header)
        cells = [*line.cells, *[""] * width][:width]
        return [*cells, str(line.number), line.reason.into(self._language)]


def encoded(rows: Iterable[Sequence[str]], *, mark: bool) -> bytes:
    """Return rows as CSV by RFC 4180 in UTF-8, safe to open in a spreadsheet.

    `mark` puts the byte-order mark first, which Excel needs to see UTF-8.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8", "replace")


def free_path(beside: Path) -> Path:
    """Return a path for the rejects of a file that overwrites nothing, `a.rejects.csv` if free."""
    first = beside.with_name(f"{beside.stem}.rejects.csv")
    path, number = first, 2
    while path.exists():
        path = beside.with_name(f"{beside.stem}.rejects-{number}.csv")
        number += 1
    return path
