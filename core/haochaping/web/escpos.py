"""Receipts for 58 and 80 mm printers: ESC/POS bytes, GB18030 text, the printer's own QR code."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from haochaping.hooks.evaluation import ReceiptBlock

DOTS_PER_MM: Final = 8
"""203 dots to the inch, the usual thermal head."""
LEAST_QR_MM: Final = 20
_QUIET: Final = 4


@dataclass(frozen=True, slots=True)
class Roll:
    """Paper on a roll: narrow signs on a line of font A (a Chinese sign takes two), dots across.

    `qr_mm` is the size that its QR codes are to have at least, without their quiet zone.
    """

    columns: int
    dots: int
    qr_mm: int


NARROW: Final = Roll(columns=32, dots=384, qr_mm=22)
WIDE: Final = Roll(columns=48, dots=576, qr_mm=26)
ROLLS: Final = MappingProxyType({"58": NARROW, "80": WIDE})
"""Rolls by the width of the paper in millimetres."""
COLUMNS: Final = WIDE.columns

INITIALIZE: Final = b"\x1b@"
CHINESE: Final = b"\x1c&"
LEFT: Final = b"\x1ba\x00"
CENTRE: Final = b"\x1ba\x01"
PLAIN: Final = b"\x1bE\x00\x1d!\x00"
LARGE: Final = b"\x1bE\x01\x1d!\x11"
BOLD: Final = b"\x1bE\x01\x1d!\x00"
FEED_AND_CUT: Final = b"\x1bd\x04\x1dV\x42\x00"
_QR_MODEL: Final = b"\x1d(k\x04\x001A2\x00"
_QR_SIZE: Final = b"\x1d(k\x03\x001C"
_QR_CORRECTION: Final = b"\x1d(k\x03\x001E1"
_QR_PRINT: Final = b"\x1d(k\x03\x001Q0"
_QR_MOST: Final = 7089


def render(blocks: Iterable[ReceiptBlock], language: str, roll: Roll = WIDE) -> bytes:
    """Return the bytes that print a receipt, from initializing to cutting."""
    parts = [INITIALIZE, CHINESE]
    for block in blocks:
        parts += _block(block, language, roll)
    return b"".join([*parts, LEFT, PLAIN, FEED_AND_CUT])


def qr(address: str, roll: Roll = WIDE) -> bytes:
    """Return the bytes that let the printer draw a QR code. Raises ValueError when too long."""
    data = address.encode()
    if len(data) > _QR_MOST:
        raise ValueError(f"a QR code holds at most {_QR_MOST} bytes, not {len(data)}")
    store = b"\x1d(k" + (len(data) + 3).to_bytes(2, "little") + b"1P0" + data
    size = _QR_SIZE + bytes((module_dots(address, roll),))
    return _QR_MODEL + size + _QR_CORRECTION + store + _QR_PRINT


@cache
def modules(address: str) -> int:
    """Return how many modules a side of the printed QR code of an address has."""
    import segno  # lazily: only receipts need it

    code = segno.make(address, error="m", boost_error=False, micro=False)
    return int(code.symbol_size(border=0)[0])


def module_dots(address: str, roll: Roll) -> int:
    """Return the dots of one module: large enough to be read, small enough for the paper."""
    side = modules(address)
    wanted = -(-roll.qr_mm * DOTS_PER_MM // side)
    most = roll.dots // (side + 2 * _QUIET)
    return max(1, min(wanted, most, 16))


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


def _block(block: ReceiptBlock, language: str, roll: Roll) -> Iterable[bytes]:
    match block.kind:
        case "heading":
            return [CENTRE, LARGE, *_lines(block.value, roll.columns // 2), PLAIN]
        case "field":
            label = block.label.into(language) if block.label else ""
            return [LEFT, *_field(label, block.value, roll.columns)]
        case "qr":
            return [CENTRE, qr(block.value, roll), b"\n"]
        case "code":
            label = block.label.into(language) if block.label else ""
            head = _lines(label, roll.columns) if label else ()
            return [CENTRE, *head, BOLD, *_lines(block.value, roll.columns), PLAIN]
        case "rule":
            return [LEFT, b"-" * roll.columns + b"\n"]
        case "space":
            return [b"\n"]
        case "paper":
            return []
        case _:
            return [LEFT, *_lines(block.value, roll.columns)]


def _lines(words: str, columns: int) -> Iterator[bytes]:
    return (text(line) + b"\n" for line in wrap(words, columns))


def _field(label: str, value: str, columns: int) -> Iterator[bytes]:
    head = f"{label}：" if label else ""
    indent = min(width(head), columns // 2)
    lines = wrap(value, columns - indent)
    yield text(head + next(lines)) + b"\n"
    for line in lines:
        yield b" " * indent + text(line) + b"\n"


def _printable(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cs", "Cf"}
