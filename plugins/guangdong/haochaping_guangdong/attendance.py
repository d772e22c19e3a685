"""Attendance at windows by staff member and month: a fact that stars may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from haochaping.doors import facts, periods, subjects
from haochaping.doors.facts import Fact, PeriodClosed
from haochaping.doors.periods import UnknownPeriod
from haochaping.hooks.values import Words
from haochaping_guangdong.stars import ATTENDANCE

if TYPE_CHECKING:
    from haochaping_guangdong.plugin import Guangdong

SOURCE: Final = "窗口考勤"
_MOST: Final = 31


def take(
    plugin: Guangdong, conn: Connection, rows: Sequence[Mapping[str, str]]
) -> Sequence[Words | None]:
    """Store rows of an import; the same person and month replaces what it said before."""
    known = subjects.by_code(conn, "staff", {row.get("staff_number", "") for row in rows})
    return [_take(plugin, conn, row, known) for row in rows]


def _take(
    plugin: Guangdong, conn: Connection, row: Mapping[str, str], known: Mapping[str, int]
) -> Words | None:
    person = known.get(row.get("staff_number", ""))
    if person is None:
        return Words("没有这个工号", "there is no staff member of this number")
    present, due = _days(row.get("present_days", "")), _days(row.get("due_days", ""))
    if present is None or due is None or present > due:
        return Words(
            "天数应为 0 到 31 的整数，出勤不多于应出勤",
            "days are whole numbers from 0 to 31, present not above due",
        )
    try:
        period = periods.parse(row.get("period", ""))
        if not periods.is_month(period):
            return Words("period 应写成 2026-11", "write `period` as 2026-11")
        fact = Fact(period.name, "staff", person, ATTENDANCE, present, due)
        facts.record(conn, [fact], SOURCE, plugin.services.now())
    except (UnknownPeriod, PeriodClosed) as refusal:
        return refusal.detail
    return None


def _days(text: str) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > 2 or int(text) > _MOST:
        return None
    return int(text)
