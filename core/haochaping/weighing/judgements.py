"""Judgements in pairs: how they are written, and the reciprocal matrix they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from typing import Any, Final

from haochaping.hooks.values import Words

CONTEXT: Final = Context(prec=40)
"""Arithmetic of all weighing: decimal, so that every machine finds the same digits."""

FEWEST: Final = 2
MOST: Final = 15
"""Criteria of one level: for more there is no random index (see `random_index`)."""

TOLERANCE: Final = Decimal("0.05")
"""How far `a·b` may be from 1 when a reciprocal was written as a rounded decimal."""

_JUDGEMENT: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(?:\s*/\s*([0-9]{1,9}))?", re.ASCII)

Matrix = tuple[tuple[Decimal, ...], ...]
"""A positive reciprocal matrix: how many times the row's criterion outweighs the column's."""


class Unfit(ValueError):
    """A matrix that cannot be weighed; `words` say why, `row` and `column` where (from 0)."""

    def __init__(self, words: Words, row: int = -1, column: int = -1) -> None:
        super().__init__(words.en)
        self.words, self.row, self.column = words, row, column


@dataclass(frozen=True, slots=True)
class Cell:
    """One judgement as it was written, None where only its reciprocal is stated."""

    value: Decimal | None

    @classmethod
    def read(cls, written: Any, row: int, column: int) -> Cell:
        """Return the judgement of `3`, `0.5`, `"1/3"` or nothing. Raises Unfit."""
        if written is None:
            return cls(None)
        found = None if isinstance(written, bool) else _JUDGEMENT.fullmatch(str(written).strip())
        over = Decimal(found[1]) if found else Decimal(0)
        under = Decimal(found[2] or 1) if found else Decimal(0)
        if not over or not under:
            raise _at(row, column, _no_judgement(written))
        return cls(CONTEXT.divide(over, under))


def matrix_of(rows: Any, size: int) -> Matrix:
    """Return the matrix of `size` rows as written; half of it may be left out.

    A reciprocal written as a rounded decimal is taken for the exact one of the judgement
    above 1. Raises Unfit saying which judgement does not fit.
    """
    if not FEWEST <= size <= MOST:
        raise Unfit(_wrong_size(size))
    if not isinstance(rows, Sequence) or isinstance(rows, str) or len(rows) != size:
        raise Unfit(_wrong_rows(size))
    cells = [_row(row, number, size) for number, row in enumerate(rows)]
    for place in range(size):
        if cells[place][place].value not in (None, Decimal(1)):
            raise _at(place, place, _DIAGONAL)
    pairs = {
        (row, column): _pair(cells[row][column].value, cells[column][row].value, row, column)
        for row in range(size)
        for column in range(row + 1, size)
    }
    return tuple(tuple(_entry(pairs, row, column) for column in range(size)) for row in range(size))


def replaced(matrix: Matrix, row: int, column: int, value: Decimal) -> Matrix:
    """Return the matrix with one judgement, and its reciprocal, replaced."""
    new = {(row, column): value, (column, row): CONTEXT.divide(Decimal(1), value)}
    return tuple(
        tuple(new.get((i, j), entry) for j, entry in enumerate(line))
        for i, line in enumerate(matrix)
    )


def together(matrices: Sequence[Matrix]) -> Matrix:
    """Return the judgement of a group: the geometric mean of its members', entry by entry.

    The geometric mean is the one that keeps a reciprocal matrix reciprocal
    (J. Aczél and T. L. Saaty, Journal of Mathematical Psychology 27, 1983).
    """
    if len(matrices) == 1:
        return matrices[0]
    size, count = len(matrices[0]), len(matrices)
    pairs = {
        (i, j): geometric_mean([each[i][j] for each in matrices], count)
        for i in range(size)
        for j in range(i + 1, size)
    }
    return tuple(tuple(_entry(pairs, i, j) for j in range(size)) for i in range(size))


def geometric_mean(values: Sequence[Decimal], count: int) -> Decimal:
    """Return the `count`-th root of the product of positive values."""
    with localcontext(CONTEXT):
        return (sum((value.ln() for value in values), Decimal(0)) / count).exp()


def _row(row: Any, number: int, size: int) -> list[Cell]:
    if not isinstance(row, Sequence) or isinstance(row, str) or len(row) != size:
        raise Unfit(_wrong_columns(number + 1, size), number)
    return [Cell.read(written, number, column) for column, written in enumerate(row)]


def _pair(above: Decimal | None, below: Decimal | None, row: int, column: int) -> Decimal:
    if above is None and below is None:
        raise _at(row, column, _NEITHER)
    if above is None or below is None:
        return above or CONTEXT.divide(Decimal(1), below or Decimal(1))
    if abs(CONTEXT.multiply(above, below) - 1) > TOLERANCE:
        raise _at(row, column, _NOT_RECIPROCAL)
    return above if above >= 1 else CONTEXT.divide(Decimal(1), below)


def _entry(pairs: dict[tuple[int, int], Decimal], row: int, column: int) -> Decimal:
    if row == column:
        return Decimal(1)
    if row < column:
        return pairs[row, column]
    return CONTEXT.divide(Decimal(1), pairs[column, row])


def _at(row: int, column: int, words: Words) -> Unfit:
    zh = f"第 {row + 1} 行第 {column + 1} 列{words.zh}"
    return Unfit(Words(zh, f"row {row + 1}, column {column + 1}: {words.en}"), row, column)


def _no_judgement(written: Any) -> Words:
    text = str(written)[:20]
    return Words(
        f"写的是“{text}”，应为正数或分数，如 3 或 1/3",
        f"“{text}” is no positive number or fraction such as 3 or 1/3",
    )


def _wrong_size(size: int) -> Words:
    return Words(
        f"有 {size} 项指标，两两比较须为 {FEWEST} 至 {MOST} 项",
        f"there are {size} criteria; judgements in pairs want {FEWEST} to {MOST}",
    )


def _wrong_rows(size: int) -> Words:
    return Words(f"判断矩阵应有 {size} 行", f"the matrix must have {size} rows")


def _wrong_columns(row: int, size: int) -> Words:
    return Words(
        f"判断矩阵第 {row} 行应有 {size} 个数", f"row {row} of the matrix must have {size} values"
    )


_DIAGONAL: Final = Words("是指标与自身相比，应为 1", "a criterion against itself is 1")
_NEITHER: Final = Words(
    "与其对称位置都空着，须写其中一个", "neither this judgement nor its reciprocal is stated"
)
_NOT_RECIPROCAL: Final = Words(
    "与其对称位置的数不互为倒数", "this and the judgement opposite are not reciprocal"
)
