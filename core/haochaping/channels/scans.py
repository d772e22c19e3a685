"""Scans of paper forms: PNG and JPEG, written anew with nothing but what makes the picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from haochaping.hooks.values import Words
from haochaping.problems import Problem

SCAN_BYTES: Final = 5 * 1024 * 1024
LONGEST_SIDE: Final = 12_000
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_JPEG_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_JPEG_KEPT: Final = _JPEG_FRAMES | {0xC4, 0xDB, 0xDD}
_SCAN, _END, _ADOBE = 0xDA, 0xD9, 0xEE


class BadScan(Problem):
    """An upload that is no sound PNG or JPEG, or too large."""

    code = "HCP-SCAN"
    status = 422
    title = Words(
        "扫描件应为完好的 PNG 或 JPEG 图片，不超过 5 MB；PDF 请先导出为图片",
        "A scan is a sound PNG or JPEG of at most 5 MB; export a PDF as images first",
    )


@dataclass(frozen=True, slots=True)
class Scan:
    """A picture without metadata."""

    media: str
    content: bytes = field(repr=False)


def cleaned(upload: bytes) -> Scan:
    """Return the picture of an upload, without comments, places and times. Raises BadScan."""
    if len(upload) > SCAN_BYTES:
        raise BadScan
    try:
        if upload.startswith(_PNG):
            return Scan("image/png", _png(upload))
        if upload.startswith(b"\xff\xd8"):
            return Scan("image/jpeg", _jpeg(upload))
    except (struct.error, IndexError) as error:
        raise BadScan from error
    raise BadScan


def _png(upload: bytes) -> bytes:
    chunks = list(_chunks(upload))
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise BadScan
    _check_size(*struct.unpack(">II", chunks[0][1][:8]))
    if not any(kind == b"IDAT" for kind, _ in chunks):
        raise BadScan
    kept = (_chunk(kind, body) for kind, body in chunks if kind in _PNG_KEPT)
    return _PNG + b"".join(kept)


def _chunks(upload: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at < len(upload):
        length, kind = struct.unpack(">I4s", upload[at : at + 8])
        body = upload[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", upload[at + 8 + length : at + 12 + length])
        if len(body) != length or zlib.crc32(kind + body) != check:
            raise BadScan
        yield kind, body
        if kind == b"IEND":
            return  # what hides behind the end is not kept
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _jpeg(upload: bytes) -> bytes:
    kept, at, framed = [b"\xff\xd8"], 2, False
    while True:
        marker = _marker(upload, at)
        if marker == _END:
            break
        (length,) = struct.unpack(">H", upload[at + 2 : at + 4])
        end = at + 2 + length
        segment = upload[at:end]
        if length < 2 or len(segment) != length + 2:
            raise BadScan
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", segment[5:9])
            _check_size(width, height)
            framed = True
        if marker == _SCAN:
            end = _scan_end(upload, end)
            segment = upload[at:end]
        if marker in _JPEG_KEPT or marker == _SCAN or _is_adobe(marker, segment):
            kept.append(segment)
        at = end
    if not framed:
        raise BadScan
    return b"".join(kept) + b"\xff\xd9"


def _marker(upload: bytes, at: int) -> int:
    if upload[at] != 0xFF:
        raise BadScan
    return upload[at + 1]


def _is_adobe(marker: int, segment: bytes) -> bool:
    """Say whether a segment tells how colours are coded, and nothing else."""
    return marker == _ADOBE and segment[4:9] == b"Adobe" and len(segment) == 16


def _scan_end(upload: bytes, at: int) -> int:
    """Return where the coded picture ends: at a marker that is no stuffing and no restart."""
    while True:
        at = upload.index(b"\xff", at) if b"\xff" in upload[at:] else len(upload)
        follows = upload[at + 1]
        if follows != 0 and not 0xD0 <= follows <= 0xD7:
            return at
        at += 2


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise BadScan
