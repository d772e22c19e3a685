"""Texts and links that people enter: cleaned, bounded, refused in words."""

from __future__ import annotations

import re
from typing import Final

from haochaping.appraisal.problems import AppraisalIncomplete
from haochaping.catalog.texts import clean
from haochaping.hooks.values import Words

SHORTEST, LONGEST = 5, 1000
"""Characters of a reason or decision."""
LINKS: Final = 10
"""Links to evidence at most."""
_LINK: Final = re.compile(r"(?:/(?![/\\])|https://)[^\s<>\"'\\]{1,400}")
_POINTS: Final = re.compile(r"[-+]?[0-9]{1,4}(?:\.[0-9]{1,2})?", re.ASCII)


def reason_of(written: str) -> str:
    """Return a reason as it is kept. Raises AppraisalIncomplete naming `reason`."""
    text = clean(written)
    if not SHORTEST <= len(text) <= LONGEST:
        raise AppraisalIncomplete(
            Words(
                f"理由请写 {SHORTEST} 到 {LONGEST} 个字",
                f"Give a reason of {SHORTEST} to {LONGEST} characters",
            ),
            field="reason",
        )
    return text


def links_of(written: str) -> list[str]:
    """Return links to evidence, one a line: addresses of this site or https.

    Raises AppraisalIncomplete naming `evidence`.
    """
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    wrong = [line for line in lines if not _LINK.fullmatch(line)]
    if wrong or len(lines) > LINKS:
        said = wrong[0][:60] if wrong else str(len(lines))
        raise AppraisalIncomplete(
            Words(
                f"证据链接“{said}”不能使用：每行一个，以 / 或 https:// 开头，最多 {LINKS} 个",
                f"“{said}” cannot be used as evidence: one link a line, beginning with / or"
                f" https://, at most {LINKS}",
            ),
            field="evidence",
        )
    return lines


def points_of(written: str) -> int:
    """Return points as hundredths; empty is 0. Raises AppraisalIncomplete naming `points`."""
    text = written.strip()
    if not text:
        return 0
    if not _POINTS.fullmatch(text):
        raise AppraisalIncomplete(
            Words(
                "分数请写数字，至多两位小数，减分写负数",
                "Points are a number with at most two decimals, negative to deduct",
            ),
            field="points",
        )
    whole, _, part = text.lstrip("+-").partition(".")
    hundredths = int(whole) * 100 + int(part.ljust(2, "0") or 0)
    return -hundredths if text.startswith("-") else hundredths
