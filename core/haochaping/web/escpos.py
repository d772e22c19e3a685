"""Receipts for 80 mm printers: ESC/POS bytes with GB18030 text and the printer's own QR code."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from haochaping.hooks.evaluation import ReceiptBlock

COLUMNS: Final = 48
"""Narrow signs on a line of 80 mm paper in font A; a Chinese sign takes two."""

INITIALIZE: Final = b"\x1b@"
CHINESE: Final = b"\x1c&"
LEFT: Final = b"\x1ba\x00"
CENTRE: Final = b"\x1ba\x01"
PLAIN: Final = b"\x1bE\x00\x1d!\x00"
LARGE: Final = b"\x1bE\x01\x1d!\x11"
BOLD: Final = b"\x1bE\x01\x1d!\x00"
FEED_AND_CUT: Final = b"\x1bd\x04\x1dV\x42\x00"
_QR_MODEL: Final = b"\x1d(k\x04\x001A2\x00"
_QR_SIZE: Final = b"\x1d(k\x03\x001C\x06"
_QR_CORRECTION: Final = b"\x1d(k\x03\x001E1"
_QR_PRINT: Final = b"\x1d(k\x03\x001Q0"
_QR_MOST: Final = 7089


def render(blocks: Iterable[ReceiptBlock], language: str) -> bytes:
    """Return the bytes that print a receipt, from initializing to cutting."""
    parts = [INITIALIZE, CHINESE]
    for block in blocks:
        parts += _block(block, language)
    return b"".join([*parts, LEFT, PLAIN, FEED_AND_CUT])


def qr(address: str) -> bytes:
    """Return the bytes that let the printer draw a QR code. Raises ValueError when too long."""
    data = address.encode()
    if len(data) > _QR_MOST:
        raise ValueError(f"a QR code holds at most {_QR_MOST} bytes, not {len(data)}")
    store = b"\x1d(k" + (len(data) + 3).to_bytes(2, "little") + b"1P0" + data
    return _QR_MODEL + _QR_SIZE + _QR_CORRECTION + store + _QR_PRINT


def text(words: str) -> bytes:
    """Return text in GB18030 without signs that a printer would take for commands."""
    return "".join(sign for sign in words if _printable(sign)).encode("gb18030")


def width(words: str) -> int:
    """Return how many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in words)


def wrap(words: str, columns: int) -> Iterator[str]:
    """Break a text into lines of at most `columns`; Chinese may break anywhere."""
    line = ""
    for sign in words:
        if sign == "\n" or width(line) + width(sign) > columns:
            yield line
            line = ""
        if sign != "\n":
            line += sign
    yield line


def _block(block: ReceiptBlock, language: str) -> Iterable[bytes]:
    match block.kind:
        case "heading":
            return [CENTRE, LARGE, *_lines(block.value, COLUMNS // 2), PLAIN]
        case "field":
            label = block.label.into(language) if block.label else ""
            return [LEFT, *_field(label, block.value)]
        case "qr":
            return [CENTRE, qr(block.value), b"\n"]
        case "code":
            label = block.label.into(language) if block.label else ""
            head = _lines(label, COLUMNS) if label else ()
            return [CENTRE, *head, BOLD, *_lines(block.value, COLUMNS), PLAIN]
        case "rule":
            return [LEFT, b"-" * COLUMNS + b"\n"]
        case "space":
            return [b"\n"]
        case _:
            return [LEFT, *_lines(block.value, COLUMNS)]


def _lines(words: str, columns: int) -> Iterator[bytes]:
    return (text(line) + b"\n" for line in wrap(words, columns))


def _field(label: str, value: str) -> Iterator[bytes]:
    head = f"{label}：" if label else ""
    indent = min(width(head), COLUMNS // 2)
    lines = wrap(value, COLUMNS - indent)
    yield text(head + next(lines)) + b"\n"
    for line in lines:
        yield b" " * indent + text(line) + b"\n"


def _printable(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cs", "Cf"}
