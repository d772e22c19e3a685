"""CSV files: UTF-8 with or without a mark, GB18030, UTF-16; comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from haochaping.catalog.importing.cells import GUARD, restored
from haochaping.catalog.importing.reading import Line, UnreadableFile
from haochaping.hooks.values import Words

_BLOCK: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS: Final = ",;\t"


class CsvSource:
    """An open CSV file; unreadable bytes become U+FFFD, so that only their lines fail."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.encoding = detect(path)
        self._size = path.stat().st_size
        self._raw = file
        text = io.TextIOWrapper(file, self.encoding, errors="replace", newline="")
        self._text = text
        self._reader = csv.reader(text, delimiter=self._delimiter(text), strict=True)
        self.header = self._header(path)

    @property
    def fraction(self) -> float | None:
        """How much was read, 0 to 1."""
        return min(1.0, self._raw.tell() / self._size)

    def lines(self) -> Iterator[Line]:
        """Give the lines below the header, numbered by where they begin in the file."""
        reader, number = self._reader, self._reader.line_num + 1
        while True:
            try:
                for cells in reader:
                    whole = "".join(cells)
                    if GUARD in whole:
                        cells = [restored(cell) if cell[:1] == GUARD else cell for cell in cells]
                    if whole:
                        yield Line(number, cells)
                    number = reader.line_num + 1
                return
            except csv.Error as error:
                yield Line(number, [], _broken(error))
                number = reader.line_num + 1

    def close(self) -> None:
        """Close the file."""
        self._text.close()

    def _delimiter(self, text: io.TextIOWrapper) -> str:
        first = text.readline(_BLOCK)
        text.seek(0)
        return max(_DELIMITERS, key=first.count)

    def _header(self, path: Path) -> list[str]:
        try:
            for cells in self._reader:
                if any(cells):
                    return cells
        except csv.Error as error:
            raise UnreadableFile(_broken(error)) from None
        raise UnreadableFile(Words(f"{path.name} 没有表头", f"{path.name} has no header"))


def detect(path: Path) -> str:
    """Return the encoding of a text file.

    A mark at its beginning decides; then UTF-8 or GB18030, whichever reads all of it; in a
    file with broken bytes the header decides, and the broken lines are refused later.
    """
    with path.open("rb") as file:
        first = file.readline(_BLOCK)
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding
    if _reads(path, "utf-8"):
        return "utf-8"
    if not first.isascii() and _decodes(first, "utf-8"):
        return "utf-8"
    if _reads(path, "gb18030") or (_decodes(first, "gb18030") and not first.isascii()):
        return "gb18030"
    return "utf-8"


def _reads(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _broken(error: csv.Error) -> Words:
    return Words(
        f"这一行的引号或分隔符有误（{error}）；单元格里的引号要写两次，整格放在引号里",
        f"quotation marks or separators of this line are wrong ({error}): write a quotation"
        " mark inside a cell twice and put the whole cell in quotation marks",
    )
