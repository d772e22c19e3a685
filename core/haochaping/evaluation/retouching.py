"""Photos of raters, drawn anew: what a camera wrote beside the picture is gone.

A photo is read by its content, whatever its name says, turned upright, made small enough
for a screen and written as a new JPEG. So no place, time, device, comment or hidden second
picture comes along, and what is no picture is refused in words.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from haochaping.attachments.media import JPEG, FileRefused, Limits
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from PIL import Image as pictures

FORMATS: Final = ("JPEG", "PNG", "WEBP")
PIXELS: Final = 50_000_000
"""Pixels of a photo at most: phones take 12 to 50 million."""
SIDE: Final = 1600
"""The longer side of what is kept, in pixels."""
QUALITY: Final = 82
_MB: Final = 1024 * 1024
_drawing: Final = threading.Lock()
"""One picture at a time: a large one takes some 150 MB while it is drawn."""
_DAMAGED: Final = (OSError, ValueError, SyntaxError, EOFError)


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """How many photos a rating takes, and bytes of each as it is sent."""

    photos_max: int
    bytes_max: int = 8 * _MB

    @property
    def words(self) -> Words:
        """The limits as raters read them, before they choose photos."""
        size = self.bytes_max // _MB
        return Words(
            f"最多 {self.photos_max} 张，每张不超过 {size} MB",
            f"At most {self.photos_max}, each at most {size} MB",
        )

    @property
    def kept(self) -> Limits:
        """What may be kept of them once they are drawn anew."""
        return Limits((JPEG,), self.bytes_max, self.photos_max)


def redrawn(upload: bytes, limits: PhotoLimits) -> bytes:
    """Return a photo as a new JPEG with nothing but the picture. Raises FileRefused."""
    if len(upload) > limits.bytes_max:
        raise FileRefused(_too_large(limits))
    # lazily: few processes draw
    from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # what makes PDF files sets it for the process
    try:
        with _drawing, Image.open(io.BytesIO(upload), formats=FORMATS) as found:
            width, height = found.size
            if width * height > PIXELS:
                raise FileRefused(_TOO_MANY_PIXELS)
            found.draft("RGB", (SIDE, SIDE))  # a JPEG is read no larger than needed
            return _written(ImageOps.exif_transpose(found))
    except UnidentifiedImageError as error:
        raise FileRefused(_NO_PHOTO) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileRefused(_TOO_MANY_PIXELS) from error
    except _DAMAGED as error:
        raise FileRefused(_BROKEN) from error


def _written(found: pictures.Image) -> bytes:
    from PIL import Image

    found.thumbnail((SIDE, SIDE))
    clear = (
        found.convert("RGBA")
        if "A" in found.getbands() or "transparency" in found.info
        else (found.convert("RGB"))
    )
    page = Image.new("RGB", clear.size, "white")
    page.paste(clear, mask=clear if clear.mode == "RGBA" else None)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _too_large(limits: PhotoLimits) -> Words:
    size = limits.bytes_max // _MB
    return Words(
        f"照片超过 {size} MB，请在手机上缩小或截图后再上传",
        f"The photo is larger than {size} MB; make it smaller or take a screenshot of it",
    )


_TOO_MANY_PIXELS: Final = Words(
    "照片像素过多，请在手机上缩小或截图后再上传",
    "The photo has too many pixels; make it smaller or take a screenshot of it",
)
_NO_PHOTO: Final = Words(
    "这不是可以识别的照片。请上传 JPG、PNG 或 WebP；苹果手机的 HEIC 请截图后再上传",
    "This is no photo that can be read. Send a JPG, PNG or WebP; take a screenshot of a HEIC",
)
_BROKEN: Final = Words(
    "照片文件不完整或已损坏，请重新拍摄或换一张",
    "The photo is incomplete or damaged; take it again or choose another",
)
