"""Reads the wording of the State Council's yearly notice, so that nobody has to write a file.

The notices of 部分节假日安排 have kept one form for years: a heading, a numbered line a holiday
(二、春节：2月15日（周日）至23日（周一）放假调休，共9天。2月14日（周六）上班。) and an end
with the day. What stands in a line twice, weekdays and the number of days, is held against
each other: a slip of the pen or of the copy is named and never guessed away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault
from haochaping.worktime.years import LONGEST, CalendarError

FILE: Final = "通知全文"
LONGEST_TEXT: Final = 20_000
"""Signs; a notice has some 600."""
_NUMERALS: Final = "一二三四五六七八九十"
_LINE: Final = re.compile(rf"(?:^|(?<=[。:]))([{_NUMERALS}])、")
_HEAD: Final = re.compile(r"([\u4e00-\u9fff、]{2,20}):(.*)")
_DATE: Final = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:\((?P<note>[^()]*)\))?"
)
_YEAR: Final = re.compile(r"(\d{4})年(?:部分节假日|元旦)")
_NUMBER: Final = re.compile(r"国办发(?:明电)?[〔\[(]\d{4}[〕\])]\d+号")
_SIGNED: Final = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_TOTAL: Final = re.compile(r"共(\d+)天|放假(\d+)天")
_WEEKDAY: Final = re.compile(r"(?:周|星期)([一二三四五六日天])")
_WEEKDAYS: Final = "一二三四五六日"
_ENGLISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "元旦": "New Year",
        "春节": "Spring Festival",
        "清明节": "Tomb-Sweeping Day",
        "劳动节": "Labour Day",
        "端午节": "Dragon Boat Festival",
        "中秋节": "Mid-Autumn Festival",
        "国庆节": "National Day",
    }
)


@dataclass(frozen=True, slots=True)
class Written:
    """A year's calendar file as the notice states it, and the clauses that set no day."""

    year: int
    file: str
    unused: tuple[str, ...]

    def of_revision(self, revision: int) -> str:
        """Return the calendar file as another revision of its year."""
        return self.file.replace("\nrevision: 1\n", f"\nrevision: {revision}\n", 1)


@dataclass(frozen=True, slots=True)
class _Span:
    first: date
    last: date
    faults: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class _Holiday:
    name: str
    off: tuple[_Span, ...]
    worked: tuple[_Span, ...]
    unused: tuple[str, ...]
    faults: tuple[Words, ...]


def read_notice(text: str) -> Written:
    """Return the calendar file that the wording of a notice states.

    :raises CalendarError: with all faults at once: what is missing, or does not agree.
    """
    plain = _plain(text)
    faults = [_TOO_LONG] if len(plain) > LONGEST_TEXT else []
    body, _stop, end = plain.rpartition("。")
    year, number, signed = _YEAR.search(plain), _NUMBER.search(plain), _SIGNED.search(end)
    faults += [words for found, words in ((year, _NO_YEAR), (number, _NO_NUMBER)) if not found]
    published = _day(*signed.groups()) if signed else None
    if published is None:
        faults.append(_NO_DAY)
    holidays = [] if year is None or _TOO_LONG in faults else [*_holidays(body, int(year[1]))]
    numerals = "".join(_LINE.findall(body)) if holidays else ""
    if not numerals or not _NUMERALS.startswith(numerals) or len(numerals) != len(holidays):
        faults.append(_NO_HOLIDAY)
    found = [Fault(FILE, 0, "", words) for words in faults]
    found += [Fault(FILE, 0, one.name, words) for one in holidays for words in one.faults]
    if found or year is None or number is None or published is None:
        raise CalendarError(found)
    unused = tuple(clause for one in holidays for clause in one.unused)
    return Written(int(year[1]), _file(int(year[1]), number[0], published, holidays), unused)


