"""Lists of cases: the handler's queue, appeals to review, raters to contact for units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import ColumnElement, Connection, and_, or_

from haochaping.access import accounts
from haochaping.catalog import organizations
from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import Words
from haochaping.messages import N_
from haochaping.rectification import assigning, audits, oversight, queue
from haochaping.rectification.assigning import Candidate
from haochaping.rectification.machine import AT_WORK, HANDLE, REVIEW, SUPERVISE, THIRD_PARTY
from haochaping.rectification.queue import Filter, QueueRow
from haochaping.rectification.tables import rectification_case
from haochaping.web import formats
from haochaping.web.console import batch, sight
from haochaping.web.console.batch import Outcome
from haochaping.web.console.sight import reviewed
from haochaping.web.console.wording import STUCK, Tag, band_tag, state_name
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site
from haochaping.worktime import Band

pages: Final = Blueprint("queue", "haochaping.web")
HERE: Final = "/console/cases"
MOST: Final = 50
"""Cases assigned at once: a page of the list."""
MANY: Final = 100
"""Up to here tasks are counted; beyond it the start page says "more than"."""
TO_DO: Final = (*AT_WORK, CaseState.APPEALING)
"""States in which the reply's due moment runs."""


@dataclass(frozen=True, slots=True)
class View:
    """A way to look at the list; `banded` when its due moments still run."""

    name: str
    title: str
    states: tuple[CaseState, ...]
    banded: bool = True
    to_confirm: bool = False
    queue: str = ""
    supervisors: bool = False
    mine: bool = False
    unassigned: bool = False


VIEWS: Final = (
    View("todo", N_("待办"), TO_DO),
    View("mine", N_("我的"), TO_DO, mine=True),
    View("free", N_("未分派"), TO_DO, unassigned=True),
    View("replied", N_("已答复，待确认"), (CaseState.REPLIED,), banded=False),
    View("changed", N_("评价已变更，待确认"), (), banded=False, to_confirm=True, supervisors=True),
    View("hotline", N_("12345 转办"), TO_DO, queue="hotline", supervisors=True),
)


