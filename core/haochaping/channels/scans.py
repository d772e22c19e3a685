"""Scans of paper forms: pictures written anew, of a size that people scan at."""

from __future__ import annotations

from typing import Final

from haochaping.attachments import pictures
from haochaping.attachments.pictures import LONGEST_SIDE as LONGEST_SIDE
from haochaping.attachments.pictures import NoPicture
from haochaping.attachments.pictures import Picture as Scan
from haochaping.hooks.values import Words
from haochaping.problems import Problem

__all__ = ["LONGEST_SIDE", "SCAN_BYTES", "BadScan", "Scan", "cleaned"]

SCAN_BYTES: Final = 5 * 1024 * 1024


class BadScan(Problem):
    """An upload that is no sound PNG or JPEG, or too large."""

    code = "HCP-SCAN"
    status = 422
    title = Words(
        "扫描件应为完好的 PNG 或 JPEG 图片，不超过 5 MB；PDF 请先导出为图片",
        "A scan is a sound PNG or JPEG of at most 5 MB; export a PDF as images first",
    )


def cleaned(upload: bytes) -> Scan:
    """Return the picture of an upload, without comments, places and times. Raises BadScan."""
    if len(upload) > SCAN_BYTES:
        raise BadScan
    try:
        return pictures.cleaned(upload)
    except NoPicture as error:
        raise BadScan from error
