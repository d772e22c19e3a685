"""Window stars (窗口服务之星): from a month's figures to an honour with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from haochaping.hooks.grading import Award, Measures
from haochaping.hooks.values import Words

TITLE: Final = {
    "window": Words("窗口服务之星", "Window star"),
    "staff": Words("政务服务标兵", "Model staff"),
}
"""Honours by kind of subject."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: whether it holds, and in words by which figure."""

    holds: bool
    words: Words


def conditions(rules: Mapping[str, Any], measures: Measures) -> tuple[Condition, ...]:
    """Return all conditions of the month with what was found."""
    tally, cases = measures.tally, measures.cases
    return (
        _at_least("有效评价数", "effective ratings", tally.rated, rules.get("min_rated", 30)),
        _rate(
            "主动评价率", "active rate", measures, "active_rate", rules.get("min_active_rate", 0.3)
        ),
        _rate(
            "满意度", "satisfaction", measures, "satisfaction", rules.get("min_satisfaction", 0.98)
        ),
        _at_most("首评差评数", "bad at first rating", tally.bad_at_first, rules.get("max_bad", 0)),
        _at_most("超期工单数", "overdue cases", cases.open_overdue, rules.get("max_overdue", 0)),
    )


def stars(rules: Mapping[str, Any], satisfaction: Fraction) -> int:
    """Return the number of stars for a satisfaction, 0 when no level is reached."""
    reached = [
        int(level["stars"])
        for level in rules.get("levels", ())
        if satisfaction >= _exact(level["min_satisfaction"])
    ]
    return max(reached, default=0)


def honours(rules: Mapping[str, Any], kind: str, measures: Measures) -> Iterable[Award]:
    """Return the honour of a window or staff member, nothing when a condition fails."""
    if kind not in TITLE:
        return
    found = conditions(rules, measures)
    satisfaction = _value(measures, "satisfaction")
    if satisfaction is None or not all(condition.holds for condition in found):
        return
    level = stars(rules, satisfaction)
    if level or not rules.get("levels"):
        yield Award(kind="honour", name=TITLE[kind], reason=_joined(found), level=level)


def _at_least(zh: str, en: str, value: int, bound: int) -> Condition:
    return Condition(
        value >= bound, Words(f"{zh} {value}（不少于 {bound}）", f"{en} {value} (≥ {bound})")
    )


def _at_most(zh: str, en: str, value: int, bound: int) -> Condition:
    return Condition(
        value <= bound, Words(f"{zh} {value}（不多于 {bound}）", f"{en} {value} (≤ {bound})")
    )


def _rate(zh: str, en: str, measures: Measures, name: str, bound: Any) -> Condition:
    value, least = _value(measures, name), _exact(bound)
    shown, wanted = _percent(value), _percent(least)
    words = Words(f"{zh} {shown}（不低于 {wanted}）", f"{en} {shown} (≥ {wanted})")
    return Condition(value is not None and value >= least, words)


def _value(measures: Measures, name: str) -> Fraction | None:
    ratio = measures.named.get(name)
    return None if ratio is None else ratio.value


def _exact(number: Any) -> Fraction:
    return Fraction(str(number))


def _percent(value: Fraction | None) -> str:
    return "—" if value is None else f"{float(value * 100):.2f}%"


def _joined(found: Iterable[Condition]) -> Words:
    reached = tuple(found)
    return Words(
        "；".join(condition.words.zh for condition in reached),
        "; ".join(condition.words.en for condition in reached),
    )
