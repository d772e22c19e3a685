"""Cards come for what rose, and hardly ever for what did not."""

from __future__ import annotations

from random import Random

import pytest

from haochaping.analysis import anomalies
from haochaping.analysis.anomalies import Watched
from haochaping.analysis.comparing import Comparison, Verdict
from haochaping.analysis.reading import Rate
from haochaping.analysis.rules import AnomalyRules

RULES = AnomalyRules()


def found(*pairs: tuple[Rate, Rate]) -> list[int]:
    watched = [Watched("item", n, now, before) for n, (now, before) in enumerate(pairs)]
    return [each.watched.id for each in anomalies.find(watched, RULES)]


def test_a_planted_rise_gets_a_card() -> None:
    quiet = (Rate(1, 310), Rate(6, 1900))
    planted = (Rate(7, 310), Rate(6, 1900))
    assert found(*[quiet] * 60, planted, *[quiet] * 60) == [60]


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (Rate(4, 60), Rate(0, 900)),  # fewer bad ratings than the rule wants
        (Rate(9, 49), Rate(3, 900)),  # fewer ratings than the rule wants
        (Rate(9, 400), Rate(0, 49)),  # too little is known of before
        (Rate(9, 900), Rate(30, 5400)),  # not even twice the rate
        (Rate(5, 500), Rate(10, 2500)),  # two and a half times, but it may be luck
    ],
)
def test_small_numbers_and_small_rises_get_none(now: Rate, before: Rate) -> None:
    assert found((now, before)) == []


def test_the_more_is_compared_the_surer_one_must_be() -> None:
    rise = (Rate(6, 300), Rate(5, 1800))
    assert found(rise) == [0]
    assert found(rise, *[(Rate(1, 300), Rate(5, 1800))] * 400) == []


def test_quiet_years_bring_hardly_any_card() -> None:
    luck = Random(20261116)
    false = 0
    for _ in range(20):
        months = []
        for item in range(100):
            n, rate = 60 + item * 5, (0.001, 0.004, 0.02)[item % 3]
            now = sum(luck.random() < rate for _ in range(n))
            before = sum(luck.random() < rate for _ in range(n * 2))
            months.append((Rate(now, n), Rate(before, n * 2)))
        false += len(found(*months))
    assert false <= 1  # 20 months of 100 items: the rule allows two


def test_the_chance_is_that_of_fisher_s_exact_test() -> None:
    # Fisher's tea: 3 of 4 right by luck, one-sided, is 17/70.
    assert anomalies.chance_of(Rate(3, 4), Rate(1, 4)) == pytest.approx(17 / 70)
    assert anomalies.chance_of(Rate(0, 10), Rate(0, 10)) == pytest.approx(1)


def test_a_reason_is_named_when_half_of_the_bad_ratings_name_it() -> None:
    assert anomalies.main_reason({"207": 5, "": 9}, 10, 3) == ("207", 5)
    assert anomalies.main_reason({"207": 4, "203": 4}, 10, 3) == ("", 0)
    assert anomalies.main_reason({"207": 2}, 2, 3) == ("", 0)


def test_a_change_is_named_only_where_the_intervals_part() -> None:
    assert Comparison(Rate(20, 500), Rate(3, 500)).verdict is Verdict.WORSE
    assert Comparison(Rate(3, 500), Rate(20, 500)).verdict is Verdict.BETTER
    assert Comparison(Rate(5, 500), Rate(3, 500)).verdict is Verdict.SAME
    assert Comparison(Rate(5, 500), Rate(0, 0)).verdict is Verdict.UNKNOWN
