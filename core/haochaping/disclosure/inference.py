"""What readers could compute: grade counts withheld from a page whose rates they know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Final

from haochaping.disclosure.suppression import Cell
from haochaping.grading import formulas
from haochaping.grading.facts import NO_CASES
from haochaping.grading.formulas import Formula
from haochaping.hooks.grading import Tally

GRADES: Final = (5, 4, 3, 2, 1)
MOST_BESIDE: Final = 2
"""Counts withheld to protect small ones: one beside the good grades, one beside the bad."""
Equation = tuple[Fraction, ...]
"""What a known figure says of the five counts: its weight for each of GRADES."""


def protected(
    counts: Mapping[int, int], below: int, shown: Sequence[Formula]
) -> tuple[dict[int, Cell], frozenset[str]]:
    """Return the five counts as they may be shown, and the figures to withhold beside them.

    The total is known, and so is each rate times the total. When these give a small count
    away, one or two more counts are withheld, the smallest that help; when none help, the
    last of the figures is withheld too, and so on.
    """
    small = [grade for grade in GRADES if 0 < counts[grade] < below]
    known = {formula.name: equation_of(formula) for formula in shown}
    known = {name: equation for name, equation in known.items() if any(equation)}
    dropped = list(known)
    withheld = _enough_withheld(counts, small, known.values())
    while withheld is None:
        del known[dropped[len(known) - 1]]
        withheld = _enough_withheld(counts, small, known.values())
    return _cells(counts, below, small, withheld), frozenset(dropped) - known.keys()


def equation_of(formula: Formula) -> Equation:
    """Return a figure's weights of the five grades, all 0 when it says nothing of them."""
    return tuple(_over(formula, grade) for grade in GRADES)


def _over(formula: Formula, grade: int) -> Fraction:
    first, second, third, fourth, fifth = (int(each == grade) for each in range(1, 6))
    one = Tally((0, first, second, third, fourth, fifth))
    result = formulas.compute({formula.name: formula}, one, NO_CASES)[formula.name]
    return Fraction(result.over)


def _enough_withheld(
    counts: Mapping[int, int], small: Sequence[int], known: Iterable[Equation]
) -> set[int] | None:
    """Return what to withhold so that no small count can be computed, None when nothing helps."""
    equations = [tuple(Fraction(1) for _ in GRADES), *known]
    others = [grade for grade in GRADES if grade not in small]
    others.sort(key=lambda grade: (counts[grade] == 0, counts[grade]))
    for number in range(MOST_BESIDE + 1):
        for more in combinations(others, number):
            withheld = {*small, *more}
            if not any(_computable(grade, withheld, equations) for grade in small):
                return withheld
    return None


def _computable(grade: int, withheld: set[int], equations: Sequence[Equation]) -> bool:
    """Say whether the equations fix one withheld count, the counts that are shown being known."""
    places = [place for place, each in enumerate(GRADES) if each in withheld]
    rows = [[equation[place] for place in places] for equation in equations]
    wanted = [Fraction(GRADES[place] == grade) for place in places]
    return _rank([*rows, wanted]) == _rank(rows)


def _rank(rows: Sequence[Sequence[Fraction]]) -> int:
    left, rank = [list(row) for row in rows], 0
    for column in range(len(rows[0])):
        pivot = next((row for row in left if row[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        rank += 1
        for row in left:
            factor = row[column] / pivot[column]
            row[:] = [one - factor * other for one, other in zip(row, pivot, strict=True)]
    return rank


def _cells(
    counts: Mapping[int, int], below: int, small: Sequence[int], withheld: set[int]
) -> dict[int, Cell]:
    return {
        grade: Cell(None, below if grade in small else 0)
        if grade in withheld
        else Cell(counts[grade])
        for grade in GRADES
    }
