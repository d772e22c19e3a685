"""Figures are exact, named, explained and rounded once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from haochaping.grading import formulas
from haochaping.grading.rounding import shown
from haochaping.hooks.grading import CaseFacts, MeasureSpec, Ratio, Tally
from haochaping.hooks.values import Words
from haochaping.profile.rules import FormulaRules, RatioFormula, ScoreFormula

WEIGHTS = {5: Decimal(10), 4: Decimal(8), 3: Decimal(6), 2: Decimal(4), 1: Decimal(2)}
RULES = FormulaRules(
    {
        "bad_rate": RatioFormula("bad_rate", ("bad",), ("rated",), "half_up", 4),
        "satisfaction": RatioFormula(
            "satisfaction", ("grade5", "grade4", "grade3"), ("rated",), "half_up", 2
        ),
        "on_time_rate": RatioFormula(
            "on_time_rate", ("cases_on_time",), ("cases_due",), "half_up", 2
        ),
    },
    {"mean_score": ScoreFormula("mean_score", WEIGHTS, "truncate", 3)},
)
TALLY = Tally((0, 1, 1, 0, 0, 4), active=5, served=10, bad_at_first=3)


@pytest.fixture
def known() -> formulas.Formulas:
    return formulas.compile_formulas(RULES)


def test_a_ratio_keeps_its_inputs(known):
    assert formulas.compute(known, TALLY, CaseFacts())["bad_rate"] == Ratio(2, 6)


def test_a_sum_of_counts_is_added_up(known):
    assert formulas.compute(known, TALLY, CaseFacts())["satisfaction"] == Ratio(4, 6)


def test_a_mean_score_is_exact(known):
    score = formulas.compute(known, TALLY, CaseFacts())["mean_score"]
    assert score.value == Fraction(46, 6)


def test_a_mean_score_is_shown_cut_as_its_formula_says(known):
    assert known["mean_score"].show(Fraction(46, 6)) == "7.666"


def test_a_ratio_is_shown_in_percent(known):
    assert known["bad_rate"].show(Fraction(1, 3)) == "33.3333%"


@pytest.mark.parametrize(
    ("n", "text"),
    [(3, "33.3%"), (9_999, "33.3%"), (10_000, "33.33%"), (13_461_728, "33.3333%")],
)
def test_people_are_shown_no_more_decimals_than_n_bears(known, n, text):
    assert known["bad_rate"].show(Fraction(1, 3), n) == text
    assert known["mean_score"].show(Fraction(46, 6), n) == "7.666"


def test_case_facts_feed_formulas(known):
    result = formulas.compute(known, TALLY, CaseFacts(due=4, on_time=3))["on_time_rate"]
    assert known["on_time_rate"].show(result.value) == "75.00%"


def test_a_figure_without_a_denominator_is_shown_as_nothing(known):
    result = formulas.compute(known, TALLY, CaseFacts())["on_time_rate"]
    assert result.value is None
    assert known["on_time_rate"].show(result.value) == ""


def test_every_count_can_be_named():
    counts = formulas.counts_of(TALLY, CaseFacts(1, 2, 3, 4, 5, 6, 7))
    assert set(counts) == set(formulas.COUNT_LABELS) == set(formulas.COUNTS)
    assert counts["bad_at_first"] == 3
    assert counts["cases_real_name"] == 4
    assert counts["cases_reopened"] == 7


def test_a_definition_is_written_in_words(known):
    assert known["satisfaction"].definition.zh == "（非常满意 + 满意 + 基本满意） ÷ 有效评价"
    assert known["bad_rate"].definition.en == "bad reviews ÷ effective ratings"
    assert known["mean_score"].definition.zh == "五档按 10/8/6/4/2 计分的平均值"


def test_a_plugin_measure_is_computed_beside_the_profile_formulas():
    spec = MeasureSpec(
        "zj.overdue", Words("逾期率", "Overdue"), "cases_open_overdue", "cases_opened"
    )
    known = formulas.compile_formulas(RULES, [spec])
    result = formulas.compute(known, TALLY, CaseFacts(opened=8, open_overdue=1))["zj.overdue"]
    assert known["zj.overdue"].show(result.value) == "12.5000%"
    assert known["zj.overdue"].label.zh == "逾期率"


def test_a_measure_may_not_take_a_formula_name():
    spec = MeasureSpec("bad_rate", Words("x"), "bad", "rated")
    with pytest.raises(ValueError, match="bad_rate exists already"):
        formulas.compile_formulas(RULES, [spec])


def test_an_unknown_count_is_named():
    with pytest.raises(ValueError, match="unknown count 'grade6'"):
        formulas.parse_sum("grade5 + grade6")


def test_machines_get_the_inputs_with_the_value(known):
    told = formulas.as_json(known["bad_rate"], Ratio(2, 6))
    assert told == {"value": "33.3333%", "over": "2", "n": 6}


@pytest.mark.parametrize(
    ("value", "mode", "places", "text"),
    [
        ("2.5", "half_up", 0, "3"),
        ("2.5", "half_even", 0, "2"),
        ("3.5", "half_even", 0, "4"),
        ("2.999", "truncate", 2, "2.99"),
        ("-2.5", "half_up", 0, "-3"),
        ("-2.999", "truncate", 1, "-2.9"),
        ("0.005", "half_up", 2, "0.01"),
        ("0.0049", "half_up", 2, "0.00"),
        ("100", "half_up", 4, "100.0000"),
    ],
)
def test_rounding_happens_by_name(value, mode, places, text):
    assert shown(Fraction(value), mode, places) == text


def test_an_unknown_rounding_is_refused():
    with pytest.raises(ValueError, match="unknown rounding 'up'"):
        shown(Fraction(1), "up", 2)
