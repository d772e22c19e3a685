"""The files of a bulletin: Word, PDF, annexes, text for the media, article for WeChat, JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from haochaping.bulletins import annexes, printed, short, word
from haochaping.bulletins.content import Content, as_json
from haochaping.bulletins.head import Head
from haochaping.hooks.values import Words
from haochaping.pdf import PDF, PdfUnavailable
from haochaping.store.types import canonical_json

LANGUAGE: Final = "zh_Hans_CN"
"""Documents are in Chinese, the language of office; figures for machines are in both."""


@dataclass(frozen=True, slots=True)
class File:
    """A file: its name, media type, bytes, and their SHA-256 in hexadecimal."""

    name: str
    media: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Made:
    """All files of a bulletin; `without_pdf` says why there is no PDF, None when there is one."""

    files: tuple[File, ...]
    without_pdf: Words | None = None


def made(content: Content, head: Head, template: bytes = b"", address: str = "") -> Made:
    """Return all files of a bulletin. Raises TemplateRefused for somebody's own template.

    Where the machine cannot make PDF files the others are made, and it is said why.
    """
    found = list(_files(content, head, template, address))
    try:
        pdf = printed.as_pdf(content, head, LANGUAGE)
    except PdfUnavailable as problem:
        return Made(tuple(found), problem.detail)
    return Made((*found, File(f"{stem(content)}.pdf", PDF, pdf)))


def stem(content: Content) -> str:
    """Return what the files of a bulletin are called, without their ending."""
    return f"bulletin-{content.period.name}-{content.edition}"


def _files(content: Content, head: Head, template: bytes, address: str) -> Iterator[File]:
    name = stem(content)
    yield File(f"{name}.docx", word.DOCX, word.as_docx(content, head, LANGUAGE, template))
    yield File(f"{name}.xlsx", annexes.XLSX, annexes.workbook(content, LANGUAGE))
    text = short.media(content, LANGUAGE, address) + "\n"
    yield File(f"{name}.txt", "text/plain; charset=utf-8", text.encode())
    article = short.wechat(content, head, LANGUAGE)
    yield File(f"{name}-wechat.html", "text/html; charset=utf-8", article.encode())
    data = canonical_json({**as_json(content), "digest": content.digest}) + "\n"
    yield File(f"{name}.json", "application/json", data.encode())
