"""The rule that marks windows which offer an evaluation to some visitors only."""

from __future__ import annotations

from decimal import Decimal

import pytest

from haochaping.coverage.marking import REASONS, Share, Why, in_words, mark
from haochaping.coverage.rules import MarkRules

RULES = MarkRules()


def test_a_window_far_below_its_hall_is_marked() -> None:
    assert mark(Share(100, 60), Share(1000, 950), RULES) is Why.BELOW_HALL


def test_a_window_like_its_hall_is_not_marked() -> None:
    assert mark(Share(100, 93), Share(1000, 950), RULES) is None


@pytest.mark.parametrize("served", [0, 1, 29])
def test_too_few_services_mark_nobody(served: int) -> None:
    assert mark(Share(served, 0), Share(1000, 950), RULES) is None


def test_a_gap_smaller_than_the_least_is_not_marked_however_sure() -> None:
    assert mark(Share(100_000, 91_000), Share(1_000_000, 990_000), RULES) is None


def test_a_gap_that_may_be_chance_is_not_marked() -> None:
    assert mark(Share(30, 21), Share(130, 101), RULES) is None


def test_a_hall_in_which_all_windows_offer_little_is_marked_by_the_floor() -> None:
    assert mark(Share(100, 40), Share(1000, 400), RULES) is Why.BELOW_FLOOR


def test_the_only_window_of_a_hall_is_judged_by_the_floor() -> None:
    assert mark(Share(100, 40), Share(100, 40), RULES) is Why.BELOW_FLOOR
    assert mark(Share(100, 60), Share(100, 60), RULES) is None


def test_a_hall_that_offers_everybody_marks_the_one_window_that_does_not() -> None:
    assert mark(Share(40, 30), Share(1040, 1030), RULES) is Why.BELOW_HALL


def test_the_rule_is_stated_in_words_with_its_own_numbers() -> None:
    told = in_words(MarkRules(50, Decimal(4), Decimal("0.2"), Decimal("0.3")))
    for number in ("50", "4", "20", "30%"):
        assert number in told.zh
    assert set(REASONS) == set(Why)
