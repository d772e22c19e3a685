"""Findings of supervisors about rectification: sham or refused, each with its case and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select

from haochaping.doors import cases, figures, periods, subjects
from haochaping.doors.cases import CaseAbout
from haochaping.doors.rows import insert_or_ignore
from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Period, Words
from haochaping.problems import Problem
from haochaping.store.types import micros
from haochaping_sichuan.problems import NotComplete, NotPermitted
from haochaping_sichuan.schemes import FINDINGS
from haochaping_sichuan.tables import finding

if TYPE_CHECKING:
    from haochaping_sichuan.plugin import Sichuan

HERE: Final = "/console/x/sichuan/findings"
SHOWN: Final = 100
SHORTEST, LONGEST = 5, 2000


def page(plugin: Sichuan, request: PageRequest) -> PageResponse:
    """Show the newest findings and the form; take one in."""
    account_id = _account(request)
    if request.method != "POST":
        return _shown(plugin, account_id, {}, done=request.query.get("done", ""))
    try:
        record(plugin, account_id, request.form)
    except (NotComplete, NotPermitted) as refusal:
        return _shown(plugin, account_id, request.form, refusal=refusal)
    return PageResponse(redirect=f"{HERE}?done=1")


def record(plugin: Sichuan, account_id: int, form: Mapping[str, str]) -> None:
    """Store a finding against the unit of a case, and against the staff member rated.

    It counts in the running month; the same finding about the same case counts once.
    Raises NotComplete, NotPermitted.
    """
    kind, evidence = form.get("kind", ""), form.get("evidence", "").strip()
    case_id = form.get("case_id", "").strip()
    if kind not in FINDINGS or not SHORTEST <= len(evidence) <= LONGEST:
        raise NotComplete(_FORM)
    with plugin.services.records.transaction() as conn:
        case = _case(conn, case_id)
    if not plugin.services.accounts.may(account_id, "case.supervise", case.organization_id):
        raise NotPermitted
    now = plugin.services.now()
    against = {"organization": case.organization_id, "staff": case.staff_id}
    with plugin.services.records.transaction() as conn:
        period = _period(conn, plugin)
        rows = [
            {
                "id": plugin.services.new_id(),
                "period": period.name,
                "subject_kind": subject_kind,
                "subject_id": subject_id,
                "kind": kind,
                "case_id": case_id,
                "evidence": evidence,
                "account_id": account_id,
                "at": micros(now),
            }
            for subject_kind, subject_id in against.items()
            if subject_id is not None
        ]
        insert_or_ignore(conn, finding, rows)
    plugin.services.audit("found", f"case:{case_id}", {"kind": kind, "account": account_id})


def _period(conn: Connection, plugin: Sichuan) -> Period:
    """Return the running month, the next one where it should be closed already."""
    month = periods.of_month(plugin.services.now().date())
    if figures.is_closed(conn, month):
        raise NotComplete(Words("本月已经封账", "this month is closed"))
    return month


def _case(conn: Connection, public_id: str) -> CaseAbout:
    found = cases.about(conn, public_id)
    if found is None:
        raise NotComplete(Words("没有这个工单编号", "there is no case of this number"))
    return found


def _shown(
    plugin: Sichuan,
    account_id: int,
    typed: Mapping[str, str],
    *,
    refusal: Problem | None = None,
    done: str = "",
) -> PageResponse:
    values = {
        "findings": _listed(plugin, account_id),
        "kinds": FINDINGS,
        "typed": typed,
        "refusal": None if refusal is None else refusal.detail,
        "done": bool(done),
    }
    status = 200 if refusal is None else refusal.status
    return PageResponse("sichuan/findings.html", values, status=status)


def _listed(plugin: Sichuan, account_id: int) -> list[dict[str, Any]]:
    statement = (
        select(finding)
        .where(finding.c.subject_kind == "organization")
        .order_by(finding.c.at.desc())
        .limit(SHOWN)
    )
    with plugin.services.records.transaction() as conn:
        rows = conn.execute(statement).all()
        units = sorted({row.subject_id for row in rows})
        names = subjects.names(conn, "organization", units)
    may = plugin.services.accounts.may
    open_to = {unit for unit in names if may(account_id, "case.supervise", unit)}
    return [
        {
            "unit": names[row.subject_id].name,
            "period": row.period,
            "kind": FINDINGS[row.kind],
            "case_id": row.case_id,
            "evidence": row.evidence,
        }
        for row in rows
        if row.subject_id in open_to
    ]


def _account(request: PageRequest) -> int:
    if request.account_id is None:
        raise NotPermitted
    return request.account_id


_FORM: Final = Words(
    f"请选择情形，并写明证据（{SHORTEST} 到 {LONGEST} 个字）",
    f"choose what was found and state the evidence ({SHORTEST} to {LONGEST} characters)",
)
