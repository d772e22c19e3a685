"""The published month of Guangdong, at scale 1 and in small."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from tests.grading.ledger import rating

from haochaping.grading import figures, formulas, months, periods, rollup, shape, tallies
from haochaping.hooks.grading import CaseFacts
from haochaping.profile.rules import FormulaRules, RatioFormula, ScoreFormula

FOLDER = Path(__file__).parents[2] / "examples" / "guangdong-2023-07"
PRINTED = yaml.safe_load((FOLDER / "figures.yaml").read_text("utf-8"))["published"]
OVER = {
    "bad_rate": ("bad",),
    "satisfaction": ("grade5", "grade4", "grade3"),
    "strict_satisfaction": ("grade5",),
}


@pytest.fixture
def month() -> shape.Figures:
    return shape.load(FOLDER)


@pytest.fixture
def known() -> formulas.Formulas:
    ratios = {
        name: RatioFormula(
            name, over, ("rated",), PRINTED[name]["rounding"], PRINTED[name]["places"]
        )
        for name, over in OVER.items()
    }
    score = ScoreFormula("mean_score", {5: 10, 4: 8, 3: 6, 2: 4, 1: 2}, "truncate", 3)
    return formulas.compile_formulas(FormulaRules(ratios, {"mean_score": score}))


def ratio(name: str, over: tuple[str, ...]) -> RatioFormula:
    printed = PRINTED[name]
    return RatioFormula(name, over, ("rated",), printed["rounding"], printed["places"])


def load(store, month):
    """Put the month's counts into the roll-up as folded ratings would be."""
    with store.write() as conn:
        for grade, count in month.grades.items():
            row = rating(grade, day=month.period.first, region="440103")
            facts = rollup.Facts(
                row["day"], row["region"], 1, 11, 111, 1111, 5, "web", "citizen", 1, grade
            )
            sums = {key: [0] * 7 for key in rollup.keys_of(facts)}
            for counts in sums.values():
                rollup.count(counts, grade, rollup.Change(count, 0))
            months.add(conn, sums)


def test_the_published_rates_come_out_of_the_tallies(store, month, known):
    load(store, month)
    with store.read() as conn:
        tally = figures.of(conn, "region", [440103], month.period)[440103]
    results = formulas.compute(known, tally, CaseFacts())
    shown = {name: known[name].show(result.value) for name, result in results.items()}
    assert shown == {
        "bad_rate": "0.00947%",
        "satisfaction": "99.9905%",
        "strict_satisfaction": "99.7789%",
        "mean_score": "9.992",
    }


def test_the_printed_rates_of_the_file_are_those(known, month):
    assert PRINTED["bad_rate"]["value"] == "0.00947"
    assert PRINTED["mean_score"]["value"] == "9.992"
    assert month.rated == 13_461_728
    assert month.rated + month.without_grade == 13_879_360
    assert month.bad == 1275
    assert month.tickets == 1249


def test_a_small_copy_keeps_every_grade_that_occurs(month):
    small = shape.scaled(month, "0.001")
    assert dict(small.grades) == {1: 3, 2: 3, 3: 18, 4: 11, 5: 13432}
    assert small.tickets <= small.bad


def test_a_small_copy_says_what_it_is(month):
    assert month.note is None
    assert "0.001" in shape.scaled(month, 0.001).note.zh


def test_scale_one_changes_nothing(month):
    assert shape.scaled(month, 1).grades == month.grades


@pytest.mark.parametrize("scale", [0, -1, "1.5"])
def test_another_scale_is_refused(month, scale):
    with pytest.raises(ValueError, match="scale must be above 0"):
        shape.scaled(month, scale)


def test_largest_remainders_keep_the_total():
    assert shape.largest_remainder({1: 1, 2: 1, 3: 1}, Fraction(2, 3)) == {1: 1, 2: 1, 3: 0}


def test_a_grade_that_does_not_occur_is_not_invented(month):
    none = shape.Figures(month.period, "440000", month.name, {1: 0, 5: 1000}, 0, 0)
    assert shape.scaled(none, "0.01").grades == {1: 0, 5: 10}


def test_a_folder_without_figures_is_refused_with_its_name(tmp_path):
    with pytest.raises(shape.FiguresUnreadable, match=r"figures\.yaml"):
        shape.load(tmp_path)


def test_figures_that_do_not_add_up_are_refused(tmp_path):
    text = (FOLDER / "figures.yaml").read_text("utf-8").replace("13431970", "13431971")
    (tmp_path / "figures.yaml").write_text(text, "utf-8")
    with pytest.raises(shape.FiguresUnreadable) as refused:
        shape.load(tmp_path)
    assert "add up" in refused.value.detail.en


def test_the_trend_of_the_month_is_its_figures(store, month):
    load(store, month)
    months = periods.months_until(month.period, 2)
    with store.read() as conn:
        found = figures.trend(conn, "region", None, months)
    assert found["2023-07"].rated == month.rated
    assert found["2023-06"].rated == 0
    assert tallies.BATCH > 0
    assert month.period.last == date(2023, 7, 31)
