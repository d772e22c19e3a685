"""Window stars (窗口服务之星): from a month's figures to an honour with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from haochaping.doors.figures import shown
from haochaping.hooks.grading import Award, Measures
from haochaping.hooks.values import Words

TITLE: Final = {
    "window": Words("窗口服务之星", "Window star"),
    "staff": Words("政务服务标兵", "Model staff"),
}
"""Honours by kind of subject."""

ATTENDANCE: Final = "gd.attendance"
"""Fact of a staff member's month: days present of days due."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: whether it holds, and in words by which figure."""

    holds: bool
    words: Words


def conditions(rules: Mapping[str, Any], kind: str, measures: Measures) -> tuple[Condition, ...]:
    """Return all conditions of the month that the rules set, with what was found."""
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
        _at_most("查实差评数", "complaints found true", cases.upheld, rules.get("max_upheld", 0)),
        *_ranked(rules, measures),
        *_attended(rules, kind, measures),
    )


def _ranked(rules: Mapping[str, Any], measures: Measures) -> Iterable[Condition]:
    """Yield the condition on the place by score, when the rules set one; ties share a place."""
    if "rank_share" not in rules:
        return
    most, standing = _exact(rules["rank_share"]), measures.standing
    wanted = _percent(most)
    if standing is None:
        words = Words(f"未参与排名（须在前 {wanted}）", f"not ranked (first {wanted} wanted)")
        yield Condition(False, words)
        return
    share = Fraction(standing.rank, standing.of)
    holds = share <= most or standing.rank == 1
    yield Condition(
        holds,
        Words(
            f"得分第 {standing.rank} 名，共 {standing.of}（前 {wanted}）",
            f"rank {standing.rank} of {standing.of} by score (first {wanted})",
        ),
    )


def _attended(rules: Mapping[str, Any], kind: str, measures: Measures) -> Iterable[Condition]:
    """Yield the condition on a person's attendance, when the rules set one."""
    if kind != "staff" or "min_attendance" not in rules:
        return
    found, least = measures.facts.get(ATTENDANCE), _exact(rules["min_attendance"])
    value = None if found is None else found.value
    yield Condition(
        value is not None and value >= least,
        Words(
            f"出勤率 {_percent(value)}（不低于 {_percent(least)}）",
            f"attendance {_percent(value)} (≥ {_percent(least)})",
        ),
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
    found = conditions(rules, kind, measures)
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
    return "—" if value is None else shown(value * 100, "half_up", 2) + "%"


def _joined(found: Iterable[Condition]) -> Words:
    reached = tuple(found)
    return Words(
        "；".join(condition.words.zh for condition in reached),
        "; ".join(condition.words.en for condition in reached),
    )
