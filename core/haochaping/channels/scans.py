"""Scans of paper forms: pictures written anew, PDF checked for what runs or hides in it."""

from __future__ import annotations

from typing import Final

from haochaping.attachments.media import JPEG, PDF, PNG, FileRefused, Limits, inspect
from haochaping.attachments.pictures import LONGEST_SIDE as LONGEST_SIDE
from haochaping.attachments.pictures import Picture as Scan
from haochaping.hooks.values import Words
from haochaping.problems import Problem

__all__ = ["LIMITS", "LONGEST_SIDE", "SCAN_BYTES", "BadScan", "Scan", "cleaned"]

SCAN_BYTES: Final = 5 * 1024 * 1024
LIMITS: Final = Limits((PNG, JPEG, PDF), SCAN_BYTES)


class BadScan(Problem):
    """An upload that is no sound PNG, JPEG or PDF, or too large."""

    code = "HCP-SCAN"
    status = 422
    title = Words(
        "扫描件应为完好的 PNG、JPEG 或 PDF，不超过 5 MB",
        "A scan is a sound PNG, JPEG or PDF of at most 5 MB",
    )


def cleaned(upload: bytes) -> Scan:
    """Return a scan as it is kept: a picture without comments, places and times, or a PDF.

    A PDF is checked, never drawn: none with scripts, attachments or a password is taken.
    Raises BadScan with what is wrong.
    """
    try:
        found = inspect(upload, LIMITS)
    except FileRefused as error:
        raise BadScan(error.detail) from error
    return Scan(found.media, found.data)
