"""The paper receipt on three papers: heading, facts, QR code, human-readable code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from haochaping.hooks.evaluation import ReceiptBlock
from haochaping.hooks.values import Occurrence, Words
from haochaping_shenzhen.facts import LABELS, value

ALWAYS: Final = ("item", "serial", "staff")
"""What every receipt says, whatever else is chosen."""
FACTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "58": ALWAYS,
        "80": (*ALWAYS, "window", "date"),
        "a4": (*ALWAYS, "hall", "window", "date"),
    }
)
"""The facts of each paper's template."""
_TITLE: Final = {"zh": "办事回执"}
_FOOTER: Final = {"zh": "扫码评价本次服务"}
_CODE: Final = Words("评价码（电话评价时报此码）", "Code for rating by phone")
_SHEET: Final = (
    "评价自愿、免费，五个等级由您选择；窗口人员看不到是谁评的。",
    "扫不了码，可拨打 12345，报上面的评价码；评价后可以修改或撤回。",
)
"""A sheet has room for how to go about it."""


def blocks(settings: Mapping[str, Any], occurrence: Occurrence) -> Iterator[ReceiptBlock]:
    """Yield the receipt's blocks in order; the core fills in link and short code."""
    parts = _parts(settings, occurrence)
    for order, (kind, text, label) in enumerate(parts, start=1):
        yield ReceiptBlock(kind=kind, value=text, label=label, order=order * 10)


def _parts(
    settings: Mapping[str, Any], occurrence: Occurrence
) -> Iterator[tuple[str, str, Words | None]]:
    paper = settings.get("paper", "80")
    yield "paper", paper, None
    yield "heading", _words(settings.get("title", _TITLE)), None
    for name in dict.fromkeys((*ALWAYS, *settings.get("fields", FACTS[paper]))):
        text = value(name, occurrence)
        if text:
            yield "field", text, LABELS[name]
    yield "rule", "", None
    yield "qr", "", None
    yield "code", "", _CODE
    yield "text", _words(settings.get("footer", _FOOTER)), None
    for line in _SHEET if paper == "a4" else ():
        yield "text", line, None


def _words(setting: Mapping[str, str]) -> str:
    return setting["zh"]
