"""The paper receipt: heading, facts of the service, QR code, human-readable code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from haochaping.hooks.evaluation import ReceiptBlock
from haochaping.hooks.values import Occurrence, Words
from haochaping_shenzhen.facts import LABELS, value

FACTS: Final = ("item", "serial", "staff", "window", "date")
_TITLE: Final = {"zh": "办事回执"}
_FOOTER: Final = {"zh": "扫码评价本次服务"}


def blocks(settings: Mapping[str, Any], occurrence: Occurrence) -> Iterator[ReceiptBlock]:
    """Yield the receipt's blocks in order; the core fills in link and short code."""
    parts = _parts(settings, occurrence)
    for order, (kind, text, label) in enumerate(parts, start=1):
        yield ReceiptBlock(kind=kind, value=text, label=label, order=order * 10)


def _parts(
    settings: Mapping[str, Any], occurrence: Occurrence
) -> Iterator[tuple[str, str, Words | None]]:
    yield "heading", _words(settings.get("title", _TITLE)), None
    for name in FACTS:
        text = value(name, occurrence)
        if text:
            yield "field", text, LABELS[name]
    yield "rule", "", None
    yield "qr", "", None
    yield "code", "", None
    yield "text", _words(settings.get("footer", _FOOTER)), None


def _words(setting: Mapping[str, str]) -> str:
    return setting["zh"]
