"""Marking what to mask: brackets around parts of a text that is itself left as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from haochaping.access import redaction
from haochaping.hooks.disclosure import Redaction
from haochaping.hooks.values import Words
from haochaping.problems import Problem

PAIRS: Final = (("【", "】"), ("〖", "〗"), ("⟦", "⟧"), ("⦗", "⦘"))
"""Brackets to mark with: the first pair that does not occur in the text."""
REASON: Final = "publisher"


class UnreadableMarks(Problem):
    """Marks that are not closed, or a text that was changed beside them."""

    code = "HCP-MARKS"
    status = 422
    title = Words("遮盖标记有误", "The marks cannot be read")


def brackets(text: str) -> tuple[str, str]:
    """Return the pair of brackets that marks parts of a text."""
    return next((pair for pair in PAIRS if not set(pair) & set(text)), PAIRS[-1])


def marked(text: str, masks: Iterable[Redaction]) -> str:
    """Return a text with brackets around what would be masked."""
    left, right = brackets(text)
    parts, position = [], 0
    for each in redaction.merged(masks, len(text)):
        parts += [text[position : each.start], left, text[each.start : each.end], right]
        position = each.end
    return "".join([*parts, text[position:]])


def masks_of(text: str, typed: str) -> tuple[Redaction, ...]:
    """Return what a marked text says to mask. Raises UnreadableMarks.

    Nothing but the brackets may differ from the text: publishers mask, they never write.
    """
    left, right = brackets(text)
    found: list[Redaction] = []
    plain: list[str] = []
    start: int | None = None
    for sign in typed.replace("\r\n", "\n"):
        if sign == left and start is None:
            start = len(plain)
        elif sign == right and start is not None:
            found.append(Redaction(start, len(plain), REASON))
            start = None
        elif sign in (left, right):
            raise UnreadableMarks(_pairs(left, right))
        else:
            plain.append(sign)
    if start is not None:
        raise UnreadableMarks(_pairs(left, right))
    if "".join(plain).strip() != text.strip():
        raise UnreadableMarks(
            Words(
                "原文不能改动，只能加减标记；已恢复原文，请重新标记",
                "The words must stay as they are: only marks may be added or taken away",
            )
        )
    return redaction.merged(found, len(text))


def parts(text: str, masks: Iterable[Redaction]) -> tuple[tuple[str, bool], ...]:
    """Return the parts of a text and whether each would be masked."""
    found: list[tuple[str, bool]] = []
    position = 0
    for each in redaction.merged(masks, len(text)):
        found += [(text[position : each.start], False), (text[each.start : each.end], True)]
        position = each.end
    found.append((text[position:], False))
    return tuple((part, hidden) for part, hidden in found if part)


def _pairs(left: str, right: str) -> Words:
    return Words(
        f"标记要成对：{left} 在前，{right} 在后，不能套叠",
        f"Marks come in pairs, {left} before {right}, and never one inside another",
    )
