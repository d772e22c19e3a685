"""A star is given for figures that can be named, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from haochaping.hooks.grading import CaseFacts, Measures, Ratio, Tally
from haochaping.hooks.values import Period, Subject, Words
from haochaping_guangdong.plugin import Guangdong

RULES = {
    "min_rated": 30,
    "min_active_rate": 0.3,
    "min_satisfaction": 0.98,
    "max_bad": 0,
    "max_overdue": 0,
    "levels": [
        {"stars": 3, "min_satisfaction": 0.98},
        {"stars": 4, "min_satisfaction": 0.99},
        {"stars": 5, "min_satisfaction": 0.995},
    ],
}
NOVEMBER = Period("2026-11", date(2026, 11, 1), date(2026, 11, 30))
WINDOW = Subject("window", 7, Words("3号窗口"))


def figures(good: int = 100, basically: int = 0, **changes) -> Measures:
    tally = Tally(grades=(0, 0, 0, basically, 0, good), active=good + basically, served=200)
    measures = Measures(
        tally,
        CaseFacts(),
        {
            "active_rate": Ratio(tally.active, tally.served),
            "satisfaction": Ratio(tally.rated - tally.bad, tally.rated),
        },
    )
    return replace(measures, **changes)


def appraise(measures: Measures, subject: Subject = WINDOW, period: Period = NOVEMBER, **rules):
    plugin = Guangdong({"window_stars": {**RULES, **rules}}, SimpleNamespace())
    return list(plugin.grading_appraise(subject=subject, period=period, measures=measures))


def test_a_window_without_fault_gets_five_stars_and_the_reasons() -> None:
    award = appraise(figures())[0]
    assert (award.kind, award.name.zh, award.level) == ("honour", "窗口服务之星", 5)
    assert "有效评价数 100（不少于 30）" in award.reason.zh
    assert "active rate 50.00%" in award.reason.en


@pytest.mark.parametrize(
    ("satisfied", "of", "level"), [(199, 200, 5), (198, 200, 4), (196, 200, 3)]
)
def test_the_level_follows_the_exact_satisfaction(satisfied: int, of: int, level: int) -> None:
    measures = figures()
    named = {**measures.named, "satisfaction": Ratio(satisfied, of)}
    assert appraise(replace(measures, named=named))[0].level == level


@pytest.mark.parametrize(
    "measures",
    [
        figures(good=29),
        figures(cases=CaseFacts(open_overdue=1)),
        replace(figures(), tally=replace(figures().tally, bad_at_first=1)),
        figures(named={"active_rate": Ratio(1, 10), "satisfaction": Ratio(1, 1)}),
        figures(named={"active_rate": Ratio(1, 2), "satisfaction": Ratio(97, 100)}),
        figures(named={"active_rate": None, "satisfaction": None}),
    ],
    ids=["too few", "overdue", "bad at first", "too few active", "not satisfied", "no figures"],
)
def test_one_condition_that_fails_is_enough(measures: Measures) -> None:
    assert appraise(measures) == []


def test_a_rating_made_good_later_still_costs_the_star() -> None:
    measures = replace(figures(), tally=replace(figures().tally, bad_at_first=1))
    assert appraise(measures) == []
    assert appraise(measures, max_bad=1)[0].level == 5


def test_staff_are_honoured_under_their_own_title_and_organizations_not() -> None:
    assert appraise(figures(), Subject("staff", 1, Words("0012")))[0].name.zh == "政务服务标兵"
    assert appraise(figures(), Subject("organization", 1, Words("市局"))) == []


def test_only_months_make_stars() -> None:
    day = Period("2026-11-22", date(2026, 11, 22), date(2026, 11, 22))
    assert appraise(figures(), period=day) == []
