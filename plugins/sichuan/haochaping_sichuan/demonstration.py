"""A scene for `haochaping demo`: mystery visits of the months, and a sham rectification found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from haochaping.doors import cases, periods, subjects
from haochaping.hooks.deployment import SceneSetting
from haochaping_sichuan import findings
from haochaping_sichuan.visits import take

if TYPE_CHECKING:
    from haochaping_sichuan.plugin import Sichuan

MONTHS: Final = 4
"""Months with visits, the running one included."""
_MARKS: Final = ("96", "91.5", "88", "83")
_NOTE: Final = "演示：暗访检查窗口服务和一次性告知"
_EVIDENCE: Final = "演示：回访证实答复所说的整改并未做到。"


def visit_and_find(plugin: Sichuan, setting: SceneSetting) -> None:
    """Store visits of every unit for the last months, and find the setting's case a sham."""
    now = plugin.services.now()
    with plugin.services.records.transaction() as conn:
        units = [unit.code for unit in subjects.units(conn)]
        for place, month in enumerate(periods.months_until(periods.of_month(now.date()), MONTHS)):
            take(
                plugin, conn, [_visit(month.name, code, n + place) for n, code in enumerate(units)]
            )
        case_id = cases.of_service(conn, setting.case_no)
    if case_id:
        form = {"kind": "sham", "evidence": _EVIDENCE, "case_id": case_id}
        findings.record(plugin, setting.accounts["supervisor"], form)


def _visit(month: str, code: str, number: int) -> dict[str, str]:
    mark = _MARKS[number % len(_MARKS)]
    reference = f"演示-{month}-{code}"
    return {
        "period": month,
        "organization_code": code,
        "reference": reference,
        "mark": mark,
        "note": _NOTE,
    }
