"""How much working time is left, in figures, a colour band and words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from haochaping.hooks.values import Words


class Band(StrEnum):
    """How urgent something is; pages show a colour and the word."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    """At most two workdays are left."""
    NORMAL = "normal"

    @property
    def label(self) -> Words:
        """The word shown for the band."""
        return _LABELS[self]


_LABELS = {
    Band.OVERDUE: Words("逾期", "Overdue"),
    Band.TODAY: Words("今日到期", "Due today"),
    Band.SOON: Words("≤2 工作日", "≤ 2 workdays"),
    Band.NORMAL: Words("正常", "Normal"),
}


@dataclass(frozen=True, slots=True)
class Remaining:
    """Working time until the due moment, or since it when `overdue`.

    A day is as long as the working hours of one day.
    """

    days: int
    hours: int
    minutes: int
    overdue: bool
    band: Band

    @property
    def words(self) -> Words:
        """The time in words: `剩 3 个工作日 4 小时`."""
        zh, en = self._amount()
        if self.overdue:
            return Words(f"已逾期 {zh}", f"overdue by {en}") if zh else _LABELS[Band.OVERDUE]
        if not zh:
            return Words("工作时间已过，尚未截止", "no working time left, not yet due")
        return Words(f"剩 {zh}", f"{en} left")

    def _amount(self) -> tuple[str, str]:
        """Return the two largest parts that are not zero, in Chinese and English."""
        parts = [
            (self.days, "个工作日", "workday"),
            (self.hours, "小时", "hour"),
            (self.minutes, "分钟", "minute"),
        ]
        said = [part for part in parts if part[0]][:2]
        zh = " ".join(f"{count} {unit}" for count, unit, _ in said)
        en = " ".join(f"{count} {unit}{'s' * (count != 1)}" for count, _, unit in said)
        return zh, en