@dataclass(frozen=True, slots=True)
class Switch:
    """A link that narrows the list, with its number of cases."""

    title: str
    href: str
    current: bool
    count: int | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list. `stuck` says why it is late, empty when it is not."""

    href: str
    public_id: str
    title: str
    unit: str
    band: Tag | None
    left: str
    due: str
    why: tuple[tuple[str, bool, str], ...]
    state: str
    stuck: str
    marks: tuple[Tag, ...]
    ticket: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A list of cases."""

    title: str
    lead: str
    views: tuple[Switch, ...]
    bands: tuple[Switch, ...]
    rows: tuple[Row, ...]
    more: str
    unit: str = ""
    without_unit: str = ""
    show_units: bool = False
    find: bool = False
    candidates: tuple[Candidate, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    audits: tuple[str, ...] = ()
    audited: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One of the lists: its address, what is seen there, its words."""

    here: str
    title: str
    lead: str
    wanted: Filter
    views: tuple[View, ...] = ()
    show_units: bool = True
    assigns: bool = False
    audits: ColumnElement[bool] | None = None


@route(pages, HERE)
def listing() -> Response | str:
    """Show the cases of one's units by due moment, or lead to the one asked for."""
    number = request.args.get("number", "").strip()
    if number:
        return make_response(redirect(f"{HERE}/{_plain(number)}", 303))
    return _render(_own_desk())


@route(pages, f"{HERE}/assign", methods=("POST",))
def assign() -> str:
    """Assign the chosen cases one after another; each has its own outcome."""
    login = request.form.get("account", "")[:60]
    chosen = request.form.getlist("case")[:MOST]
    return _render(_own_desk(), tuple(batch.assign(one, login) for one in chosen))


def _own_desk() -> Desk:
    who = principal()
    seen = sight.readable(site().clock.now())
    wanted = Filter(seen, unit_side=False, staff_ids=who.staff_ids)
    views = tuple(view for view in VIEWS if not view.supervisors or who.may(SUPERVISE))
    assigns = who.may(HANDLE) or who.may(SUPERVISE)
    return Desk(
        HERE, _("差评工单"), "", wanted, views, show_units=who.may(SUPERVISE), assigns=assigns
    )


@route(pages, "/console/appeals")
def appeals() -> str:
    """Show the appeals that wait for a reviewer."""
    who = principal()
    wanted = Filter(
        sight.seen(REVIEW),
        unit_side=False,
        states=(CaseState.APPEALING,),
        staff_ids=who.staff_ids,
    )
    lead = _("申诉由被评单位以外的两人先后复核；复核期间办理期限照算。")
    own = rectification_case.c.staff_id
    others = or_(own.is_(None), own.not_in(who.staff_ids))
    audited = and_(others, reviewed())
    return _render(Desk("/console/appeals", _("申诉复核"), lead, wanted, audits=audited))


@route(pages, "/console/contacts")
def contacts() -> str:
    """Show the cases whose raters are contacted in the units' stead."""
    wanted = Filter(
        sight.seen(THIRD_PARTY),
        unit_side=False,
        states=AT_WORK,
        staff_ids=principal().staff_ids,
    )
    lead = _("代单位联系评价人，联系结果记入工单；评价人的身份不转告单位。")
    return _render(Desk("/console/contacts", _("代为联系"), lead, wanted))


def counts_of(conn: Connection, wanted: Filter, at: datetime) -> Mapping[Band, int]:
    """Return how many cases of a list lie in each band."""
    return queue.counts(site().rectification, conn, wanted, at)


def _render(desk: Desk, outcomes: tuple[Outcome, ...] = ()) -> str:
    deployment, at = site(), site().clock.now()
    view = _view(desk)
    with deployment.store.read() as conn:
        unit, path = _unit(conn)
        wanted = _narrowed(desk, view, path)
        counted = counts_of(conn, wanted, at) if _banded(view) else {}
        band = _band() if _banded(view) else None
        found = queue.page(
            deployment.rectification, conn, replace(wanted, band=band), at, _cursor()
        )
        shown = [row.public_id for row in found.rows]
        why = oversight.why_due(conn, shown)
        who = accounts.names(conn, {row.assignee_id for row in found.rows if row.assignee_id})
        able = assigning.candidates(conn, shown) if desk.assigns and _banded(view) else ()
        audited = audits.waiting(conn, desk.audits) if desk.audits is not None else ()
        counted_audits = audits.results(conn) if desk.audits is not None else {}
    page = QueuePage(
        title=desk.title,
        lead=desk.lead,
        views=_view_switches(desk, view),
        bands=_band_switches(desk, counted, band),
        rows=tuple(
            replace(
                _row(row, why.get(row.public_id, ()), desk, view),
                who=who.get(row.assignee_id or 0, ""),
            )
            for row in found.rows
        ),
        more=_address(desk, cursor=found.cursor) if found.cursor else "",
        unit=words(unit),
        without_unit=_address(desk, unit=""),
        show_units=desk.show_units,
        find=bool(desk.views),
        candidates=able,
        outcomes=outcomes,
        audits=tuple(audited),
        audited=_audited(counted_audits),
    )
    return render_template("console/queue.html", page=page)


def _row(row: QueueRow, lines: Sequence[Mapping[str, Any]], desk: Desk, view: View | None) -> Row:
    banded = _banded(view)
    late = banded and row.band is Band.OVERDUE and row.state in STUCK
    return Row(
        href=f"{HERE}/{row.public_id}",
        public_id=row.public_id,
        title=words(row.item) or _("未指明事项"),
        unit=words(row.organization) if desk.show_units else "",
        band=band_tag(row.band) if banded else None,
        left=words(row.remaining.words) if banded and row.remaining else "",
        due=_("最晚 %(day)s 答复", day=formats.day(row.due_day)) if banded else "",
        why=why_lines(lines) if banded else (),
        state=state_name(row.state),
        stuck=_(STUCK[row.state]) if late and desk.show_units else "",
        marks=_marks(row),
        ticket=f"{row.public_id}:{row.version}",
    )


def why_lines(lines: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, bool, str], ...]:
    """Return the explanation of a due day: day, whether it was counted, and why."""
    return tuple(
        (str(line["day"]), bool(line["counted"]), words(Words(line["zh"], line["en"])))
        for line in lines
    )


