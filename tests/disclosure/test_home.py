"""The public home, the trend and the method page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any

from tests.disclosure.town import AT, DAY, FORMULAS, RULES, at_large, at_small, rate

from haochaping.disclosure import home, inference, method, trend
from haochaping.grading import periods, tallies
from haochaping.grading.facts import no_cases
from haochaping.hooks.grading import CaseFacts
from haochaping.hooks.values import Words
from haochaping.profile import load
from haochaping.profile.rules import Withheld

EDITIONS = load("base").rules.editions
NOVEMBER = periods.parse("2026-11")
EARLIER = date(2026, 11, 2)
OCTOBER = date(2026, 10, 2)


def states(conn, region, period):
    return {"verifying": 1, "closed": 3}


def read(store, region="", cases=no_cases):
    kit = home.Homes(FORMULAS, RULES, "digest", cases, states)
    with store.read() as conn:
        return kit.home(conn, region, DAY, AT)


def test_totals_are_of_today_this_month_and_everything(place):
    rate(place, at_large(5), at_large(5, 2, day=EARLIER), at_small(5, 4, day=OCTOBER))
    totals = read(place).totals
    assert (totals.today.rated, totals.month.rated, totals.all.rated) == (1, 3, 7)


def test_totals_hold_for_a_subtree(place):
    rate(place, at_large(5), at_small(5, 2))
    assert read(place, "330108").totals.today.rated == 2
    assert read(place, "330000").totals.today.rated == 3


def test_a_rating_is_in_the_totals_before_and_after_it_is_folded(place):
    rate(place, at_large(5))
    assert read(place).totals.all.rated == 1
    with place.write() as conn:
        tallies.fold(conn)
    assert read(place).totals.all.rated == 1


def test_the_five_grades_are_shown_with_their_shares(place):
    rate(place, at_large(5, 12), at_large(4, 4), at_large(1, 4))
    shown = [(each.grade, each.count.text, each.share) for each in read(place).grades]
    assert shown == [
        (5, "12", "60.00%"), (4, "4", "20.00%"), (3, "0", "0.00%"), (2, "0", "0.00%"),
        (1, "4", "20.00%"),
    ]  # fmt: skip


def test_a_small_grade_is_withheld_and_its_share_too(place):
    rate(place, at_large(5, 12), at_large(4, 4), at_large(1, 1))
    found = read(place)
    shown = {each.grade: (each.count.text, each.share) for each in found.grades}
    assert shown[1] == ("<3", "")
    assert shown[2] == ("…", "")  # the bad rate times n less grade 2 would be grade 1
    assert shown[4] == ("4", "23.53%")


def test_a_figure_that_would_give_a_withheld_count_away_is_withheld(place):
    rate(place, at_large(5, 12), at_large(4, 4), at_large(1, 1))
    cells = read(place).cells
    assert cells["bad_rate"].text == "5.88%"
    assert (cells["mean_score"].withheld, cells["mean_score"].text) == (True, "…")
    assert not read(place, "330108").cells["mean_score"].withheld


def test_no_small_count_can_be_computed_from_what_is_shown():
    for counts in product((0, 1, 7), repeat=5):
        check_nothing_small_is_known(counts)


def check_nothing_small_is_known(counts):
    by_grade = dict(zip(inference.GRADES, counts, strict=True))
    cells, hidden = inference.protected(by_grade, 3, tuple(FORMULAS.values()))
    shown = [each for each in FORMULAS.values() if each.name not in hidden]
    equations = [tuple(map(Fraction, (1, 1, 1, 1, 1))), *map(inference.equation_of, shown)]
    withheld = {grade for grade, cell in cells.items() if cell.count is None}
    small = {grade for grade, count in by_grade.items() if 0 < count < 3}
    assert small <= withheld
    assert not [each for each in small if inference._computable(each, withheld, equations)]
    assert {"bad_rate", "satisfaction"}.isdisjoint(hidden)


def test_few_cases_in_all_are_not_counted_by_state(place):
    kit = home.Homes(FORMULAS, RULES, "digest", no_cases, lambda *asked: {"verifying": 1})
    with place.read() as conn:
        cells = kit.home(conn, "330108", DAY, AT).cases
    assert [cell.text for cell in cells.values()] == ["<3", "0", "0", "0"]


def test_the_state_of_rectification_is_counted_in_plain_words(place):
    cases = read(place).cases
    assert {name: cell.count for name, cell in cases.items()} == {
        "verifying": 1, "rectifying": 0, "replied": 0, "closed": 3,
    }  # fmt: skip
    assert home.STATES["rectifying"].zh == "正在整改"


def test_an_empty_home_has_no_rates_and_no_shares(place):
    empty = read(place)
    assert empty.totals.all.rated == 0
    assert empty.cells["bad_rate"].text == ""
    assert {each.share for each in empty.grades} == {""}


def test_case_counts_are_summed_over_the_counties(place):
    facts = {330106: CaseFacts(due=3, on_time=2), 330108: CaseFacts(due=1, on_time=1)}
    shown = read(place, cases=lambda conn, kind, ids, period: {each: facts[each] for each in ids})
    assert shown.cells["on_time_rate"].text == "75.00%"


def test_a_trend_has_every_month_with_its_n(place):
    rate(place, at_large(5, 3), at_large(1), at_large(5, 4, day=OCTOBER))
    kit = trend.Trends(FORMULAS, no_cases, RULES.suppress_below)
    with place.read() as conn:
        months = trend.months_shown(NOVEMBER, 3)
        found = kit.trend(conn, "", months, ["bad_rate"])
    shown = [(each.month.name, each.rated, each.cells["bad_rate"].text) for each in found.points]
    assert shown == [("2026-09", 0, ""), ("2026-10", 4, "0.00%"), ("2026-11", 4, "25.00%")]
    assert [column.name for column in found.columns] == ["bad_rate"]


def test_a_trend_can_be_of_a_subtree(place):
    rate(place, at_large(5, 3), at_small(5, 4))
    kit = trend.Trends(FORMULAS, no_cases, RULES.suppress_below)
    with place.read() as conn:
        found = kit.trend(conn, "330108", [NOVEMBER], ["satisfaction"])
    assert found.points[0].rated == 4


@dataclass
class Profile:
    digest: str = "abc"
    withheld: tuple[Withheld, ...] = (Withheld("rater", Words("保护评价人", "protected")),)

    @property
    def rules(self) -> Any:
        return SimpleNamespace(disclosure=replace(RULES, withheld=self.withheld), editions=EDITIONS)

    def source(self, path):
        if path == "formulas.mean_score":
            return SimpleNamespace(
                document="月度通报", number="7", date="2023-07", level="province",
                status="in_force", note="核对得出", note_en="",
            )  # fmt: skip
        if path.startswith("formulas."):
            raise KeyError(path)
        return None


def test_the_method_page_defines_every_figure_and_names_its_source():
    found = method.method(Profile(), FORMULAS)
    by_name = {each.name: each for each in found.figures}
    assert by_name["bad_rate"].definition.zh == "差评 ÷ 有效评价"
    assert by_name["bad_rate"].rounding.zh == "百分数最多 2 位小数，评价少的少保留几位，四舍五入"
    assert by_name["bad_rate"].origin is None
    origin = by_name["mean_score"].origin
    assert (origin.document, origin.level.zh, origin.status.zh) == ("月度通报", "省级", "现行")
    assert by_name["mean_score"].rounding.en == "score with 3 decimals, cut, not rounded"


def test_the_method_page_says_k_min_n_and_what_is_withheld_why():
    found = method.method(Profile(), FORMULAS)
    text = " ".join(each.text.zh for each in found.statements)
    assert "5 条" in text
    assert "少于 4 条" in text
    assert [(each.field, each.reason.zh) for each in found.withheld] == [("rater", "保护评价人")]
    assert found.digest == "abc"


def test_the_method_page_says_when_comments_are_reviewed():
    later = replace(RULES, text_review="after_publication")
    profile = SimpleNamespace(
        digest="x",
        rules=SimpleNamespace(disclosure=later, editions=EDITIONS),
        source=lambda path: None,
    )
    found = method.method(profile, {})
    assert any("公布后审核" in one.text.zh for one in found.statements)
