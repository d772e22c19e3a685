"""A scene for `haochaping demo`: mystery visits of the months, and a sham rectification found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from haochaping.catalog.tables import occurrence, organization, service_case
from haochaping.doors import periods
from haochaping.hooks.deployment import SceneSetting
from haochaping.rectification.tables import rectification_case
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
        codes = conn.execute(select(organization.c.code).order_by(organization.c.id)).scalars()
        units = list(codes)
        for place, month in enumerate(periods.months_until(periods.of_month(now.date()), MONTHS)):
            take(
                plugin, conn, [_visit(month.name, code, n + place) for n, code in enumerate(units)]
            )
        case_id = _case(conn, setting)
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


def _case(conn: Connection, setting: SceneSetting) -> str:
    """Return the public id of the case that the setting's rating opened, empty without one."""
    own, served = rectification_case.c, occurrence.c
    statement = (
        select(own.public_id)
        .join(occurrence, served.id == own.occurrence_id)
        .join(service_case, service_case.c.id == served.case_id)
        .where(service_case.c.case_no == setting.case_no)
    )
    return str(conn.execute(statement.limit(1)).scalar_one_or_none() or "")
