"""Ranks: competition ranking with shared places, the unranked at the end."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haochaping.disclosure.intervals import wilson
from haochaping.disclosure.ranking import Entrant, ranked
from haochaping.disclosure.suppression import Cell, suppress


def entrants(*values):
    return [
        Entrant(number, number, None if value is None else Fraction(value), number)
        for number, value in enumerate(values)
    ]


def places(found):
    return [(each.what, each.rank) for each in found]


def test_equal_values_share_a_rank_and_the_next_one_is_skipped():
    assert places(ranked(entrants(3, 1, 3, 4), descending=False)) == [
        (1, 1), (2, 2), (0, 2), (3, 4),
    ]  # fmt: skip


def test_descending_puts_the_largest_first():
    assert places(ranked(entrants(1, 2), descending=True)) == [(1, 1), (0, 2)]


def test_the_unranked_follow_the_largest_first():
    assert places(ranked(entrants(None, 5, None), descending=False)) == [
        (1, 1), (2, None), (0, None),
    ]  # fmt: skip


def test_exact_values_that_look_alike_when_rounded_are_no_tie():
    found = ranked(entrants("1/3", "333333/1000000"), descending=False)
    assert [each.tied for each in found] == [False, False]


@given(st.lists(st.one_of(st.none(), st.integers(0, 3))))
def test_nobody_is_lost_in_a_ranking(values):
    found = ranked(entrants(*values), descending=False)
    assert sorted(each.what for each in found) == list(range(len(values)))


def test_a_small_cell_is_withheld_with_the_next_smallest():
    cells = suppress({5: 90, 4: 10, 3: 7, 2: 0, 1: 2}, 5)
    assert {grade: cell.text for grade, cell in cells.items()} == {
        5: "90", 4: "10", 3: "…", 2: "0", 1: "<5",
    }  # fmt: skip


def test_two_small_cells_protect_each_other():
    cells = suppress({"a": 90, "b": 1, "c": 2}, 5)
    assert [cell.count for cell in cells.values()] == [90, None, None]


def test_nothing_small_means_nothing_withheld():
    assert suppress({"a": 0, "b": 5}, 5) == {"a": Cell(0), "b": Cell(5)}


def test_without_a_bound_every_count_is_shown():
    assert suppress({"a": 1, "b": 2}, 0) == {"a": Cell(1), "b": Cell(2)}


@given(st.lists(st.integers(0, 30), min_size=2, max_size=6), st.integers(2, 10))
def test_no_withheld_count_can_be_computed_from_the_total(counts, below):
    cells = suppress(dict(enumerate(counts)), below)
    withheld = [name for name, cell in cells.items() if cell.count is None]
    shown_large = [count for count in counts if count >= below]
    assert len(withheld) != 1 or not shown_large


@pytest.mark.parametrize(
    ("over", "under", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 4, 0.0456, 0.6994),
        (50, 100, 0.4038, 0.5962),
    ],
)
def test_intervals_are_wilson_intervals(over, under, low, high):
    bounds = wilson(over, under)
    assert bounds is not None
    assert float(bounds[0]) == pytest.approx(low, abs=1e-4)
    assert float(bounds[1]) == pytest.approx(high, abs=1e-4)


def test_what_is_no_proportion_has_no_interval():
    assert wilson(0, 0) is None
    assert wilson(7, 5) is None
