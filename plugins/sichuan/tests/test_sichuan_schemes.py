"""A month's points are reckoned from figures that can be named, line by line."""

from __future__ import annotations

from fractions import Fraction

from haochaping.hooks.grading import CaseFacts, Measures, Tally
from haochaping_sichuan.schemes import Seen, awards, hundredths, lines

RULES = {
    "base": 100,
    "good": {"per": 100, "points": 0.5, "cap": 2},
    "deductions": {"bad": 0.5, "late": 1, "sham": 5, "refused": 5},
    "most_deducted": 10,
    "visits_weight": 0.3,
}


def month(good: int = 0, bad: int = 0, active: int | None = None, **cases: int) -> Measures:
    counted = good + bad if active is None else active
    return Measures(Tally((0, bad, 0, 0, 0, good), counted, good + bad), CaseFacts(**cases), {})


def points(measures: Measures, seen: Seen | None = None) -> dict[str, float]:
    return {each.name.zh: float(each.points) for each in lines(RULES, measures, seen or Seen())}


def test_good_reviews_add_and_bad_and_late_ones_deduct() -> None:
    assert points(month(good=250, bad=3, due=3, on_time=1)) == {
        "基础分": 100, "好评加分": 1.0, "差评扣分": -1.5, "逾期整改扣分": -2,
    }  # fmt: skip


def test_points_for_good_reviews_are_capped() -> None:
    assert points(month(good=10_000))["好评加分"] == 2


def test_defaults_are_no_good_reviews() -> None:
    assert "好评加分" not in points(month(good=1000, active=0))
    assert points(month(good=1000, active=100))["好评加分"] == 0.5


def test_sham_and_refused_rectification_deduct_as_they_were_found() -> None:
    found = points(month(good=1), Seen(findings={"sham": 1, "refused": 0}))
    assert found["虚假整改"] == -5
    assert "拒不整改" not in found


def test_deductions_are_capped_with_a_line_of_their_own() -> None:
    found = points(month(bad=30))
    assert (found["差评扣分"], found["扣分封顶"]) == (-15, 5)
    assert sum(found.values()) == 90


def test_visits_are_merged_by_weight() -> None:
    found = points(month(good=1), Seen([Fraction(80), Fraction(70)]))
    assert sum(found.values()) == 100 * 0.7 + 75 * 0.3


def test_a_month_without_visits_is_the_service_alone() -> None:
    assert sum(points(month(good=1)).values()) == 100


def test_a_call_back_or_reply_that_is_missing_stands_as_a_penalty() -> None:
    cases = {"with_contact_due": 3, "contacted": 2, "due": 4, "open_overdue": 1}
    found = [each for each in awards(RULES, month(bad=1, **cases), Seen()) if each.points == 0]
    assert [(each.kind, each.name.zh, each.reason.zh) for each in found] == [
        ("penalty", "回访率未达 100%", "2 / 3"),
        ("penalty", "回复率未达 100%", "3 / 4"),
    ]


def test_every_line_names_its_figures() -> None:
    found = {each.name.zh: each.reason for each in awards(RULES, month(good=250, bad=3), Seen())}
    assert found["好评加分"].zh == "主动好评 250 条，每 100 条加 0.5 分，最多 2 分"
    assert found["差评扣分"].en == "3, 0.5 each"


def test_a_month_in_which_nothing_happened_has_no_points() -> None:
    assert list(awards(RULES, month(), Seen())) == []


def test_points_are_rounded_once_half_up() -> None:
    assert [hundredths(Fraction(each, 1000)) for each in (5, 4, -5, -14)] == [1, 0, -1, -1]
