"""What verification found: true, reasonable, malicious; who is responsible; cause and cure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, insert, select

from haochaping.catalog.tables import organization
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.messages import N_
from haochaping.profile.following_up import EACH
from haochaping.rectification.actors import Order
from haochaping.rectification.context import Context
from haochaping.rectification.moves import begin, finish
from haochaping.rectification.problems import NeedMissing, UnknownOrganization
from haochaping.rectification.records import Case
from haochaping.rectification.tables import case_finding, case_finding_unit
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
BACK_OFFICE: Final = "back_office"
REPEATED: Final = 3
"""Cases of one item with the same cause, within YEAR, from which a cause is flagged."""
YEAR: Final = timedelta(days=365)


MOST_UNITS: Final = 9
"""Back offices that one finding names at most."""
WHOLE: Final = 100
"""What shares add up to, in per cent."""


class Share(NamedTuple):
    """A back office that is responsible, and how much of it in per cent where that was said."""

    organization_id: int
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found; `units` are the back offices that are responsible, who leads first."""

    truth: str
    reasonable: bool
    malicious: bool
    handling: str
    responsible: str
    cause: str
    improvement: str = ""
    units: tuple[Share, ...] = ()
    at: datetime | None = None
    account_id: int | None = None
    process: str = ""


def find(context: Context, conn: Connection, order: Order, finding: Finding) -> Case:
    """Record what was found; the newest finding stands, earlier ones stay readable.

    Raises NeedMissing when a word is none of the lists, a back office is named twice or shares
    do not add up, UnknownOrganization when none is named or one is unknown, else like
    `moves.begin`.
    """
    case = begin(context, conn, order, "find")
    units = finding.units if finding.responsible == BACK_OFFICE else ()
    _check(conn, finding, units)
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
        "organization_id": units[0].organization_id if units else None,
        "cause": finding.cause,
        "improvement": tidy(finding.improvement) or None,
        "process": tidy(finding.process) or None,
    }
    conn.execute(insert(case_finding).values(**row))
    _name(conn, row, units)
    found = finish(context, conn, case, "find", order)
    counted = _counted(units, context.rules.handling.several)
    facts = {
        "responsible": finding.responsible,
        "responsible_organization_id": counted[0] if counted else None,
        "responsible_others": counted[1:],
        "cause": finding.cause,
        "truth": finding.truth,
    }
    context.emit(conn, found.event("case.found", **facts), order.at)
    return found


def newest(conn: Connection, case: Case) -> Finding | None:
    """Return the finding that stands, None before there is one."""
    own = case_finding.c
    columns = [own[name] for name in Finding.__slots__ if name != "units"]
    statement = (
        select(own.id, own.organization_id, *columns)
        .where(own.region == case.region, own.case_id == case.id)
        .order_by(own.id.desc())
        .limit(1)
    )
    row = conn.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    told = dict(row)
    number, unit = told.pop("id"), told.pop("organization_id")
    words = {name: row[name] or "" for name in ("improvement", "process")}
    named = _named(conn, case.region, number) or (() if unit is None else (Share(unit),))
    return replace(Finding(**{**told, **words}), units=named)


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


def _name(conn: Connection, finding: Mapping[str, Any], units: Sequence[Share]) -> None:
    """Write the back offices of a finding, who leads first."""
    rows = [
        {
            "region": finding["region"],
            "finding_id": finding["id"],
            "no": number,
            "organization_id": unit.organization_id,
            "share": unit.percent,
        }
        for number, unit in enumerate(units, start=1)
    ]
    if rows:
        conn.execute(insert(case_finding_unit), rows)


def _named(conn: Connection, region: str, finding_id: int) -> tuple[Share, ...]:
    own = case_finding_unit.c
    statement = (
        select(own.organization_id, own.share)
        .where(own.region == region, own.finding_id == finding_id)
        .order_by(own.no)
    )
    return tuple(Share(*row) for row in conn.execute(statement))


def _counted(units: Sequence[Share], several: str) -> list[int]:
    """Return the units whose figures count the rating, the one that leads first.

    By `each` all that are named; by `share` the one that bears most of it, the first of equals.
    """
    if several == EACH or not units:
        return [unit.organization_id for unit in units]
    return [max(units, key=lambda unit: unit.percent or 0).organization_id]


def _check(conn: Connection, finding: Finding, units: Sequence[Share]) -> None:
    for field, known in (
        ("truth", TRUTHS),
        ("handling", HANDLINGS),
        ("responsible", RESPONSIBLE),
        ("cause", CAUSES),
    ):
        if getattr(finding, field) not in known:
            raise NeedMissing(Words("请从列表中选择", "Choose from the list"), need=field)
    if finding.responsible == BACK_OFFICE:
        _check_units(conn, units)


def _check_units(conn: Connection, units: Sequence[Share]) -> None:
    ids = {unit.organization_id for unit in units}
    known = select(func.count()).where(organization.c.id.in_(ids))
    if not ids or conn.execute(known).scalar_one() != len(ids):
        raise UnknownOrganization
    if len(ids) != len(units):
        raise NeedMissing(_TWICE, need="organization")
    if len(units) > MOST_UNITS:
        raise NeedMissing(_TOO_MANY, need="organization")
    shares = [unit.percent for unit in units if unit.percent is not None]
    if not shares:
        return
    if len(shares) != len(units) or min(shares) < 1 or sum(shares) != WHOLE:
        raise NeedMissing(_SHARES, need="organization")


_TWICE: Final = Words("同一单位只写一次", "Name each organization once")
_TOO_MANY: Final = Words(f"最多写 {MOST_UNITS} 个单位", f"Name at most {MOST_UNITS} organizations")
_SHARES: Final = Words(
    "份额要么都不写，要么每个单位都写，合计正好 100，例如 60 和 40",
    "Give every organization a share or none, together exactly 100, such as 60 and 40",
)
