"""Service cases as a file: one line per occurrence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from haochaping.catalog import cases, fields
from haochaping.catalog.cases import Applicant, PushedCase, PushedOccurrence, PushResult, PushStatus
from haochaping.catalog.fields import FieldFault, Fields
from haochaping.catalog.importing.kinds import Column, ImportContext, Kind
from haochaping.catalog.outcomes import CREATED, UNCHANGED, UPDATED, Outcome, Status
from haochaping.catalog.tables import (
    SAME_CASE,
    hall,
    item,
    occurrence,
    organization,
    service_case,
    staff,
    window,
)
from haochaping.hooks.values import Words

_STATUS: Final = {
    **{name: name for name in cases.STATUSES},
    **{"1": "received", "2": "accepted", "3": "concluded"},
    **{"待受理": "received", "已受理": "accepted", "已办结": "concluded", "": ""},
}
_OUTCOMES: Final = {
    PushStatus.CREATED: CREATED,
    PushStatus.UPDATED: UPDATED,
    PushStatus.UNCHANGED: UNCHANGED,
}


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A case with one occurrence; `served_at` may be local time without a zone."""

    case: PushedCase
    part: PushedOccurrence
    served_at: datetime | None


def draft(row: Fields) -> CaseDraft:
    """Return the draft of a line. Raises FieldFault."""
    case = PushedCase(
        case_no=fields.code(row, "case_no"),
        item_code=fields.code_if_any(row, "item"),
        organization_code=fields.code_if_any(row, "organization"),
        status=_status(row),
        applicant=_applicant(row),
    )
    part = PushedOccurrence(
        no=_number(row),
        stage=fields.text(row, "stage", 32),
        service_channel=fields.text(row, "service_channel", 32),
        hall_code=fields.code_if_any(row, "hall"),
        window_code=fields.code_if_any(row, "window"),
        staff_no=fields.code_if_any(row, "staff"),
    )
    return CaseDraft(case, part, _moment(row))


def save(
    conn: Connection, context: ImportContext, drafts: Sequence[CaseDraft], last: bool
) -> list[Outcome]:
    """Store cases and occurrences as a push does; the outcome of each line, in order."""
    results = cases.push(
        conn,
        context.emit,
        context.clock.now(),
        [_pushed(item, context.zone) for item in drafts],
        profile_pattern=context.case_pattern,
        person_sink=context.person_sink,
        zone=context.zone,
        emit_many=context.emit_many,
    )
    return [_outcome(result) for result in results]


def export(conn: Connection) -> Iterator[Sequence[str]]:
    """Give all occurrences with their cases; persons stay in the vault."""
    query = (
        select(
            service_case.c.case_no,
            item.c.code.label("item"),
            organization.c.code.label("owner"),
            service_case.c.status,
            occurrence.c.no,
            occurrence.c.stage,
            occurrence.c.service_channel,
            hall.c.code.label("hall"),
            window.c.code.label("window"),
            staff.c.number,
            occurrence.c.served_at,
        )
        .select_from(occurrence)
        .join(service_case, SAME_CASE)
        .join(organization, organization.c.id == occurrence.c.organization_id)
        .outerjoin(item, item.c.id == occurrence.c.item_id)
        .outerjoin(hall, hall.c.id == occurrence.c.hall_id)
        .outerjoin(window, window.c.id == occurrence.c.window_id)
        .outerjoin(staff, staff.c.id == occurrence.c.staff_id)
        .order_by(service_case.c.case_no, occurrence.c.no)
    )
    for row in conn.execute(query.execution_options(yield_per=2000)):
        *texts, served_at = row
        moment = served_at.isoformat() if served_at else ""
        yield (*("" if text is None else str(text) for text in texts), moment, *[""] * 5)


def _pushed(item: CaseDraft, zone: ZoneInfo) -> PushedCase:
    at = item.served_at
    local = at.replace(tzinfo=zone) if at is not None and at.tzinfo is None else at
    return replace(item.case, occurrences=(replace(item.part, served_at=local),))


