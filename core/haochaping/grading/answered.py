"""What raters answered to questions of their hall or item, as facts of those indicators.

The fact of a question is named by its code, `local.<group>.<indicator>`: satisfied counts
whole, so-so half, not satisfied nothing. It feeds the indicator that asks, unless that names a
`measure`. Fewer than `LEAST` answers are no fact: they say little, and might tell who answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, func, select

from haochaping.grading.answers import KINDS
from haochaping.grading.tables import local_answer
from haochaping.hooks.values import Period

LEAST: Final = 5
WORTH: Final[Mapping[str, int]] = MappingProxyType({"good": 2, "fair": 1, "poor": 0})
"""Halves that each answer counts; an answer of an older list counts nothing at all."""
WHOLE: Final = 2


def facts(
    conn: Connection, kind: str, ids: Sequence[int], period: Period
) -> dict[int, dict[str, tuple[int, int]]]:
    """Return the facts of subjects by name: halves counted, of all that could be."""
    if kind not in KINDS or not ids:
        return {}
    rows, subject = local_answer.c, local_answer.c[f"{kind}_id"]
    statement = (
        select(subject, rows.code, func.count())
        .where(rows.day.between(period.first, period.last), subject.in_(ids))
        .group_by(subject, rows.code)
    )
    sums: dict[int, dict[str, list[int]]] = {}
    for number, code, count in conn.execute(statement):
        question, _, answer = code.rpartition(".")
        if answer in WORTH:
            pair = sums.setdefault(number, {}).setdefault(question, [0, 0])
            pair[0] += WORTH[answer] * count
            pair[1] += WHOLE * count
    return {
        number: {name: (pair[0], pair[1]) for name, pair in found.items() if _enough(pair)}
        for number, found in sums.items()
    }


def _enough(pair: Sequence[int]) -> bool:
    return pair[1] >= WHOLE * LEAST