def _audited(found: Mapping[str, int]) -> str:
    if not any(found.values()):
        return ""
    return _(
        "已复查 %(n)s 件，其中原决定不当 %(wrong)s 件。",
        n=sum(found.values()),
        wrong=found[audits.WRONG],
    )


def _marks(row: QueueRow) -> tuple[Tag, ...]:
    marks = (
        (row.provisional, Tag(_("期限暂定"), "warn")),
        (row.reopened, Tag(_("重新办理"), "warn")),
        (row.complexity == "complex", Tag(_("复杂"))),
        (row.queue == "hotline", Tag(_("12345 转办"))),
        (row.queue == "below", Tag(_("下级平台办理"))),
        (row.plan_failed, Tag(_("计划待人工核对"), "warn")),
        (row.confirm, Tag(_("评价已变更"), "warn")),
    )
    return tuple(tag for held, tag in marks if held)


def _view(desk: Desk) -> View | None:
    named = {view.name: view for view in desk.views}
    first = desk.views[0] if desk.views else None
    return named.get(request.args.get("view", ""), first)


def _banded(view: View | None) -> bool:
    return view is None or view.banded


def _narrowed(desk: Desk, view: View | None, path: str) -> Filter:
    wanted = replace(desk.wanted, organization_path=path)
    if view is None:
        return wanted
    return replace(
        wanted,
        states=view.states,
        to_confirm=view.to_confirm,
        queue=view.queue,
        assignee_id=principal().account_id if view.mine else None,
        unassigned=view.unassigned,
    )


def _unit(conn: Connection) -> tuple[Words | None, str]:
    number = request.args.get("unit", type=int)
    unit = organizations.get(conn, number) if number else None
    return (None, "") if unit is None else (unit.name, unit.path)


def _band() -> Band | None:
    wish = request.args.get("band", "")
    return Band(wish) if wish in list(Band) else None


def _cursor() -> str:
    return request.args.get("cursor", "")[:80]


def _view_switches(desk: Desk, view: View | None) -> tuple[Switch, ...]:
    if len(desk.views) < 2 or view is None:
        return ()
    return tuple(
        Switch(_(one.title), _address(desk, view=one.name, band=""), one is view)
        for one in desk.views
    )


def _band_switches(
    desk: Desk, counted: Mapping[Band, int], band: Band | None
) -> tuple[Switch, ...]:
    if not counted:
        return ()
    every = Switch(_("全部"), _address(desk, band=""), band is None, sum(counted.values()))
    return (every, *(_band_switch(desk, one, counted[one], band) for one in Band))


def _band_switch(desk: Desk, one: Band, count: int, band: Band | None) -> Switch:
    tag = band_tag(one)
    return Switch(tag.text, _address(desk, band=str(one)), one is band, count, tag.tone)


def _address(desk: Desk, **changes: str) -> str:
    kept = {name: request.args.get(name, "") for name in ("view", "band", "unit")}
    query = urlencode({name: value for name, value in {**kept, **changes}.items() if value})
    return f"{desk.here}?{query}" if query else desk.here


def _plain(number: str) -> str:
    return "".join(sign for sign in number.upper() if sign.isascii() and sign.isalnum())[:20]
