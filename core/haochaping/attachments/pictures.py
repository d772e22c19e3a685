"""PNG and JPEG written anew, with nothing but what makes the picture and which way is up."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

LONGEST_SIDE: Final = 12_000
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8"
_PNG_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_JPEG_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_JPEG_KEPT: Final = _JPEG_FRAMES | {0xC4, 0xDB, 0xDD}
_SCAN, _END, _ADOBE, _EXIF = 0xDA, 0xD9, 0xEE, 0xE1
_ORIENTATION: Final = 0x0112
_ENTRY: Final = 12


class NoPicture(ValueError):
    """An upload that is no sound PNG or JPEG, or a picture with too long a side."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture without metadata."""

    media: str
    content: bytes = field(repr=False)


def cleaned(upload: bytes) -> Picture:
    """Return the picture of an upload, without comments, places and times. Raises NoPicture."""
    try:
        if upload.startswith(PNG):
            return Picture("image/png", _png(upload))
        if upload.startswith(JPEG):
            return Picture("image/jpeg", _jpeg(upload))
    except (struct.error, IndexError) as error:
        raise NoPicture from error
    raise NoPicture


def _png(upload: bytes) -> bytes:
    chunks = list(_chunks(upload))
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise NoPicture
    _check_size(*struct.unpack(">II", chunks[0][1][:8]))
    if not any(kind == b"IDAT" for kind, _ in chunks):
        raise NoPicture
    kept = (_chunk(kind, body) for kind, body in chunks if kind in _PNG_KEPT)
    return PNG + b"".join(kept)


def _chunks(upload: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while at < len(upload):
        length, kind = struct.unpack(">I4s", upload[at : at + 8])
        body = upload[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", upload[at + 8 + length : at + 12 + length])
        if len(body) != length or zlib.crc32(kind + body) != check:
            raise NoPicture
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
            raise NoPicture
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", segment[5:9])
            _check_size(width, height)
            framed = True
        if marker == _SCAN:
            end = _scan_end(upload, end)
            segment = upload[at:end]
        if marker == _EXIF and not framed:
            kept += _which_way_up(segment)
        if marker in _JPEG_KEPT or marker == _SCAN or _is_adobe(marker, segment):
            kept.append(segment)
        at = end
    if not framed:
        raise NoPicture
    return b"".join(kept) + b"\xff\xd9"


def _which_way_up(segment: bytes) -> list[bytes]:
    """Return a segment that says only how the picture is turned; none when it is not."""
    body = segment[10:]
    if segment[4:10] != b"Exif\0\0" or body[:4] not in (b"II*\0", b"MM\0*"):
        return []
    try:
        turned = _orientation(body, "<" if body[:2] == b"II" else ">")
    except struct.error:
        return []  # what cannot be read is metadata that goes anyway
    return [_turned(turned)] if 2 <= turned <= 8 else []


def _orientation(body: bytes, order: str) -> int:
    (first,) = struct.unpack_from(order + "I", body, 4)
    (count,) = struct.unpack_from(order + "H", body, first)
    for entry in range(first + 2, first + 2 + count * _ENTRY, _ENTRY):
        tag, _, _, turned = struct.unpack_from(order + "HHIH", body, entry)
        if tag == _ORIENTATION:
            return int(turned)
    return 0


def _turned(turned: int) -> bytes:
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    body = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    return struct.pack(">BBH", 0xFF, _EXIF, len(body) + 2) + body


def _marker(upload: bytes, at: int) -> int:
    if upload[at] != 0xFF:
        raise NoPicture
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
        raise NoPicture
