"""Photos are drawn anew: nothing but the picture is kept, what is no picture is refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageFile
from PIL.ExifTags import IFD

from haochaping.attachments.media import FileRefused
from haochaping.evaluation import retouching
from haochaping.evaluation.retouching import SIDE, PhotoLimits, redrawn

LIMITS = PhotoLimits(3, bytes_max=1024 * 1024)


def photo(size: tuple[int, int] = (60, 40), kind: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(more.pop("mode", "RGB"), size, more.pop("colour", "red")).save(out, kind, **more)
    return out.getvalue()


def camera() -> Image.Exif:
    """What a telephone writes beside a picture: maker, time, place, and that it is turned."""
    found = Image.Exif()
    found[0x010F], found[0x0112] = "SecretPhone", 6
    found.get_ifd(IFD.GPSInfo)[2] = (30.0, 15.0, 10.0)
    return found


def test_place_time_device_and_comment_are_gone_and_the_picture_stands_upright() -> None:
    sent = photo(exif=camera(), comment=b"my name is Zhang")
    assert b"SecretPhone" in sent
    kept = redrawn(sent, LIMITS)
    found = Image.open(io.BytesIO(kept))
    assert found.format == "JPEG"
    assert found.size == (40, 60)
    assert not found.getexif()
    assert b"SecretPhone" not in kept
    assert b"Zhang" not in kept
    assert b"Exif" not in kept


def test_what_hides_behind_the_picture_is_gone() -> None:
    assert b"<script>" not in redrawn(photo() + b"<script>alert(1)</script>", LIMITS)


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")])
def test_other_kinds_of_pictures_become_plain_ones(kind: str, mode: str) -> None:
    colour: Any = (0, 0, 0, 0) if mode == "RGBA" else 0 if mode == "P" else "blue"
    found = Image.open(io.BytesIO(redrawn(photo(kind=kind, mode=mode, colour=colour), LIMITS)))
    assert (found.format, found.mode) == ("JPEG", "RGB")
    if mode == "RGBA":
        assert found.getpixel((0, 0)) == (255, 255, 255)


def test_a_large_photo_is_kept_at_the_size_of_a_screen() -> None:
    found = Image.open(io.BytesIO(redrawn(photo((3000, 1000)), LIMITS)))
    assert found.size == (SIDE, round(SIDE / 3))


def bomb() -> bytes:
    """A small PNG that claims to be of 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def wordy() -> bytes:
    """A PNG with a text that grows a thousandfold when it is read."""
    text = b"zTXt"
    body = b"Comment\0\0" + zlib.compress(bytes(80 * 1024 * 1024))
    piece = struct.pack(">I", len(body)) + text + body + struct.pack(">I", zlib.crc32(text + body))
    plain = photo(kind="PNG")
    return plain[:33] + piece + plain[33:]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", "不是可以识别的照片"),
        (b"%PDF-1.7 hello", "不是可以识别的照片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是可以识别的照片"),
        (b"GIF89a" + bytes(50), "不是可以识别的照片"),
        (photo()[:300], "已损坏"),
        (photo(kind="PNG")[:60], "已损坏"),
        (bomb(), "像素过多"),
        (wordy(), "已损坏"),
        (bytes(1024 * 1024 + 1), "超过 1 MB"),
    ],
    ids=["nothing", "pdf", "svg", "gif", "cut", "cut png", "bomb", "wordy", "too large"],
)
def test_what_is_no_sound_photo_is_refused_in_words(sent: bytes, said: str) -> None:
    with pytest.raises(FileRefused) as refused:
        redrawn(sent, LIMITS)
    assert said in refused.value.detail.zh
    assert refused.value.detail.en


def test_a_library_that_takes_cut_pictures_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint does
    with pytest.raises(FileRefused):
        redrawn(photo(kind="PNG")[:60], LIMITS)


def test_more_pixels_than_a_telephone_has_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retouching, "PIXELS", 2000)
    with pytest.raises(FileRefused) as refused:
        redrawn(photo(), LIMITS)
    assert "像素过多" in refused.value.detail.zh


def test_the_limits_are_said_before_anybody_chooses() -> None:
    assert PhotoLimits(3).words.zh == "最多 3 张，每张不超过 8 MB"
