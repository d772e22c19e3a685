"""Why a date is due: every day on the way in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from haochaping.hooks.values import Unit, Words
from haochaping.worktime.days import Days
from haochaping.worktime.deadlines import HALL_CLOSING, Deadline, DueLine

CHINESE: Final = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
ENGLISH: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def explain(days: Days, start: date, deadline: Deadline, due: date) -> tuple[DueLine, ...]:
    """Return one line a day from the start day to the due day."""
    if deadline.unit is Unit.SAME_DAY or deadline.count == 0:
        return tuple(_until_open(days, start, due, deadline))
    first = DueLine(start, False, _joined(_day(start), _START))
    return (first, *_counted(days, start, deadline, due))


def _until_open(days: Days, start: date, due: date, deadline: Deadline) -> Iterator[DueLine]:
    """Yield the days of a deadline that ends the same day."""
    for day in _range(start, due):
        if day == due:
            yield DueLine(day, True, _joined(_day(day), _SAME_DAY, _end(deadline)))
        elif day == start and days.is_workday(day):
            yield DueLine(day, False, _joined(_day(day), _CLOSED))
        else:
            yield DueLine(day, False, _joined(_day(day), _off(days, day), _NOT_COUNTED))


def _counted(days: Days, start: date, deadline: Deadline, due: date) -> Iterator[DueLine]:
    """Yield the days after the start day, numbered where they count."""
    number = 0
    for day in _range(start + timedelta(days=1), due):
        counts = number < deadline.count and (
            deadline.unit is Unit.CALENDAR_DAY or days.is_workday(day)
        )
        number += counts
        reason = _reason(days, day, deadline, number if counts else 0)
        words = _joined(_day(day), reason, _moved(days, day, deadline, number, counts))
        words = _joined(words, _half(days, day), _end(deadline)) if day == due else words
        yield DueLine(day, counts, _unpublished(days, day, words))


def _reason(days: Days, day: date, deadline: Deadline, number: int) -> Words:
    """Say why a day counts, or why it does not."""
    if not number:
        is_end = days.is_workday(day)
        return _TAKES_THE_END if is_end else _joined(_off(days, day), _NOT_COUNTED)
    if deadline.unit is Unit.CALENDAR_DAY:
        return Words(f"第 {number} 天", f"day {number}")
    made_up = _made_up(days, day)
    return _joined(made_up, Words(f"第 {number} 个工作日", f"workday {number}"))


def _moved(days: Days, day: date, deadline: Deadline, number: int, counts: bool) -> Words:
    """Say that the last day is not worked and the end moves on."""
    last = counts and number == deadline.count
    if not last or days.is_workday(day):
        return _NOTHING
    off = _off(days, day)
    stays = deadline.holiday_end == "stays"
    return _joined(off, _STAYS if stays else _MOVES)


def _made_up(days: Days, day: date) -> Words:
    name = days.name(day)
    if name is None:
        return _NOTHING
    return Words(f"{name.zh}调休上班", f"worked for {name.into('en')}")


def _off(days: Days, day: date) -> Words:
    """Say what a day is off for."""
    name = days.name(day)
    if name is None:
        return Words("周末", "weekend")
    return Words(f"{name.zh}放假", f"{name.into('en')} holiday")


def _unpublished(days: Days, day: date, words: Words) -> Words:
    """Add that the year's holidays are not known."""
    if day.year in days.published:
        return words
    return _joined(
        words,
        Words(
            f"{day.year} 年放假安排未公布，暂按周一至周五上班",
            f"the holidays of {day.year} are not published, Monday to Friday assumed",
        ),
    )


def _half(days: Days, day: date) -> Words:
    """Say that the hall closes early on the last day."""
    half = days.half_days.get(day)
    if half is None:
        return _NOTHING
    until = f"{half.until:%H:%M}"
    return Words(
        f"{half.name.zh}只上班到 {until}", f"{half.name.into('en')}: worked until {until} only"
    )


def _end(deadline: Deadline) -> Words:
    """Say when the last day ends."""
    if deadline.cut_off == HALL_CLOSING:
        return Words("大厅下班时截止", "ends when the hall closes")
    return Words("24:00 截止", "ends at 24:00")


def _day(day: date) -> Words:
    at = day.weekday()
    return Words(f"{day.isoformat()}（{CHINESE[at]}）", f"{day.isoformat()} ({ENGLISH[at]})")


def _range(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=each) for each in range((last - first).days + 1))


def _joined(*parts: Words) -> Words:
    """Join the parts that say something; the day stands before the rest."""
    said = [part for part in parts if part.zh]
    return Words("，".join(p.zh for p in said), ", ".join(p.into("en") for p in said))


_NOTHING = Words("")
_NOT_COUNTED = Words("不计", "not counted")
_START = Words("起算事件当日，不计", "the day of the start event, not counted")
_SAME_DAY = Words("当日办结", "the same day")
_CLOSED = Words("已下班，顺延至下一个开放日", "closed already, moves to the next opening day")
_MOVES = Words("期限末日不上班，顺延", "the last day is not worked, the end moves on")
_STAYS = Words("期限末日不顺延", "the end does not move")
_TAKES_THE_END = Words("顺延后的末日", "the day to which the end moves")
