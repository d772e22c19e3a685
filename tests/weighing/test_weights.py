"""Weights of matrices that textbooks print, and what holds for every matrix."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haochaping.weighing.judgements import Matrix, Unfit, matrix_of, replaced, together
from haochaping.weighing.mending import SCALE, mends, written
from haochaping.weighing.random_index import RANDOM_INDEX
from haochaping.weighing.weights import LIMIT, rounded, weigh

HOUSE = [
    [1, 5, 3, 7, 6, 6, "1/3", "1/4"],
    ["1/5", 1, "1/3", 5, 3, 3, "1/5", "1/7"],
    ["1/3", 3, 1, 6, 3, 4, 6, "1/5"],
    ["1/7", "1/5", "1/6", 1, "1/3", "1/4", "1/7", "1/8"],
    ["1/6", "1/3", "1/3", 3, 1, "1/2", "1/5", "1/6"],
    ["1/6", "1/3", "1/4", 4, 2, 1, "1/5", "1/6"],
    [3, 5, "1/6", 7, 5, 5, 1, "1/2"],
    [4, 7, 5, 8, 6, 6, 2, 1],
]
"""Choosing a house: Saaty, The Analytic Hierarchy Process, 1980; λmax 9.669, CR 0.169."""

CITIES = [
    [1, "1/3", 8, 3, 3, 7],
    [3, 1, 9, 3, 3, 9],
    ["1/8", "1/9", 1, "1/6", "1/5", 2],
    ["1/3", "1/3", 6, 1, "1/3", 6],
    ["1/3", "1/3", 5, 3, 1, 6],
    ["1/7", "1/9", "1/2", "1/6", "1/6", 1],
]
"""Distances from Philadelphia: Saaty, Journal of Mathematical Psychology 15, 1977."""


def decimals(weights: tuple[Decimal, ...], places: int) -> list[str]:
    return [f"{weight:.{places}f}" for weight in weights]


def test_the_house_of_the_textbook_has_its_printed_weights() -> None:
    found = weigh(matrix_of(HOUSE, 8))
    printed = ["0.173", "0.054", "0.188", "0.018", "0.031", "0.036", "0.167", "0.333"]
    assert decimals(found.weights, 3) == printed
    assert f"{found.lambda_max:.3f}" == "9.669"
    assert f"{found.ratio:.3f}" == "0.169"


def test_the_distances_of_the_paper_have_their_printed_weights() -> None:
    found = weigh(matrix_of(CITIES, 6))
    assert decimals(found.weights, 2) == ["0.26", "0.40", "0.03", "0.12", "0.16", "0.03"]
    assert f"{found.lambda_max:.2f}" == "6.45"
    assert f"{found.index:.2f}" == "0.09"


def test_three_criteria_of_the_textbook() -> None:
    found = weigh(matrix_of([[1, 3, 5], ["1/3", 1, 3], ["1/5", "1/3", 1]], 3))
    assert decimals(found.weights, 3) == ["0.637", "0.258", "0.105"]
    assert f"{found.lambda_max:.3f}" == "3.039"
    assert f"{found.ratio:.3f}" == "0.033"


def test_two_criteria_are_never_inconsistent() -> None:
    found = weigh(matrix_of([[1, 3], ["1/3", 1]], 2))
    assert found.ratio == 0
    assert decimals(found.weights, 2) == ["0.75", "0.25"]


def test_a_consistent_matrix_gives_its_own_weights_and_a_ratio_of_nothing() -> None:
    own = [Decimal(each) for each in ("0.5", "0.3", "0.15", "0.05")]
    matrix = tuple(tuple(a / b for b in own) for a in own)
    found = weigh(matrix)
    assert decimals(found.weights, 6) == decimals(tuple(own), 6)
    assert found.ratio < Decimal("1e-18")


def test_half_a_matrix_is_enough_and_rounded_reciprocals_are_understood() -> None:
    whole = matrix_of([[1, 3, 7], ["1/3", 1, 3], ["1/7", "1/3", 1]], 3)
    assert matrix_of([[1, 3, 7], [None, 1, 3], [None, None, None]], 3) == whole
    assert matrix_of([[1, 3, 7], ["0.33", 1, 3], ["0.14", "0.333", 1]], 3) == whole


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[1, 0], [None, 1]], "row 1, column 2: “0” is no positive number"),
        ([[1, "x"], [None, 1]], "row 1, column 2: “x” is no positive number"),
        ([[1, -3], [None, 1]], "row 1, column 2: “-3” is no positive number"),
        ([[1, "3/0"], [None, 1]], "row 1, column 2: “3/0” is no positive number"),
        ([[1, True], [None, 1]], "row 1, column 2: “True” is no positive number"),
        ([[1, 3], [3, 1]], "row 1, column 2: this and the judgement opposite"),
        ([[1, None], [None, 1]], "row 1, column 2: neither this judgement"),
        ([[2, 3], [None, 1]], "row 1, column 1: a criterion against itself is 1"),
        ([[1, 3]], "the matrix must have 2 rows"),
        ([[1, 3], [1]], "row 2 of the matrix must have 2 values"),
        ("13", "the matrix must have 2 rows"),
        (None, "the matrix must have 2 rows"),
    ],
)
def test_what_is_no_matrix_is_refused_with_its_place(rows: object, said: str) -> None:
    with pytest.raises(Unfit) as caught:
        matrix_of(rows, 2)
    assert str(caught.value).startswith(said)


def test_one_criterion_and_sixteen_are_refused() -> None:
    for size in (1, 16):
        with pytest.raises(Unfit, match="want 2 to 15"):
            matrix_of([], size)


def test_a_group_judges_by_the_geometric_mean() -> None:
    one, two = matrix_of([[1, 2], [None, 1]], 2), matrix_of([[1, 8], [None, 1]], 2)
    group = together([one, two])
    assert f"{group[0][1]:.12f}" == "4.000000000000"
    assert f"{group[1][0]:.12f}" == "0.250000000000"
    assert together([one]) is one


def test_rounded_weights_sum_to_exactly_one() -> None:
    thirds = weigh(matrix_of([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 3)).weights
    assert [str(each) for each in rounded(thirds)] == ["0.333334", "0.333333", "0.333333"]


def test_the_random_index_is_the_stated_table() -> None:
    assert [str(RANDOM_INDEX[size]) for size in (1, 2, 3, 4, 9, 15)] == [
        *("0", "0", "0.58", "0.90", "1.45", "1.59")
    ]


def test_the_pair_that_was_spoilt_is_the_one_that_is_named() -> None:
    sound = matrix_of([[1, 2, 4, 8], [None, 1, 2, 4], [None, None, 1, 2], [None, None, None, 1]], 4)
    (advice,) = mends(replaced(sound, 0, 3, Decimal(1) / Decimal(5)))
    assert (advice.row, advice.column, written(advice.now)) == (0, 3, "1/5")
    assert written(advice.value) == "8"
    assert advice.ratio < Decimal("0.001")


def test_a_consistent_matrix_needs_no_mending() -> None:
    assert mends(matrix_of([[1, 3], [None, 1]], 2)) == ()


def test_judgements_are_written_as_people_write_them() -> None:
    assert [written(each) for each in (SCALE[0], Decimal(1), Decimal("2.5"), Decimal("0.4"))] == [
        *("1/9", "1", "2.5", "0.4")
    ]


def filled(size: int, steps: list[int]) -> Matrix:
    places = iter(steps)
    rows = [[SCALE[next(places)] if j > i else None for j in range(size)] for i in range(size)]
    return matrix_of([[None if x is None else str(x)[:11] for x in row] for row in rows], size)


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 5), st.lists(st.integers(0, 16), min_size=10, max_size=10))
def test_every_matrix_can_be_weighed_and_its_advice_never_makes_it_worse(
    size: int, steps: list[int]
) -> None:
    matrix = filled(size, steps)
    found = weigh(matrix)
    assert abs(sum(found.weights) - 1) < Decimal("1e-20")
    assert sum(rounded(found.weights)) == 1
    assert found.lambda_max > Decimal(size) - Decimal("1e-15")
    last = found.ratio
    for each in mends(matrix):
        assert each.ratio < last
        last = each.ratio
    assert bool(mends(matrix)) <= (found.ratio >= LIMIT)


@pytest.mark.parametrize("rows", [HOUSE, CITIES], ids=["house", "cities"])
def test_the_weights_are_the_principal_eigenvector_that_numpy_finds(rows: list[list[Any]]) -> None:
    matrix = [[float(Fraction(str(each))) for each in row] for row in rows]
    values, vectors = numpy.linalg.eig(numpy.array(matrix))
    largest = int(numpy.argmax(values.real))
    vector = abs(vectors[:, largest].real)
    found = weigh(matrix_of(rows, len(rows)))
    assert float(found.lambda_max) == pytest.approx(float(values[largest].real), rel=1e-9)
    expected = vector / vector.sum()
    assert [float(each) for each in found.weights] == pytest.approx(list(expected), rel=1e-9)