def _outcome(result: PushResult) -> Outcome:
    if result.status is PushStatus.REFUSED:
        return Outcome(Status.REFUSED, result.reason)
    return _OUTCOMES[result.status]


def _status(row: Fields) -> str:
    value = fields.text(row, "status", 32)
    if value in _STATUS:
        return _STATUS[value]
    raise FieldFault(
        "status",
        Words(
            f"应为 待受理、已受理 或 已办结，现为「{value}」",
            f"received, accepted or concluded expected, found “{value}”",
        ),
    )


def _number(row: Fields) -> int:
    value = fields.text(row, "occurrence_no", 8) or "1"
    if value.isascii() and value.isdigit() and 1 <= int(value) <= 9999:
        return int(value)
    raise FieldFault(
        "occurrence_no",
        Words(f"应为 1–9999 的整数，现为「{value}」", f"1 to 9999 expected, found “{value}”"),
    )


def _moment(row: Fields) -> datetime | None:
    value = fields.text(row, "served_at", 40)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value.replace("/", "-"))
    except ValueError:
        moment = None
    if moment is not None and 1990 <= moment.year <= 2199 and len(value) > len("2026-11-16"):
        return moment
    raise FieldFault(
        "served_at",
        Words(
            f"应写作 2026-11-16 10:00:00，现为「{value}」",
            f"write 2026-11-16 10:00:00, found “{value}”",
        ),
    )


def _applicant(row: Fields) -> Applicant | None:
    person = Applicant(
        role="applicant",
        type=fields.text(row, "applicant_type", 8),
        name=fields.text(row, "applicant_name"),
        certificate_type=fields.text(row, "certificate_type", 8),
        certificate_no=fields.text(row, "certificate_no", 64),
        mobile=fields.text(row, "mobile", 32),
    )
    return person if person.name or person.certificate_no or person.mobile else None


CASES: Final = Kind(
    name="cases",
    title=Words("办件与服务", "Service cases"),
    columns=(
        Column(
            "case_no",
            Words("办件编号", "Case number"),
            required=True,
            example="11990000MB2000004B4990106001001202611160001",
            aliases=("流水号", "排队号"),
            note=Words("排队叫号系统填票号", "queue-ticket systems: the ticket number"),
        ),
        Column(
            "item",
            Words("事项编码", "Item code"),
            example="11990000MB2000004B4990106001001",
        ),
        Column(
            "organization",
            Words("机构代码", "Organization code"),
            example="11990000MB2000004B",
            note=Words("空则取窗口或大厅的机构", "empty: the window's or hall's"),
        ),
        Column(
            "status",
            Words("办件状态", "Status"),
            example="已办结",
            note=Words("待受理、已受理、已办结", "received, accepted, concluded"),
        ),
        Column("occurrence_no", Words("服务次数", "Occurrence number"), example="1"),
        Column(
            "stage",
            Words("服务环节", "Stage"),
            example="application",
            note=Words(
                "consultation 咨询、application 申请、supplement 补正、payment 缴费、"
                "conclusion 办结",
                "consultation, application, supplement, payment, conclusion",
            ),
        ),
        Column("service_channel", Words("服务渠道", "Service channel"), example="hall"),
        Column("hall", Words("大厅代码", "Hall code"), example="990106-H01"),
        Column("window", Words("窗口代码", "Window code"), example="A03"),
        Column("staff", Words("工号", "Staff number"), example="990106007"),
        Column(
            "served_at",
            Words("服务时间", "Served at"),
            example="2026-11-16 10:00:00",
            note=Words("当地时间；不得晚于现在", "local time, not in the future"),
        ),
        Column("applicant_type", Words("申请人类型", "Applicant type"), example="1"),
        Column("applicant_name", Words("申请人", "Applicant"), example="示例"),
        Column("certificate_type", Words("证件类型", "Certificate type"), example="111"),
        Column(
            "certificate_no", Words("证件号码", "Certificate number"), example="990000199001010017"
        ),
        Column("mobile", Words("手机", "Mobile"), example="13800000000"),
    ),
    parse=draft,
    save=save,
    export=export,
)
