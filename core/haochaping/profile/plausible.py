"""Checks of values that have the right form and still cannot be meant.

Names that nothing answers to, lists that say a thing twice, days that no calendar has,
warnings before the case exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault, shown
from haochaping.profile.meaning import at, fault, text, unknown
from haochaping.profile.nearest import nearest
from haochaping.profile.nodes import Branch, Leaf, Node, Row, children, walk
from haochaping.profile.rules import DEADLINES, LANGUAGES, OPTION_LISTS

_NOTHING: Final = Branch("", 0, {})
HOURS: Final = ("channels.sms.hours", "channels.reinvite.hours")
SETS: Final = (
    "access.second_factor.roles",
    "channels.accepted_identity",
    "channels.accepted_rater_roles",
    "channels.enabled",
    "languages.offered",
    "scale.bad_grades",
)
"""Lists in which a value can stand once."""
PROVINCES: Final = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64"
    " 65 66 71 81 82 99".split()
)
"""First two digits of region codes (GB/T 2260); 99 for no place, 66 for 新疆生产建设兵团."""


def names(root: Branch) -> Iterator[Fault]:
    """Check names of option lists, languages and deadlines: each must be one there is."""
    key = "scale.option_list"
    yield from unknown(at(root, key), key, OPTION_LISTS, _NO_LIST)
    for place, node in children(at(root, "languages.offered") or _NOTHING):
        yield from unknown(node, f"languages.offered.{place}", LANGUAGES, _NO_LANGUAGE)
    for name, node in children(at(root, "rectification.deadlines") or _NOTHING):
        if name not in DEADLINES:
            listed = ", ".join(DEADLINES)
            words = _with(_NO_DEADLINE, name)
            place = f"rectification.deadlines.{shown(name)}"
            example = f"{DEADLINES[0]}: {{count: 1, unit: workday}}"
            close = nearest(name, DEADLINES)
            yield fault(node, place, words, Words(listed, listed), example, close)


def regions(root: Branch) -> Iterator[Fault]:
    """Check that the region code begins with a province's digits."""
    key = "jurisdiction.code"
    node = at(root, key)
    code = text(node)
    if node is not None and len(code) == 6 and code.isdecimal() and code[:2] not in PROVINCES:
        yield fault(node, key, _with(_NO_REGION, code), _REGION, '"330000"')


def repetitions(root: Branch) -> Iterator[Fault]:
    """Check that lists which are sets name nothing twice."""
    for key in SETS:
        seen: set[str] = set()
        for place, node in children(at(root, key) or _NOTHING):
            value = str(node.value) if isinstance(node, Leaf) else ""
            if value and value in seen:
                yield fault(node, f"{key}.{place}", _with(_TWICE, value), _ONCE)
            seen.add(value)


def formulas(root: Branch) -> Iterator[Fault]:
    """Check that a quotient divides two different sums, each counting a thing once.

    The points of a mean do not rise as grades fall.
    """
    for name, entry in children(at(root, "formulas") or _NOTHING):
        sides = {side: at(entry, side) for side in ("over", "under")}
        terms = {side: _terms(node) for side, node in sides.items()}
        for side, node in sides.items():
            if node is not None and len(set(terms[side])) < len(terms[side]):
                key = f"formulas.{name}.{side}"
                yield fault(node, key, _with(_TWICE, terms[side][0]), _ONCE, "bad")
        over = sides["over"]
        if over is not None and terms["over"] and set(terms["over"]) == set(terms["under"]):
            yield fault(over, f"formulas.{name}.over", _ALWAYS_ONE, _DIFFERENT, "bad")
        yield from _points(entry, f"formulas.{name}.weights")


def _terms(node: Node | None) -> list[str]:
    return [term.strip() for term in text(node).split("+") if term.strip()]


def _points(entry: Node, key: str) -> Iterator[Fault]:
    weights = at(entry, "weights")
    found = [_number(at(weights, str(grade))) for grade in (5, 4, 3, 2, 1)]
    points = [each for each in found if each is not None]
    if weights is not None and len(points) == 5 and points != sorted(points, reverse=True):
        yield fault(weights, key, _RISING, _FALLING, "{5: 10, 4: 8, 3: 6, 2: 4, 1: 2}")


def hours(root: Branch) -> Iterator[Fault]:
    """Check that hours in which something may be sent end after they begin."""
    for key in HOURS:
        node = at(root, key)
        times = [text(each) for _, each in children(node)] if isinstance(node, Row) else []
        if node is not None and len(times) == 2 and all(times) and times[0] >= times[1]:
            yield fault(node, key, _HOURS, _HOURS_EXPECTED, '["09:00", "20:00"]')


