"""Scores over the indicator tree: exact, explained part by part, rounded once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haochaping.grading import scores
from haochaping.hooks.values import Words
from haochaping.profile.indicators import (
    BonusIndicator,
    DifferentialGroup,
    IndicatorNode,
    IndicatorTree,
)

HALF = Decimal("0.5")


def leaf(code: str, weight: str = "0.5", **more) -> IndicatorNode:
    return IndicatorNode(code, Words(code), Decimal(weight), None, code, (), **more)


def tree(**more) -> IndicatorTree:
    return IndicatorTree(1, None, (leaf("a"), leaf("b")), **more)


def values(**given: str | None) -> dict[str, Fraction | None]:
    return {name: None if each is None else Fraction(each) for name, each in given.items()}


def test_a_level_is_the_weighted_mean_of_its_marks() -> None:
    assert scores.score(tree(), values(a="1", b="0.5")).total == 75


def test_a_mark_is_linear_between_nothing_and_the_full_mark() -> None:
    bounds = Decimal("0.9"), Decimal("1")
    assert [scores.mark(Fraction(each), *bounds) for each in ("0.8", "0.95", "1")] == [0, 50, 100]
    assert scores.mark(Fraction("0.01"), Decimal("0.05"), Decimal("0")) == 80


@pytest.mark.parametrize(
    ("missing", "total"), [("redistribute", 80), ("zero", 40), ("withhold", None)]
)
def test_an_indicator_without_data_follows_the_rule(missing: str, total: int | None) -> None:
    found = scores.score(tree(missing=missing), values(a="0.8", b=None))
    assert found.total == total


def test_nothing_known_is_no_score() -> None:
    assert scores.score(tree(), {}).total is None
    assert scores.score(tree(missing="zero"), {}).total is None


def test_bonus_points_are_added_up_to_their_cap_and_leave_the_core_alone() -> None:
    bonus = tuple(
        BonusIndicator(code, Words(code), code, Decimal(4)) for code in ("early", "active")
    )
    found = scores.score(
        tree(bonus=bonus, bonus_cap=Decimal(5)), values(a="1", b="1", early="1", active="0.5")
    )
    assert (found.core, found.bonus, found.total) == (100, 5, 105)


def test_differential_indicators_weigh_their_share_where_they_apply() -> None:
    group = DifferentialGroup("land", Words("专厅"), ("H1",), (), (leaf("c", "1"),))
    found = tree(differential=(group,), differential_share=Decimal("0.2"))
    given = values(a="1", b="1", c="0.5")
    assert scores.score(found, given, hall="H1").total == 90
    assert scores.score(found, given, hall="H2").total == 100
    assert scores.score(found, given, hall="H1").core == 100


def test_answers_to_its_own_question_feed_an_indicator_without_a_measure() -> None:
    asks = IndicatorNode("queue", Words("排队"), Decimal(1), Words("排队久不久？"), "", ())
    group = DifferentialGroup("land", Words("专厅"), ("H1",), (), (asks,))
    found = tree(differential=(group,), differential_share=Decimal("0.2"))
    given = {**values(a="1", b="1"), "local.land.queue": Fraction(1, 2)}
    scored = scores.score(found, given, hall="H1")
    assert scored.total == 90
    assert scored.parts[-1].measure == "local.land.queue"
    without = scores.score(found, values(a="1", b="1"), hall="H1")
    assert (without.total, without.parts[-1].measure) == (100, "")


def test_a_level_below_weighs_within_its_parent() -> None:
    parent = IndicatorNode("p", Words("p"), HALF, None, "", (leaf("x", "0.2"), leaf("y", "0.8")))
    found = IndicatorTree(1, None, (parent, leaf("b")))
    assert scores.score(found, values(x="1", y="0", b="1")).total == 60


def test_a_score_is_rounded_once_by_the_trees_rule() -> None:
    third = values(a="1/3", b="1/3")
    exact = scores.score(tree(), third).total
    assert scores.scaled(exact, tree(places=2)) == 3333
    two = scores.score(tree(), values(a="2/3", b="2/3")).total
    assert scores.scaled(two, tree(rounding="truncate", places=1)) == 666
    assert scores.scaled(two, tree(rounding="half_up", places=1)) == 667
    assert scores.scaled(None, tree()) is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10)), min_size=5, max_size=5),
    st.sampled_from(["redistribute", "zero", "withhold"]),
)
def test_the_parts_always_add_up_to_the_score(given_values: list, missing: str) -> None:
    names = ("a", "b", "c", "d", "bonus")
    known = {
        n: None if v is None else Fraction(v, 10) for n, v in zip(names, given_values, strict=True)
    }
    group = DifferentialGroup("g", Words("g"), ("H1",), (), (leaf("c"), leaf("d")))
    found = scores.score(
        tree(
            missing=missing,
            differential=(group,),
            differential_share=Decimal("0.3"),
            bonus=(BonusIndicator("bonus", Words("x"), "bonus", Decimal(3)),),
            bonus_cap=Decimal(5),
        ),
        known,
        hall="H1",
    )
    if found.total is not None:
        parts = [each.points for each in found.parts if each.points is not None]
        assert sum(parts) == found.total
