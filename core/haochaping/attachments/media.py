"""What a file is, told by its content: pictures and PDF, cleaned of what nobody should get."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from haochaping.attachments import pictures
from haochaping.attachments.pictures import NoPicture
from haochaping.hooks.values import Words
from haochaping.problems import Problem

PNG, JPEG, PDF = "image/png", "image/jpeg", "application/pdf"
PICTURES: Final = (PNG, JPEG)
NAMES: Final[Mapping[str, str]] = MappingProxyType({PNG: "PNG", JPEG: "JPEG", PDF: "PDF"})
"""Media types as people call them, by type."""
SUFFIXES: Final[Mapping[str, str]] = MappingProxyType({PNG: ".png", JPEG: ".jpg", PDF: ".pdf"})

_ACTIVE: Final = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|OpenAction|AA|Encrypt|XFA)\b"
)
"""Names in a PDF for what runs, hides files or keeps a reader out."""
_ESCAPED_NAME: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_MB: Final = 1024 * 1024


class FileRefused(Problem):
    """An upload that is of another type than its place takes, damaged, active, or too large."""

    code = "HCP-FILE"
    status = 422
    title = Words("这个文件不能上传", "This file cannot be taken")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a place takes: media types, bytes a file, files of one owner and side."""

    media: tuple[str, ...] = (PNG, JPEG, PDF)
    bytes_max: int = 5 * _MB
    files_max: int = 10

    @property
    def words(self) -> Words:
        """The limits as people read them, before they choose a file."""
        kinds, size = "、".join(self._names()), self.bytes_max // _MB
        also = ", ".join(self._names())
        return Words(
            f"{kinds}，每个不超过 {size} MB，最多 {self.files_max} 个",
            f"{also}, at most {size} MB each, at most {self.files_max}",
        )

    def _names(self) -> list[str]:
        return [NAMES[one] for one in self.media]


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it is kept: its type by content, its bytes without metadata."""

    media: str
    data: bytes = field(repr=False)


def inspect(upload: bytes, limits: Limits) -> Content:
    """Return what an upload holds, cleaned. The name of the file is not looked at.

    Raises FileRefused with what was expected.
    """
    if not upload:
        raise _refused("文件是空的，请重新选择", "The file is empty: choose another", limits)
    if len(upload) > limits.bytes_max:
        raise _refused("文件太大，请压缩后再传", "The file is too large: make it smaller", limits)
    content = _pdf(upload, limits) if upload.startswith(b"%PDF-") else _picture(upload, limits)
    if content.media not in limits.media:
        raise _refused("这里不收这种文件", "Files of this type are not taken here", limits)
    return content


def _picture(upload: bytes, limits: Limits) -> Content:
    try:
        found = pictures.cleaned(upload)
    except NoPicture as error:
        raise _refused(
            "文件不完整，或不是可以上传的类型（手机照片请存为 JPEG）",
            "The file is damaged or of another type (save photographs as JPEG)",
            limits,
        ) from error
    return Content(found.media, found.content)


def _pdf(upload: bytes, limits: Limits) -> Content:
    end = upload.rfind(b"%%EOF")
    if end < 0:
        raise _refused("PDF 不完整，请重新导出", "The PDF is damaged: export it again", limits)
    plain = _ESCAPED_NAME.sub(lambda found: bytes((int(found[1], 16),)), upload)
    if _ACTIVE.search(plain):
        raise _refused(
            "PDF 带有脚本、附件或密码，请重新打印为 PDF",
            "The PDF has scripts, attachments or a password: print it to a PDF again",
            limits,
        )
    return Content(PDF, upload[: end + 5] + b"\n")


def _refused(zh: str, en: str, limits: Limits) -> FileRefused:
    told = limits.words
    return FileRefused(Words(f"{zh}。可以上传：{told.zh}", f"{en}. Taken are: {told.en}"))
