"""Checks of meaning: names that must be known, sums that must be right.

Every check looks only at values of the right form, so that all faults, of form and of
meaning, are found in one go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault, shown
from haochaping.profile.nearest import nearest
from haochaping.profile.nodes import Branch, Leaf, Node, children, node_at
from haochaping.profile.patterns import slow
from haochaping.profile.rules import COUNTS

_TIME: Final = re.compile(r"[0-2][0-9]:[0-5][0-9]", re.ASCII)


def formula_counts(root: Branch) -> Iterator[Fault]:
    """Check that formulas add up counts that there are."""
    for name, entry in children(at(root, "formulas") or root):
        for side in ("over", "under"):
            node = at(entry, side)
            for term in sorted(set(text(node).split("+"))) if text(node) else ():
                yield from _count(node, f"formulas.{name}.{side}", term.strip())


def _count(node: Node | None, key: str, term: str) -> Iterator[Fault]:
    if node is not None and term not in COUNTS:
        listed = ", ".join(COUNTS)
        words = Words(f"没有名为“{shown(term)}”的数量", f"there is no count “{shown(term)}”")
        yield fault(node, key, words, Words(listed, listed), COUNTS[0], nearest(term, COUNTS))


def durations(root: Branch) -> Iterator[Fault]:
    """Check that `same_day` has count 0 and a deadline in days at least one."""
    for key, entry in _deadlines(root):
        count, unit = at(entry, "count"), text(at(entry, "unit"))
        value = count.value if isinstance(count, Leaf) else None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            continue
        if unit == "same_day" and value and count is not None:
            yield fault(
                count, f"{key}.count", _SAME_DAY, Words("0", "0"), "{count: 0, unit: same_day}"
            )
        if unit in ("workday", "calendar_day") and not value and count is not None:
            yield fault(
                count,
                f"{key}.count",
                _NO_DAYS,
                Words("≥ 1", "at least 1"),
                "{count: 1, unit: workday}",
            )


def _deadlines(root: Branch) -> Iterator[tuple[str, Node]]:
    """Yield every deadline with its key, those by complexity one by one."""
    for name, entry in children(at(root, "rectification.deadlines") or Branch("", 0, {})):
        key = f"rectification.deadlines.{name}"
        if at(entry, "count") is not None or at(entry, "unit") is not None:
            yield key, entry
        else:
            yield from ((f"{key}.{kind}", each) for kind, each in children(entry))


def warnings(root: Branch) -> Iterator[Fault]:
    """Check that a rung names a deadline, counts before or after it, and stands once."""
    known = [name for name, _ in children(at(root, "rectification.deadlines") or root)]
    seen: set[tuple[str, str]] = set()
    for place, rung in children(at(root, "rectification.warnings") or Branch("", 0, {})):
        key = f"rectification.warnings.{place}"
        deadline = at(rung, "deadline")
        yield from unknown(deadline, f"{key}.deadline", known, _NO_DEADLINE)
        if isinstance(rung, Branch) and ("before" in rung.entries) == ("after" in rung.entries):
            yield fault(
                rung, key, _BEFORE_OR_AFTER, _ONE_OF_BOTH, "before: {count: 2, unit: workday}"
            )
        level = at(rung, "level")
        name = (text(deadline), str(level.value) if isinstance(level, Leaf) else "")
        if name in seen and all(name):
            yield fault(rung, key, _TWICE, _LEVELS)
        seen.add(name)


def working_hours(root: Branch) -> Iterator[Fault]:
    """Check that opening intervals follow each other, each starting before its end."""
    last = ""
    key = "calendar.working_hours"
    for place, node in children(at(root, key) or Branch("", 0, {})):
        times = [text(each) for _, each in children(node)]
        if len(times) == 2 and all(_TIME.fullmatch(each) for each in times):
            if not last <= times[0] < times[1]:
                yield fault(node, f"{key}.{place}", _HOURS, _HOURS_EXPECTED, '[["09:00", "12:00"]]')
            last = times[1]


def time_zone(root: Branch) -> Iterator[Fault]:
    """Check that the machine knows the time zone."""
    node = at(root, "calendar.time_zone")
    try:
        ZoneInfo(text(node) or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if node is not None:
            yield fault(node, "calendar.time_zone", _NO_ZONE, _ZONE, "Asia/Shanghai")


def case_numbers(root: Branch) -> Iterator[Fault]:
    """Check that the pattern of case numbers is a regular expression, and a quick one."""
    node = at(root, "channels.case_number_pattern")
    try:
        re.compile(text(node))
        wrong = slow(text(node))
    except (re.error, RecursionError, OverflowError):
        wrong = _NO_PATTERN
    if node is not None and wrong is not None:
        yield fault(node, "channels.case_number_pattern", wrong, _PATTERN, "^[0-9]{11}$")


def release_delay(root: Branch) -> Iterator[Fault]:
    """Check that the shortest delay is not longer than the longest."""
    key = "rectification.release_delay"
    least, most = at(root, f"{key}.min_minutes"), at(root, f"{key}.max_minutes")
    low = least.value if isinstance(least, Leaf) else None
    high = most.value if isinstance(most, Leaf) else None
    if isinstance(low, int) and isinstance(high, int) and low > high and most is not None:
        yield fault(most, f"{key}.max_minutes", _DELAY, Words(f"≥ {low}", f"at least {low}"))


def languages(root: Branch) -> Iterator[Fault]:
    """Check that the default language is one of those offered."""
    offered = [text(node) for _, node in children(at(root, "languages.offered") or root)]
    yield from unknown(at(root, "languages.default"), "languages.default", offered, _NO_LANGUAGE)


def confirmations(root: Branch) -> Iterator[Fault]:
    """Check that confirmations name keys that there are."""
    for place, entry in children(at(root, "confirmed") or Branch("", 0, {})):
        for number, node in children(at(entry, "keys") or Branch("", 0, {})):
            if text(node) and at(root, text(node)) is None:
                key = f"confirmed.{place}.keys.{number}"
                sections = list(root.entries)
                close = nearest(text(node), sections)
                yield fault(node, key, _NO_KEY, _A_KEY, "disclosure.k", close)


CHECKS: Final = (
    formula_counts,
    durations,
    warnings,
    working_hours,
    time_zone,
    case_numbers,
    release_delay,
    languages,
    confirmations,
)


def at(node: Node | None, path: str) -> Node | None:
    """Return the node at a dotted path below `node`, None when there is none."""
    if node is None:
        return None
    try:
        return node_at(node, path)
    except KeyError:
        return None


def text(node: Node | None) -> str:
    """Return the text of a node, empty when it has none."""
    return node.value if isinstance(node, Leaf) and isinstance(node.value, str) else ""


def unknown(node: Node | None, key: str, known: Iterable[str], words: Words) -> Iterator[Fault]:
    """Yield a fault when a text is none of the known words."""
    allowed = list(known)
    value = text(node)
    if node is not None and value and value not in allowed:
        listed = ", ".join(allowed)
        message = Words(words.zh.format(shown(value)), words.en.format(shown(value)))
        first = allowed[0] if allowed else ""
        yield fault(node, key, message, Words(listed, listed), first, nearest(value, allowed))


def fault(
    node: Node, key: str, words: Words, expected: Words, example: str = "", close: str = ""
) -> Fault:
    """Return a fault at a node."""
    return Fault(node.file, node.line, key, words, expected, example, close)


_NO_DEADLINE = Words("没有名为“{}”的期限", "there is no deadline “{}”")
_NO_LANGUAGE = Words("“{}”不在可选语言之中", "“{}” is not one of the languages offered")
_SAME_DAY = Words("same_day 的 count 应为 0", "same_day has count 0")
_NO_DAYS = Words("按天计的期限至少为 1", "a deadline in days is at least 1")
_BEFORE_OR_AFTER = Words("before 和 after 须写且只写一个", "write either before or after")
_ONE_OF_BOTH = Words("before 或 after", "before or after")
_TWICE = Words("同一期限的同一级别出现两次", "this level of this deadline stands twice")
_LEVELS = Words("每个期限的级别各不相同", "different levels for each deadline")
_HOURS = Words("办公时段的先后不对", "the opening intervals are out of order")
_HOURS_EXPECTED = Words("开始早于结束，依次排列", "start before end, one after the other")
_NO_ZONE = Words("没有这个时区", "there is no such time zone")
_ZONE = Words("IANA 时区名称", "an IANA time zone")
_NO_PATTERN = Words("不是合法的正则表达式", "this is no regular expression")
_PATTERN = Words("正则表达式，空为不限", "a regular expression, empty for any")
_DELAY = Words("最长延迟小于最短延迟", "the longest delay is shorter than the shortest")
_NO_KEY = Words("配置档中没有这个键", "the profile has no such key")
_A_KEY = Words("以点分隔的键", "a dotted key")
