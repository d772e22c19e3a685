"""Weights of criteria: the principal eigenvector of a reciprocal matrix, and its consistency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Final

from haochaping.weighing.judgements import CONTEXT, Matrix
from haochaping.weighing.random_index import RANDOM_INDEX

LIMIT: Final = Decimal("0.1")
"""A consistency ratio must stay below (Saaty 1980)."""

PLACES: Final = 6
"""Decimal places of a weight; the rounded weights of a level sum to exactly 1."""

CLOSE: Final = Decimal("1e-24")
_ROUGHLY: Final = Decimal("1e-9")
_MOST_STEPS: Final = 2000
Vector = tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a matrix says: weights that sum to 1, its principal eigenvalue, its consistency.

    `ratio` is the consistency ratio CI ÷ RI with CI = (λmax − n) ÷ (n − 1); 0 for two criteria.
    """

    weights: Vector
    lambda_max: Decimal
    index: Decimal
    ratio: Decimal

    @property
    def consistent(self) -> bool:
        """True while the judgements may be used."""
        return self.ratio < LIMIT


def weigh(matrix: Matrix) -> Weighed:
    """Return the weights of a matrix by power iteration."""
    return _weighed(matrix, CLOSE)


def rough_ratio(matrix: Matrix) -> Decimal:
    """Return the consistency ratio to eight digits, quickly."""
    return _weighed(matrix, _ROUGHLY).ratio


def rounded(weights: Vector, places: int = PLACES) -> Vector:
    """Return weights with few digits that sum to exactly 1, by largest remainder.

    Equal remainders go to the criterion that stands first.
    """
    unit = Decimal(1).scaleb(-places)
    whole = [weight.quantize(unit, ROUND_FLOOR) for weight in weights]
    missing = int((1 - sum(whole)) / unit)
    by_remainder = sorted(range(len(weights)), key=lambda each: (whole[each] - weights[each], each))
    for each in by_remainder[:missing]:
        whole[each] += unit
    return tuple(whole)


def _weighed(matrix: Matrix, close: Decimal) -> Weighed:
    with localcontext(CONTEXT):
        weights, lambda_max = _principal(matrix, close)
        size = len(matrix)
        index = max(Decimal(0), (lambda_max - size) / (size - 1))
        index = Decimal(0) if index < close * size else index
        random = RANDOM_INDEX[size]
        return Weighed(weights, lambda_max, index, index / random if random else Decimal(0))


def _principal(matrix: Matrix, close: Decimal) -> tuple[Vector, Decimal]:
    """Return eigenvector (sum 1) and eigenvalue; a positive matrix has one that leads."""
    weights: Vector = tuple(Decimal(1) / len(matrix) for _ in matrix)
    for _ in range(_MOST_STEPS):
        image = tuple(_product(row, weights) for row in matrix)
        total = sum(image, Decimal(0))
        following = tuple(each / total for each in image)
        apart = max(abs(a - b) for a, b in zip(following, weights, strict=True))
        weights = following
        if apart < close:
            break
    return weights, sum((_product(row, weights) for row in matrix), Decimal(0))


def _product(row: Vector, weights: Vector) -> Decimal:
    return sum((a * b for a, b in zip(row, weights, strict=True)), Decimal(0))
