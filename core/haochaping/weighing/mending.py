"""Advice for inconsistent judgements: which pair to think over, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from haochaping.weighing.judgements import CONTEXT, Matrix, geometric_mean, replaced
from haochaping.weighing.weights import LIMIT, rough_ratio

SCALE: Final = tuple(
    [CONTEXT.divide(Decimal(1), Decimal(each)) for each in range(9, 1, -1)]
    + [Decimal(each) for each in range(1, 10)]
)
"""Saaty's scale: 1/9 … 1/2, 1 … 9."""

_MOST: Final = 20
_SAME: Final = Decimal("1e-6")


@dataclass(frozen=True, slots=True)
class Mend:
    """One judgement to think over: rows from 0, what it is, what the others imply.

    `ratio` is the consistency ratio once it, and what was advised before it, is changed.
    """

    row: int
    column: int
    now: Decimal
    value: Decimal
    ratio: Decimal


def mends(matrix: Matrix) -> tuple[Mend, ...]:
    """Return what to change, the most inconsistent pair first, until the ratio is below 0.1.

    Of all pairs, that one is the most inconsistent whose judgement, replaced by the step of
    the scale nearest to what all other judgements imply, leaves the least inconsistency.
    Empty for a consistent matrix.
    """
    found: list[Mend] = []
    ratio = rough_ratio(matrix)
    while ratio >= LIMIT and len(found) < _MOST:
        best = _best(matrix)
        if best is None or best.ratio >= ratio - _SAME:
            break
        found.append(best)
        matrix, ratio = replaced(matrix, best.row, best.column, best.value), best.ratio
    return tuple(found)


def written(value: Decimal) -> str:
    """Return a judgement as people write it: `3`, `1/3`, `2.5`."""
    if value < 1:
        under = CONTEXT.divide(Decimal(1), value)
        whole = under.quantize(Decimal(1))
        return f"1/{whole}" if abs(under - whole) < _SAME else _short(value)
    return _short(value)


def _best(matrix: Matrix) -> Mend | None:
    candidates = list(_candidates(matrix))
    return min(candidates, key=_rank, default=None)


def _rank(mend: Mend) -> tuple[Decimal, Decimal, int, int]:
    """Order by what remains, then by how little is changed, then by place."""
    change = abs(CONTEXT.divide(mend.value, mend.now).ln())
    return (
        mend.ratio.quantize(_SAME),
        change.quantize(_SAME),
        mend.row,
        mend.column,
    )


def _candidates(matrix: Matrix) -> Iterator[Mend]:
    size = len(matrix)
    for row in range(size):
        for column in range(row + 1, size):
            value = _implied(matrix, row, column)
            if value != matrix[row][column]:
                ratio = rough_ratio(replaced(matrix, row, column, value))
                yield Mend(row, column, matrix[row][column], value, ratio)


def _implied(matrix: Matrix, row: int, column: int) -> Decimal:
    """Return the step of the scale nearest to what the other criteria say of a pair."""
    others = [each for each in range(len(matrix)) if each not in (row, column)]
    ways = [CONTEXT.multiply(matrix[row][each], matrix[each][column]) for each in others]
    implied = geometric_mean(ways, len(ways)).ln()
    return min(SCALE, key=lambda step: abs(step.ln() - implied))


def _short(value: Decimal) -> str:
    text = format(value.quantize(Decimal("0.0001")), "f")
    return text.rstrip("0").rstrip(".")
