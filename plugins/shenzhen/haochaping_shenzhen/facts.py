"""What can be said about a service on a screen or a slip of paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from haochaping.hooks.values import Occurrence, UnitRef, Words

LABELS: Final[Mapping[str, Words]] = {
    "item": Words("事项名称", "Service"),
    "serial": Words("流水号", "Serial no."),
    "staff": Words("工号", "Staff no."),
    "window": Words("窗口", "Window"),
    "hall": Words("大厅", "Hall"),
    "date": Words("办理日期", "Date"),
}
"""Facts by name, in the words of the city's own introduction of the device."""

_CHINA: Final = ZoneInfo("Asia/Shanghai")


def value(name: str, occurrence: Occurrence) -> str:
    """Return the fact `name` of a service, empty when it is not known."""
    if name == "serial":
        return f"{occurrence.case_no}-{occurrence.no}"
    if name == "date":
        served = occurrence.served_at
        return "" if served is None else f"{served.astimezone(_CHINA):%Y-%m-%d}"
    return _unit(getattr(occurrence, name))


def _unit(unit: UnitRef | None) -> str:
    return "" if unit is None else unit.name.zh
