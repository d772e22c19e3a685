"""What verification found: true, reasonable, malicious; who is responsible; cause and cure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, insert, select

from haochaping.catalog.tables import organization
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.messages import N_
from haochaping.rectification.actors import Order
from haochaping.rectification.context import Context
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.problems import NeedMissing, UnknownOrganization
from haochaping.rectification.records import Case
from haochaping.rectification.tables import case_finding
from haochaping.rectification.wording import needed, tidy

TRUTHS: Final[Mapping[str, Words]] = {
    "true": Words(N_("属实"), "true"),
    "partly": Words(N_("部分属实"), "partly true"),
    "untrue": Words(N_("不属实"), "untrue"),
    "unclear": Words(N_("无法核实"), "cannot be verified"),
}
HANDLINGS: Final[Mapping[str, Words]] = {
    "immediate": Words(
        N_("情况清楚、诉求合理，立行立改"), "clear and reasonable: put right at once"
    ),
    "ledger": Words(N_("情况复杂，建立台账限期整改"), "complex: into the ledger with a date"),
    "explain": Words(N_("诉求没有依据，解释说明"), "no legal basis: explain"),
}
RESPONSIBLE: Final[Mapping[str, Words]] = {
    "staff": Words(N_("窗口工作人员"), "the staff member"),
    "window_unit": Words(N_("窗口所属单位"), "the window's organization"),
    "back_office": Words(N_("后台审批单位"), "a back-office organization"),
    "system": Words(N_("系统或平台"), "a system or platform"),
    "rule": Words(N_("制度或规定本身"), "the rule itself"),
    "outside": Words(N_("不属本单位职责，已正确引导"), "outside our remit, guided correctly"),
}
CAUSES: Final[Mapping[str, Words]] = {
    "materials": Words(N_("材料要求"), "documents asked for"),
    "process": Words(N_("流程环节"), "steps of the process"),
    "time": Words(N_("办理时限"), "time taken"),
    "attitude": Words(N_("服务态度"), "manner of service"),
    "skill": Words(N_("业务能力"), "knowledge"),
    "system": Words(N_("系统故障"), "system failure"),
    "facilities": Words(N_("场地设施"), "premises"),
    "information": Words(N_("告知不清"), "unclear information"),
    "other": Words(N_("其他"), "other"),
}
REPEATED: Final = 3
"""Cases of one item with the same cause, within YEAR, from which a cause is flagged."""
YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found; `organization_id` is the back office that is responsible."""

    truth: str
    reasonable: bool
    malicious: bool
    handling: str
    responsible: str
    cause: str
    improvement: str = ""
    organization_id: int | None = None
    at: datetime | None = None
    account_id: int | None = None
    process: str = ""


def find(context: Context, conn: Connection, order: Order, finding: Finding) -> Case:
    """Record what was found; the newest finding stands, earlier ones stay readable.

    Raises NeedMissing when a word is none of the lists or a back office is not named,
    UnknownOrganization, else like `moves.begin`.
    """
    case = begin(context, conn, order, "find")
    _check(conn, finding)
    row = {
        "id": new_id(),
        "region": case.region,
        "case_id": case.id,
        "item_id": case.item_id,
        "at": order.at,
        "account_id": order.actor.account_id,
        "truth": finding.truth,
        "reasonable": finding.reasonable,
        "malicious": finding.malicious,
        "handling": finding.handling,
        "responsible": finding.responsible,
        "organization_id": finding.organization_id,
        "cause": finding.cause,
        "improvement": tidy(finding.improvement) or None,
        "process": tidy(finding.process) or None,
    }
    conn.execute(insert(case_finding).values(**row))
    found = finish(context, conn, case, "find", order)
    facts = {
        "responsible": finding.responsible,
        "responsible_organization_id": finding.organization_id,
        "cause": finding.cause,
        "truth": finding.truth,
    }
    context.emit(conn, found.event("case.found", **facts), order.at)
    return found


def newest(conn: Connection, case: Case) -> Finding | None:
    """Return the finding that stands, None before there is one."""
    columns = (case_finding.c[name] for name in Finding.__slots__)
    own = case_finding.c
    statement = select(*columns).where(own.case_id == case.id).order_by(own.id.desc()).limit(1)
    row = conn.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    words = {name: row[name] or "" for name in ("improvement", "process")}
    return Finding(**{**row, **words})


def repeated(conn: Connection, case: Case, cause: str, at: datetime) -> int:
    """Return in how many other cases of the item the cause was found within a year."""
    own = case_finding.c
    statement = select(func.count(own.case_id.distinct())).where(
        own.item_id == case.item_id,
        own.cause == cause,
        own.at > at - YEAR,
        own.case_id != case.id,
    )
    return int(conn.execute(statement).scalar_one())


def direct(context: Context, conn: Connection, order: Order) -> Case:
    """Record a leadership comment (批示); `order.note` is what is asked."""
    case = begin(context, conn, order, "direct")
    needed(order.note)
    return finish(context, conn, case, "direct", order)


def _check(conn: Connection, finding: Finding) -> None:
    for field, known in (
        ("truth", TRUTHS),
        ("handling", HANDLINGS),
        ("responsible", RESPONSIBLE),
        ("cause", CAUSES),
    ):
        if getattr(finding, field) not in known:
            raise NeedMissing(Words("请从列表中选择", "Choose from the list"), need=field)
    if finding.responsible != "back_office":
        return
    unit = select(organization.c.id).where(organization.c.id == finding.organization_id)
    if conn.execute(unit).first() is None:
        raise UnknownOrganization
