"""The exchange with other platforms: what waits and is stuck, receipts, tickets, reconciling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection, select

from haochaping.hooks.values import Words
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.uplink import comparing, overview, ticketing
from haochaping.uplink.comparing import Comparison
from haochaping.uplink.contents import MENDABLE
from haochaping.uplink.overview import Receipt, Status, Stuck
from haochaping.uplink.tables import exchange_ticket
from haochaping.web import formats
from haochaping.web.console import reach
from haochaping.web.console.wording import Tag
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("exchange", "haochaping.web")
HERE: Final = "/console/exchange"
MANAGE: Final = "exchange.manage"
_DAYS: Final = 7
_SHOWN: Final = 50

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "service": N_("办件"),
        "evaluation": N_("评价"),
        "case": N_("差评工单"),
        "reply": N_("答复"),
        "status": N_("状态"),
        "closed": N_("办结"),
        "refused": N_("退回"),
    }
)
_BATCHES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "open": (N_("等待应答"), "warn"),
        "answered": (N_("已应答"), "good"),
        "refused": (N_("整批被拒"), "bad"),
    }
)
_WHAT: Final[Mapping[str, str]] = MappingProxyType(
    {
        comparing.MISSING: N_("对方没有"),
        comparing.OLDER: N_("对方是旧的"),
        comparing.NEWER: N_("对方更新"),
        comparing.OTHER: N_("内容不同"),
        comparing.UNKNOWN: N_("本地没有发送记录"),
    }
)
_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "organization_code": N_("机构代码"),
        "item_code": N_("事项代码"),
        "hall_code": N_("大厅代码"),
        "window_code": N_("窗口代码"),
        "staff_no": N_("工号"),
    }
)


@dataclass(frozen=True, slots=True)
class StuckRow:
    """An item that a person has to look at."""

    item: Stuck
    kind: str
    where: Tag
    fault: str
    fields: Sequence[tuple[str, str, str]]
    """Name, label and value of the codes that may be put right; empty when none may."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch and what the other side said."""

    batch: Receipt
    state: Tag
    when: str
    answer: str


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket that could not be taken in."""

    id: int
    source: str
    no: str
    fault: str
    may_retry: bool


@dataclass(frozen=True, slots=True)
class DayRow:
    """One kind on one day, here and there."""

    day: str
    kind: str
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True)
class Page:
    """The page."""

    platform: str
    status: Status
    oldest: str
    stuck: Sequence[StuckRow]
    batches: Sequence[BatchRow]
    tickets: Sequence[TicketRow]
    days: Sequence[DayRow] | None = None
    differences: Sequence[tuple[str, str, str]] = ()
    problem: str = ""
    done: str = ""
    first: str = ""
    last: str = ""


@route(pages, HERE)
def show() -> str:
    """Show how the exchange stands."""
    return _rendered(done=_("已处理，下一批会重新发送。") if request.args.get("done") else "")


@route(pages, f"{HERE}/resend", methods=("POST",))
def resend() -> Response:
    """Let all that is stuck be sent again."""
    reach.require_everywhere(MANAGE)
    overview.resend(site().exchange)
    return _back()


@route(pages, f"{HERE}/items/<int:item_id>", methods=("POST",))
def mend(item_id: int) -> Response:
    """Put codes of one item right and let it be sent again."""
    reach.require_everywhere(MANAGE)
    codes = {name: request.form.get(name, "") for name in MENDABLE}
    overview.mend(site().exchange, item_id, codes, principal().account_id)
    return _back()


@route(pages, f"{HERE}/tickets/<int:ticket_id>", methods=("POST",))
def again(ticket_id: int) -> Response:
    """Try a refused ticket once more."""
    reach.require_everywhere(MANAGE)
    ticketing.refused_again(site().exchange, ticket_id)
    return _back()


@route(pages, f"{HERE}/reconcile", methods=("POST",))
def reconcile() -> str | Response:
    """Compare some days with the next platform; `again` sends what differs."""
    reach.require_everywhere(MANAGE)
    exchange = site().exchange
    try:
        found = comparing.checked(exchange, _day("from", _DAYS), _day("until", 0))
    except Problem as problem:
        return _rendered(problem=words(problem.detail))
    if request.form.get("again"):
        comparing.send_again(exchange, found.differences)
        return _back()
    return _rendered(found=found)


def _rendered(found: Comparison | None = None, problem: str = "", done: str = "") -> str:
    reach.require_everywhere(MANAGE)
    deployment = site()
    now = deployment.clock.now()
    with deployment.store.read() as conn:
        status = overview.status(conn, now)
        page = Page(
            platform=words(deployment.profile.rules.uplink.platform),
            status=status,
            oldest=_age(status.oldest_seconds),
            stuck=[_stuck(one) for one in overview.stuck(conn)],
            batches=[_batch(one) for one in overview.receipts(conn)],
            tickets=_tickets(conn),
            days=None if found is None else _days(found),
            differences=[] if found is None else _differences(found),
            problem=problem,
            done=done,
            first=_day("from", _DAYS).isoformat(),
            last=_day("until", 0).isoformat(),
        )
    return render_template("console/exchange.html", page=page)


def _back() -> Response:
    return make_response(redirect(f"{HERE}?done=1", 303))


def _stuck(one: Stuck) -> StuckRow:
    kept = Tag(_("本地检查未通过"), "warn") if one.kept_here else Tag(_("对方退回"), "bad")
    mendable = one.kind in ("service", "evaluation")
    fields = [(name, _(_CODES[name]), one.mended.get(name, "")) for name in MENDABLE]
    kind = _(KINDS.get(one.kind, one.kind))
    return StuckRow(one, kind, kept, words(one.fault), fields if mendable else ())


def _batch(one: Receipt) -> BatchRow:
    text, tone = _BATCHES[one.state]
    names = {
        "stored": _("收下"),
        "duplicate": _("已有"),
        "later": _("待前件"),
        "refused": _("退回"),
    }
    said = [f"{names[name]} {one.answer[name]}" for name in names if one.answer.get(name)]
    when = formats.moment(one.answered_at or one.next_at or one.made_at)
    return BatchRow(one, Tag(_(text), tone), when, " · ".join(said))


def _tickets(conn: Connection) -> Sequence[TicketRow]:
    mine = exchange_ticket.c
    statement = select(exchange_ticket).where(mine.state == ticketing.REFUSED)
    return [
        TicketRow(
            row.id,
            row.origin,
            row.source_no,
            words(Words(row.fault_zh, row.fault_en)),
            row.sealed is not None,
        )
        for row in conn.execute(statement.order_by(mine.at.desc()).limit(_SHOWN))
    ]


def _days(found: Comparison) -> Sequence[DayRow]:
    ours = {(one.day, one.kind): one.count for one in found.ours}
    theirs = {(one.day, one.kind): one.count for one in found.theirs}
    return [
        DayRow(day, _(KINDS.get(kind, kind)), ours.get((day, kind), 0), theirs.get((day, kind), 0))
        for day, kind in sorted(ours.keys() | theirs.keys())
    ]


def _differences(found: Comparison) -> Sequence[tuple[str, str, str]]:
    return [(one.day, one.subject, _(_WHAT[one.what])) for one in found.differences[:_SHOWN]]


def _day(name: str, before: int) -> date:
    deployment = site()
    usual = deployment.calendar.local_day(deployment.clock.now()) - timedelta(days=before)
    try:
        return date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return usual


def _age(seconds: float) -> str:
    if seconds < 60:
        return _("不到 1 分钟")
    minutes = int(seconds // 60)
    hours = minutes // 60
    return _("%(n)s 小时", n=hours) if hours else _("%(n)s 分钟", n=minutes)
