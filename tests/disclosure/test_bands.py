"""Bands join places that the figures cannot tell apart."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from haochaping.disclosure.bands import bands, shrunk
from haochaping.disclosure.intervals import wilson


def of(*shares: tuple[int, int]) -> list[int | None]:
    return list(bands([wilson(over, under) for over, under in shares]))


def test_shares_near_one_with_few_ratings_are_one_band() -> None:
    assert of((100, 100), (99, 100), (298, 300)) == [1, 1, 1]


def test_what_cannot_be_chance_is_another_band() -> None:
    assert of((9990, 10_000), (9980, 10_000), (9500, 10_000), (9490, 10_000)) == [1, 1, 2, 2]


def test_a_band_is_measured_from_its_first_so_that_it_cannot_drift() -> None:
    intervals = [
        (Fraction(0), Fraction(10)),
        (Fraction(9), Fraction(19)),
        (Fraction(18), Fraction(28)),
    ]
    assert list(bands(intervals)) == [1, 1, 2]


def test_without_an_interval_there_is_no_band() -> None:
    assert of((1, 1), (0, 0), (1, 2)) == [1, None, 1]


def test_the_direction_of_the_order_does_not_matter_to_what_is_told_apart() -> None:
    shares = [(9990, 10_000), (9500, 10_000)]
    assert of(*shares) == of(*reversed(shares)) == [1, 2]


def test_few_ratings_are_drawn_to_the_mean_and_many_hardly() -> None:
    mean = Fraction(9, 10)
    assert shrunk(5, 5, mean, 20) == Fraction(23, 25)
    assert abs(shrunk(5000, 5000, mean, 20) - 1) < Fraction(1, 1000)
    assert shrunk(0, 0, mean, 20) == mean
    assert shrunk(0, 0, mean, 0) == mean


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), max_size=20))
def test_bands_count_up_from_one_without_gaps(pairs: list[tuple[int, int]]) -> None:
    found = of(*((min(over, under), under) for over, under in pairs))
    assert found == sorted(found)
    assert sorted(set(found)) == list(range(1, len(set(found)) + 1))