def durations(root: Branch) -> Iterator[Fault]:
    """Check durations outside of deadlines: 0 days are only said by `same_day`."""
    for path, node in walk(root):
        if path[:2] == ("rectification", "deadlines") or path[:1] == ("plugins",):
            continue
        if isinstance(node, Branch) and set(node.entries) == {"count", "unit"}:
            count = node.entries["count"]
            days = text(node.entries["unit"]) in ("workday", "calendar_day")
            if days and _number(count) == 0:
                yield fault(
                    count,
                    ".".join((*path, "count")),
                    _NO_DAYS,
                    _ONE_DAY,
                    "{count: 1, unit: workday}",
                )


def deadlines(root: Branch) -> Iterator[Fault]:
    """Check that a reply does not wait for itself, and no warning comes before the case.

    Complex cases have no less time than simple ones.
    """
    given = at(root, "rectification.deadlines")
    for name, node in children(given or _NOTHING):
        key = f"rectification.deadlines.{name}"
        for place, rule in ((key, node), *((f"{key}.{k}", at(node, k)) for k in _COMPLEXITIES)):
            start = at(rule, "start")
            if name == "reply" and start is not None and text(start) == "replied":
                yield fault(start, f"{place}.start", _CIRCLE, Words("opened", "opened"), "opened")
        simple, complex_ = (at(node, kind) for kind in _COMPLEXITIES)
        if complex_ is not None and _shorter(complex_, simple):
            yield fault(complex_, f"{key}.complex", _COMPLEX_SHORT, _COMPLEX_LONG)
    for place, rung in children(at(root, "rectification.warnings") or _NOTHING):
        of = at(given, text(at(rung, "deadline")))
        before = at(rung, "before")
        rules = (of, *(at(of, kind) for kind in _COMPLEXITIES))
        if before is not None and any(_shorter(rule, before) for rule in rules if rule is not None):
            key = f"rectification.warnings.{place}.before"
            yield fault(before, key, _BEFORE_ALL, _SHORTER, "{count: 1, unit: workday}")


def _shorter(one: Node, other: Node | None) -> bool:
    """Say whether a duration is shorter than another of the same unit."""
    if text(at(one, "unit")) != text(at(other, "unit")):
        return False
    low, high = _number(at(one, "count")), _number(at(other, "count"))
    return low is not None and high is not None and 0 < low < high


def days(root: Branch) -> Iterator[Fault]:
    """Check that the dates of confirmations are days that there are."""
    for place, entry in children(at(root, "confirmed") or _NOTHING):
        node = at(entry, "date")
        if node is not None and text(node) and not _real(text(node)):
            key = f"confirmed.{place}.date"
            yield fault(node, key, _with(_NO_DAY, text(node)), _DAY, '"2026-03-01"')


def _real(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def _number(node: Node | None) -> Decimal | None:
    value = node.value if isinstance(node, Leaf) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def _with(words: Words, value: str) -> Words:
    return Words(words.zh.format(shown(value)), words.en.format(shown(value)))


CHECKS: Final = (
    names,
    regions,
    repetitions,
    formulas,
    hours,
    durations,
    deadlines,
    days,
)
_COMPLEXITIES: Final = ("simple", "complex")
_NO_LIST: Final = Words("没有名为“{}”的选项表", "there is no option list “{}”")
_NO_LANGUAGE: Final = Words("没有名为“{}”的语言", "there is no language “{}”")
_NO_DEADLINE: Final = Words(
    "没有名为“{}”的期限，没有什么能使它办结",
    "there is no deadline “{}”: nothing could ever meet it",
)
_NO_REGION: Final = Words("没有以“{}”开头的省级代码", "“{}” begins with no province's digits")
_REGION: Final = Words("六位行政区划代码", "a region code of six digits")
_TWICE: Final = Words("“{}”出现了两次", "“{}” is named twice")
_ONCE: Final = Words("每项只写一次", "each once")
_ALWAYS_ONE: Final = Words("分子和分母相同，结果总是 1", "both sides are the same: always 1")
_DIFFERENT: Final = Words("与分母不同的数量", "counts that differ from those below the line")
_RISING: Final = Words("等级越低分值反而越高", "lower grades have more points")
_FALLING: Final = Words("从 5 级到 1 级不上升", "not rising from grade 5 to grade 1")
_HOURS: Final = Words("结束不晚于开始", "the end is not after the beginning")
_HOURS_EXPECTED: Final = Words("先写开始，后写结束", "the beginning, then the end")
_NO_DAYS: Final = Words("按天计的时长至少为 1", "a duration in days is at least 1")
_ONE_DAY: Final = Words("≥ 1", "at least 1")
_CIRCLE: Final = Words("答复的期限不能从答复起算", "a reply cannot be due after itself")
_COMPLEX_SHORT: Final = Words(
    "复杂情形的期限比简单情形短", "complex cases have less time than simple ones"
)
_COMPLEX_LONG: Final = Words("不短于简单情形", "no less than for simple cases")
_BEFORE_ALL: Final = Words("预警早于工单开始", "the warning would come before the case")
_SHORTER: Final = Words("不长于这个期限", "no longer than the deadline itself")
_NO_DAY: Final = Words("日历上没有“{}”这一天", "there is no day “{}”")
_DAY: Final = Words("年-月-日", "year-month-day")
