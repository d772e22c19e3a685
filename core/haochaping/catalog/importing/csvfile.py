"""CSV files: UTF-8 with or without a mark, GB18030, UTF-16; comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import accumulate, compress, count, islice, repeat
from pathlib import Path
from typing import BinaryIO, Final

from haochaping.catalog.importing.cells import GUARD, restored
from haochaping.catalog.importing.reading import Line, UnreadableFile
from haochaping.hooks.values import Words

_BLOCK: Final = 1 << 20
_AT_ONCE: Final = 1024
"""Lines read at once: what is done for many costs little for each."""
_LINE: Final = partial(tuple.__new__, Line)
"""What `Line._make` does, at a third of its cost."""
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
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
            rows, fault = self._block()
            if not rows and fault is None:
                return
            if fault is None and reader.line_num - number + 1 == len(rows):
                numbers: Iterable[int] = count(number)
            else:
                numbers = accumulate(map(_height, rows), initial=number)
            yield from _lines(numbers, rows)
            if fault is not None:
                yield Line(number + sum(map(_height, rows)), [], fault)
            number = reader.line_num + 1

    def _block(self) -> tuple[list[list[str]], Words | None]:
        """Read many lines at once: those that are good, and what is wrong with the one after."""
        rows: list[list[str]] = []
        try:
            rows.extend(islice(self._reader, _AT_ONCE))
        except csv.Error as error:
            return rows, _broken(error)
        return rows, None

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


def _lines(numbers: Iterable[int], rows: list[list[str]]) -> Iterator[Line]:
    whole = list(map("".join, rows))
    if GUARD in "".join(whole):
        rows = [[restored(cell) if cell[:1] == GUARD else cell for cell in row] for row in rows]
    lines = map(_LINE, zip(numbers, rows, repeat(None)))
    return lines if all(whole) else compress(lines, whole)


def _height(row: list[str]) -> int:
    """Return over how many lines of the file a row goes."""
    return 1 + sum(len(_LINE_END.findall(cell)) for cell in row)


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
