"""Raters who say that they were pressed to give their rating: for supervisors, never the unit.

A report is one tap by the holder of the receipt. The unit is told nothing; the message goes
to the supervisors above it, and only accounts outside the unit may see or decide it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update

from haochaping.access import accounts
from haochaping.delivery import messages, receivers
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.tables import pressure_report
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.ids import new_id
from haochaping.journal import Event
from haochaping.problems import Problem
from haochaping.store.upsert import insert_or_ignore

OPEN, CONFIRMED, UNFOUNDED = "open", "confirmed", "unfounded"
DECISIONS: Final = (CONFIRMED, UNFOUNDED)
REPORTED: Final = "pressure.reported"
DECIDED: Final = "pressure.decided"
LINK: Final = "/console/pressure"
REASON_MIN: Final = 4
REASON_MAX: Final = 500
PAGE: Final = 100


class PressureRefused(Problem):
    """A report is not decided by this person or not in this way."""

    code = "HCP-PRESSURE-REFUSED"
    status = 409
    title = Words("不能处理这条反映", "This report cannot be decided")


@dataclass(frozen=True, slots=True)
class Report:
    """A rater's report, with what a supervisor needs to look into it; no rater, no grade."""

    id: int
    key: OccurrenceKey
    """Key of the chain's first row."""
    occurrence: OccurrenceKey
    organization_id: int
    staff_id: int | None
    at: datetime
    state: str
    decided_at: datetime | None
    decided_by: int | None
    decision: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a supervisor found: one of DECISIONS, and why, in words."""

    state: str
    reason: str
    account_id: int
    at: datetime


def report(conn: Connection, desk: Desk, about: Evaluation, at: datetime) -> bool:
    """Store a report about a rating and tell the supervisors; False when it was there before."""
    report_id = new_id()
    row = {
        "id": report_id,
        "region": about.region,
        "served_month": about.served_month,
        "first_id": about.first_id,
        "occurrence_id": about.occurrence_id,
        "organization_id": about.organization_id,
        "hall_id": about.hall_id,
        "window_id": about.window_id,
        "staff_id": about.staff_id,
        "at": at,
        "state": OPEN,
    }
    if insert_or_ignore(conn, pressure_report, [row]) == 0:
        return False
    told = {"report": report_id, "organization_id": about.organization_id}
    desk.emit(conn, Event(REPORTED, f"pressure:{report_id}", told, about.region), at)
    for account_id in _supervisors(conn, about.organization_id):
        messages.queue(conn, _message(report_id, account_id), at)
    return True


def reported(conn: Connection, about: Evaluation) -> bool:
    """Say whether the rater has reported pressure about this chain."""
    rows = pressure_report.c
    statement = select(rows.id).where(
        rows.region == about.region,
        rows.served_month == about.served_month,
        rows.first_id == about.first_id,
    )
    return conn.execute(statement).first() is not None


def listing(conn: Connection, *, decided: bool, limit: int = PAGE) -> tuple[Report, ...]:
    """Return reports: those that wait, oldest first, or those decided, newest first."""
    rows = pressure_report.c
    statement = select(pressure_report).limit(limit)
    if decided:
        statement = statement.where(rows.state != OPEN).order_by(rows.decided_at.desc())
    else:
        statement = statement.where(rows.state == OPEN).order_by(rows.at)
    return tuple(_report(row) for row in conn.execute(statement))


def load(conn: Connection, report_id: int) -> Report | None:
    """Return a report, None when there is none."""
    statement = select(pressure_report).where(pressure_report.c.id == report_id)
    row = conn.execute(statement).one_or_none()
    return None if row is None else _report(row)


def decide(conn: Connection, desk: Desk, found: Report, verdict: Verdict) -> None:
    """Decide a report. The rating stays as it is: its rater may change it.

    Raises PressureRefused for a person of the unit, words that are missing, or a report
    that was decided meanwhile.
    """
    if not accounts.outside(conn, verdict.account_id, found.organization_id):
        raise PressureRefused(
            Words("须由被评单位以外的人处理", "Somebody outside the rated unit must decide")
        )
    reason = " ".join(verdict.reason.split())
    if verdict.state not in DECISIONS or not REASON_MIN <= len(reason) <= REASON_MAX:
        raise PressureRefused(
            Words(
                f"请选择结论，并写明理由（{REASON_MIN} 至 {REASON_MAX} 个字）",
                f"Choose a finding and give a reason of {REASON_MIN} to {REASON_MAX} characters",
            )
        )
    statement = (
        update(pressure_report)
        .where(pressure_report.c.id == found.id, pressure_report.c.state == OPEN)
        .values(
            state=verdict.state,
            decided_at=verdict.at,
            decided_by=verdict.account_id,
            decision=reason,
        )
    )
    if conn.execute(statement).rowcount != 1:
        raise PressureRefused(Words("这条反映已处理", "The report was decided meanwhile"))
    told = {"report": found.id, "found": verdict.state, "account_id": verdict.account_id}
    subject = f"pressure:{found.id}"
    desk.emit(conn, Event(DECIDED, subject, told, found.key.region), verdict.at)


def _supervisors(conn: Connection, organization_id: int) -> tuple[int, ...]:
    """Return the accounts that are told: supervisors above the unit, nobody who belongs to it."""
    found = receivers.resolve(conn, "managing_department", organization_id)
    return tuple(one for one in found if accounts.outside(conn, one, organization_id))


def _message(report_id: int, account_id: int) -> OutgoingMessage:
    return OutgoingMessage(
        business_id=f"pressure:{report_id}:{account_id}",
        to=f"account:{account_id}",
        organization_id=None,
        gateway="inbox",
        subject=Words("有评价人反映受到压力", "A rater reports pressure"),
        body=Words(
            "有评价人反映评价时被要求或被干预，请到“受压反映”查看并处理。请勿转交被评单位。",
            "A rater says the rating was asked for or interfered with. Please look into it;"
            " do not hand it to the rated unit.",
        ),
        link=f"{LINK}/{report_id}",
    )


def _report(row: Any) -> Report:
    return Report(
        row.id,
        OccurrenceKey(row.region, row.served_month, row.first_id),
        OccurrenceKey(row.region, row.served_month, row.occurrence_id),
        row.organization_id,
        row.staff_id,
        row.at,
        row.state,
        row.decided_at,
        row.decided_by,
        row.decision,
    )
