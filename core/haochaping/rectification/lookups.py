"""What is asked of cases from outside: whom one is about, which one a service led to, reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from haochaping.catalog.tables import SAME_CASE, occurrence, service_case
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import EvaluationStatus, Period
from haochaping.rectification.tables import rectification_case


@dataclass(frozen=True, slots=True)
class CaseAbout:
    """Whom a case is about: the organization that handles it, and who served, where known."""

    organization_id: int
    staff_id: int | None


def about(conn: Connection, public_id: str) -> CaseAbout | None:
    """Return whom the case with a public number is about, None when there is no such case."""
    row = rectification_case.c
    wanted = row.public_id == public_id.strip().upper()
    found = conn.execute(select(row.organization_id, row.staff_id).where(wanted)).first()
    return None if found is None else CaseAbout(found.organization_id, found.staff_id)


def of_service(conn: Connection, case_no: str) -> str | None:
    """Return the public number of the oldest case of a service's number, None without one."""
    own, served = rectification_case.c, occurrence.c
    statement = (
        select(own.public_id)
        .join(occurrence, and_(served.region == own.region, served.id == own.occurrence_id))
        .join(service_case, SAME_CASE)
        .where(service_case.c.case_no == case_no)
        .order_by(own.id)
    )
    found: str | None = conn.execute(statement.limit(1)).scalar_one_or_none()
    return found


def reasons(conn: Connection, period: Period) -> Counter[str]:
    """Count the option codes in the effective ratings of a period that a case was opened for."""
    own, rated = rectification_case.c, evaluation.c
    same = and_(
        rated.region == own.region,
        rated.served_month == own.served_month,
        rated.id == own.evaluation_id,
    )
    statement = (
        select(rated.options)
        .join(rectification_case, same)
        .where(
            rated.counted_on.between(period.first, period.last),
            rated.status == EvaluationStatus.EFFECTIVE,
        )
    )
    found: Counter[str] = Counter()
    for options in conn.execute(statement).scalars():
        found.update(str(code) for code in options)
    return found