def _plain(text: str) -> str:
    """Return the text in one width, without the spaces and line ends of the copy."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text[: 2 * LONGEST_TEXT]))


def _holidays(plain: str, year: int) -> Iterator[_Holiday]:
    for part in _LINE.split(plain)[2::2]:
        head = _HEAD.match(part)
        if head is not None:
            yield _holiday(head[1], head[2], year)


def _holiday(name: str, text: str, year: int) -> _Holiday:
    """Return what the line of a holiday states, and its clauses with a date that set nothing."""
    off: list[_Span] = []
    worked: list[_Span] = []
    unused: list[str] = []
    for clause in re.split("[。,;]", text):
        if "上班" in clause:
            worked += _spans(clause, year)
        elif "放假" in clause:
            off += _spans(clause, year)
        elif _DATE.search(clause):
            unused.append(f"{name}：{clause}")
    faults = [words for one in (*off, *worked) for words in one.faults]
    if not off:
        faults.append(_NO_DAYS)
    faults += _total(text, off)
    return _Holiday(name, tuple(off), tuple(worked), tuple(unused), tuple(faults))


def _spans(clause: str, year: int) -> Iterator[_Span]:
    """Yield the days of a clause: single ones, and from one 至 another."""
    month, ended, before = 0, -1, None
    for found in _DATE.finditer(clause):
        month = int(found["month"] or month)
        day = _day(found["year"] or year, month, found["day"])
        if day is None:
            yield _Span(date.min, date.min, (_said(_NO_DATE, found[0]),))
            continue
        joined = before is not None and clause[ended : found.start()] == "至"
        wrong = _weekday(day, found["note"] or "")
        if joined and before is not None:
            yield _joined(before, day, wrong)
            before = None
        else:
            if before is not None:
                yield before
            before = _Span(day, day, wrong)
        ended = found.end()
    if before is not None:
        yield before


def _joined(first: _Span, last: date, wrong: tuple[Words, ...]) -> _Span:
    if not 0 < (last - first.first).days < LONGEST:
        wrong = (*wrong, Words(f"{last} 不在 {first.first} 之后的一个月内", _EN_ORDER))
    return _Span(first.first, last, (*first.faults, *wrong))


def _weekday(day: date, note: str) -> tuple[Words, ...]:
    """Return the fault of a weekday in brackets that is not the day's."""
    found = _WEEKDAY.search(note)
    stated = "" if found is None else found[1].replace("天", "日")
    real = _WEEKDAYS[day.weekday()]
    if stated in ("", real):
        return ()
    chinese = f"{day.month}月{day.day}日是周{real}，通知里写的是周{stated}，请核对年份和日期"
    return (Words(chinese, f"{day} is another weekday than stated: check the year and the day"),)


def _total(text: str, off: list[_Span]) -> list[Words]:
    """Return the fault of a number of days that is not the one of the days stated."""
    found = _TOTAL.search(text)
    days = sum((one.last - one.first).days + 1 for one in off)
    stated = days if found is None else int(found[1] or found[2])
    if stated == days or not off:
        return []
    chinese = f"写的是共 {stated} 天，按日期算是 {days} 天"
    return [Words(chinese, f"{stated} days are stated, the dates make {days}")]


def _day(year: int | str, month: int | str, day: int | str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _file(year: int, number: str, published: date, holidays: list[_Holiday]) -> str:
    """Return the calendar file: the same form as the files that come with the software."""
    head = [
        f"year: {year}",
        f"document: 国务院办公厅关于{year}年部分节假日安排的通知",
        f"number: {number}",
        f'published: "{published}"',
        "revision: 1",
        "holidays:",
    ]
    return "\n".join([*head, *(line for one in holidays for line in _lines(one))]) + "\n"


def _lines(holiday: _Holiday) -> Iterator[str]:
    english = " and ".join(_ENGLISH.get(one, "") for one in holiday.name.split("、"))
    known = all(one in _ENGLISH for one in holiday.name.split("、"))
    named = f"{{zh: {holiday.name}, en: {english}}}" if known else holiday.name
    worked = [f'"{day}"' for one in holiday.worked for day in _each(one)]
    for place, one in enumerate(holiday.off):
        more = f", workdays: [{', '.join(worked)}]" if worked and not place else ""
        yield f'  - {{name: {named}, first: "{one.first}", last: "{one.last}"{more}}}'


def _each(span: _Span) -> Iterator[date]:
    for number in range((span.last - span.first).days + 1):
        yield span.first + timedelta(days=number)


def _said(words: Words, value: str) -> Words:
    return Words(words.zh.format(value), words.en.format(value))


_EN_ORDER: Final = "the last day must follow within 31 days"
_TOO_LONG = Words("太长，不像放假通知", "too long for a notice of holidays")
_NO_YEAR = Words(
    "没有找到年份：应有“2027年部分节假日安排”或“现将2027年元旦…”",
    "no year found: paste the notice with its heading",
)
_NO_NUMBER = Words(
    "没有找到文号：请连同“国办发明电〔2026〕7号”这一行一起粘贴",
    "no document number found: paste the line with it too",
)
_NO_DAY = Words(
    "没有找到落款日期：请连同末尾的“2026年11月4日”一起粘贴",
    "no day of issue found: paste the end of the notice too",
)
_NO_HOLIDAY = Words(
    "假期没有从“一、”起依次找全：应有“一、元旦：1月1日（周五）至3日（周日）放假…”这样的行",
    "the numbered lines of the holidays are not all found, from the first one on",
)
_NO_DAYS = Words("没有找到放假日期", "no days off found")
_NO_DATE = Words("“{}”不是日期", "“{}” is no date")
