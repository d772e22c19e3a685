"""One year's holidays and make-up days, as the State Council's notice sets them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from types import MappingProxyType
from typing import ClassVar, Final

from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.profile.faults import Fault, shown
from haochaping.profile.nodes import Branch, Leaf, Node, Row
from haochaping.profile.reading import read

LONGEST: Final = 31
"""Days of one holiday; more is a slip of the pen."""
KEYS: Final = (
    *("year", "scope", "document", "number", "published", "revision", "holidays", "half_days"),
)
HOLIDAY_KEYS: Final = ("name", "first", "last", "workdays")
HALF_DAY_KEYS: Final = ("day", "until", "name")
NATIONAL, LOCAL = "national", "local"
SCOPES: Final = (NATIONAL, LOCAL)


class CalendarError(Problem):
    """A calendar file cannot be used; carries all its faults at once."""

    code: ClassVar[str] = "HCP-CALENDAR"
    status: ClassVar[int] = 500
    title: ClassVar[Words] = Words("日历文件无法使用", "The calendar file cannot be used")

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        chinese = "\n".join(each.text("zh") for each in faults)
        super().__init__(Words(chinese, "\n".join(each.text("en") for each in faults)))


@dataclass(frozen=True, slots=True)
class HalfDay:
    """A day that ends early, at a local time, and why."""

    until: time
    name: Words


@dataclass(frozen=True, slots=True)
class YearCalendar:
    """A published year: which days are off, which weekend days are worked, and by what notice.

    A later `revision` of the same year and scope replaces an earlier one. `scope` is
    `national` for the State Council's notice, or `local` for days that a jurisdiction adds
    (such as 三月三 in Guangxi): local days stand over the national ones and publish no year.
    `half_days` are worked, but only up to a local time.
    """

    year: int
    document: str
    number: str
    published: date
    revision: int
    holidays: Mapping[date, Words]
    workdays: Mapping[date, Words]
    scope: str = NATIONAL
    half_days: Mapping[date, HalfDay] = field(default_factory=dict)


class _Reading:
    """Reads one calendar file and collects what is wrong with it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, node: Node, key: str, message: Words, example: str = "") -> None:
        """Note one fault."""
        self.faults.append(Fault(node.file, node.line, key, message, example=example))

    def text(self, parent: Branch, key: str) -> str:
        """Return a text, empty with a fault when it is missing."""
        node = parent.entries.get(key)
        if isinstance(node, Leaf) and isinstance(node.value, str) and node.value:
            return node.value
        self.fault(node or parent, key, _TEXT)
        return ""

    def number(self, parent: Branch, key: str, least: int) -> int:
        """Return an integer of at least `least`."""
        node = parent.entries.get(key)
        value = node.value if isinstance(node, Leaf) else None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= 9998:
            return value
        self.fault(node or parent, key, _NUMBER, str(least))
        return least

    def day(self, parent: Node, node: Node | None, key: str) -> date | None:
        """Return a day written as ISO text, None with a fault when it is none."""
        value = node.value if isinstance(node, Leaf) else None
        try:
            return date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self.fault(node or parent, key, _DAY, '"2026-10-01"')
            return None

    def known(self, node: Branch, allowed: tuple[str, ...]) -> None:
        """Note keys that a calendar does not have."""
        for key, entry in node.entries.items():
            if key not in allowed:
                words = Words(f"没有“{shown(key)}”这一项", f"there is no key “{shown(key)}”")
                self.fault(entry, key, words, ", ".join(allowed))


def parse_year(raw: bytes, file: str) -> YearCalendar:
    """Return the year that a calendar file holds.

    :raises CalendarError: with all faults at once.
    """
    tree = read(raw, file)
    reading = _Reading(file)
    reading.faults += tree.faults
    if not isinstance(tree.root, Branch) or tree.stopped:
        raise CalendarError(reading.faults)
    found = _year(reading, tree.root)
    if reading.faults:
        raise CalendarError(reading.faults)
    return found


def _year(reading: _Reading, root: Branch) -> YearCalendar:
    reading.known(root, KEYS)
    year = reading.number(root, "year", 1949)
    holidays: dict[date, Words] = {}
    workdays: dict[date, Words] = {}
    for entry in _entries(reading, root):
        name = _name(reading, entry)
        _put(reading, entry, holidays, dict.fromkeys(_holiday(reading, entry, year), name))
        _put(reading, entry, workdays, dict.fromkeys(_worked(reading, entry, year), name))
    half_days = _half_days(reading, root, year)
    _contradictions(reading, root, holidays, workdays)
    for day in sorted(holidays.keys() & half_days.keys()):
        reading.fault(root, "half_days", _said(_HALF_OFF, day))
    return YearCalendar(
        year=year,
        document=reading.text(root, "document"),
        number=reading.text(root, "number"),
        published=reading.day(root, root.entries.get("published"), "published") or date.min,
        revision=reading.number(root, "revision", 1),
        holidays=MappingProxyType(dict(sorted(holidays.items()))),
        workdays=MappingProxyType(dict(sorted(workdays.items()))),
        scope=_scope(reading, root),
        half_days=MappingProxyType(dict(sorted(half_days.items()))),
    )


