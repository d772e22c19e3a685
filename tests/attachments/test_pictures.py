"""Scans are written anew: the picture stays, everything else goes."""

from __future__ import annotations

import struct
import zlib

import pytest

from haochaping.channels import scans
from haochaping.channels.scans import BadScan

SECRET = b"GPS 30.27N 120.15E Zhang San"


def chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


def png(width: int = 2, height: int = 2, *more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    picture = chunk(b"IDAT", zlib.compress(b"\x00\x00\x00" * 2))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + picture + chunk(b"IEND", b"")


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg(*more: bytes, width: int = 8, height: int = 8) -> bytes:
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
    tables = segment(0xDB, b"\x00" * 65) + segment(0xC4, b"\x00" * 20)
    picture = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + b"".join(more) + tables + frame + picture + b"\xff\xd9"


def test_a_png_keeps_its_picture_and_loses_the_rest() -> None:
    noisy = png(2, 2, chunk(b"tEXt", SECRET), chunk(b"eXIf", SECRET)) + SECRET
    found = scans.cleaned(noisy)
    assert (found.media, found.content) == ("image/png", png())


def test_a_jpeg_keeps_its_picture_and_loses_the_rest() -> None:
    noisy = jpeg(segment(0xE1, b"Exif\x00\x00" + SECRET), segment(0xFE, SECRET)) + SECRET
    found = scans.cleaned(noisy)
    assert (found.media, found.content) == ("image/jpeg", jpeg())


def test_how_colours_are_coded_is_kept() -> None:
    adobe = segment(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x01")
    assert adobe in scans.cleaned(jpeg(adobe)).content


def test_cleaning_again_changes_nothing() -> None:
    for one in (png(), jpeg()):
        assert scans.cleaned(scans.cleaned(one).content).content == one


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"%PDF-1.7\n",
        b"GIF89a",
        b"<svg onload=alert(1)>",
        b"\x89PNG\r\n\x1a\n",
        png()[:-9],
        png()[:40] + b"\x00" + png()[41:],
        png(20_000, 2),
        png(0, 2),
        b"\xff\xd8",
        jpeg()[:-2],
        jpeg()[:30],
        jpeg(width=20_000),
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + SECRET,
        png() + b"\x00" * scans.SCAN_BYTES,
    ],
)
def test_what_is_no_sound_picture_is_refused(upload: bytes) -> None:
    with pytest.raises(BadScan):
        scans.cleaned(upload)