def _scope(reading: _Reading, root: Branch) -> str:
    node = root.entries.get("scope")
    value = node.value if isinstance(node, Leaf) else None
    if node is None or value in SCOPES:
        return str(value or NATIONAL)
    reading.fault(node, "scope", _SCOPE, LOCAL)
    return NATIONAL


def _half_days(reading: _Reading, root: Branch, year: int) -> dict[date, HalfDay]:
    """Return the days that end early."""
    node, found = root.entries.get("half_days"), dict[date, HalfDay]()
    if node is None:
        return found
    if not isinstance(node, Row):
        reading.fault(node, "half_days", _LIST)
        return found
    for entry in node.items:
        if not isinstance(entry, Branch):
            reading.fault(entry, "half_days", _LIST)
            continue
        reading.known(entry, HALF_DAY_KEYS)
        day = reading.day(entry, entry.entries.get("day"), "day")
        until = _time(reading, entry)
        for one in _within(reading, entry, [day] if day else [], year):
            if one in found:
                reading.fault(entry, "half_days", _said(_TWICE, one))
            found[one] = HalfDay(until, _name(reading, entry))
    return found


def _time(reading: _Reading, entry: Branch) -> time:
    node = entry.entries.get("until")
    value = node.value if isinstance(node, Leaf) else None
    try:
        return time.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        reading.fault(node or entry, "until", _UNTIL, '"12:00"')
        return time()


def _entries(reading: _Reading, root: Branch) -> Iterator[Branch]:
    """Yield the holidays of the file."""
    node = root.entries.get("holidays")
    if not isinstance(node, Row):
        reading.fault(node or root, "holidays", _LIST)
        return
    for entry in node.items:
        if isinstance(entry, Branch):
            reading.known(entry, HOLIDAY_KEYS)
            yield entry
        else:
            reading.fault(entry, "holidays", _LIST)


def _name(reading: _Reading, entry: Branch) -> Words:
    node = entry.entries.get("name")
    if isinstance(node, Branch):
        english = node.entries.get("en")
        text = str(english.value) if isinstance(english, Leaf) else ""
        return Words(reading.text(node, "zh"), text)
    return Words(reading.text(entry, "name"))


def _holiday(reading: _Reading, entry: Branch, year: int) -> list[date]:
    """Return the days off of one holiday."""
    first = reading.day(entry, entry.entries.get("first"), "first")
    last = reading.day(entry, entry.entries.get("last"), "last")
    if first is None or last is None:
        return []
    if not 0 <= (last - first).days < LONGEST:
        reading.fault(entry, "last", _ORDER)
        return []
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    return _within(reading, entry, days, year)


def _worked(reading: _Reading, entry: Branch, year: int) -> list[date]:
    """Return the weekend days worked for one holiday."""
    node = entry.entries.get("workdays")
    if node is None:
        return []
    if not isinstance(node, Row):
        reading.fault(node, "workdays", _LIST)
        return []
    days = [reading.day(item, item, "workdays") for item in node.items]
    known = _within(reading, entry, [day for day in days if day is not None], year)
    for day in known:
        if day.weekday() < 5:
            reading.fault(node, "workdays", _said(_NO_WEEKEND, day))
    return known


def _within(reading: _Reading, entry: Branch, days: list[date], year: int) -> list[date]:
    """Note days that do not belong to the year; December before it may belong to New Year."""
    for day in days:
        if not (day.year == year or (day.year, day.month) == (year - 1, 12)):
            reading.fault(entry, "holidays", _said(_OTHER_YEAR, day))
    return days


def _put(
    reading: _Reading, entry: Branch, into: dict[date, Words], new: Mapping[date, Words]
) -> None:
    """Add days, noting those that are named twice."""
    for day in into.keys() & new.keys():
        reading.fault(entry, "holidays", _said(_TWICE, day))
    into.update(new)


def _contradictions(
    reading: _Reading, root: Branch, off: Mapping[date, Words], worked: Mapping[date, Words]
) -> None:
    """Note days that are said to be both off and worked."""
    for day in sorted(off.keys() & worked.keys()):
        reading.fault(root, "holidays", _said(_BOTH, day))


def _said(words: Words, day: date) -> Words:
    return Words(words.zh.format(day), words.en.format(day))


_TEXT = Words("应是一段文字", "must be a text")
_NUMBER = Words("应是整数", "must be an integer")
_DAY = Words("应是日期，写成 年-月-日 并加引号", "must be a date written year-month-day")
_LIST = Words("应是列表", "must be a list")
_ORDER = Words("末日不能早于首日，也不能超过 31 天", "the last day must follow within 31 days")
_NO_WEEKEND = Words("{} 不是周末，不需要调休上班", "{} is no weekend day and cannot be made up")
_OTHER_YEAR = Words("{} 不属于这一年", "{} does not belong to this year")
_TWICE = Words("{} 出现了两次", "{} is named twice")
_SCOPE = Words("应为 national 或 local", "must be national or local")
_UNTIL = Words("应是当地时间，写成 时:分 并加引号", "must be a local time written hour:minute")
_HALF_OFF = Words("{} 既放假又上半天班", "{} is said to be off and half worked")
_BOTH = Words("{} 既放假又上班", "{} is said to be both off and worked")
