"""Opinions (综合点评): read by the units they concern, entered for others by hotline and paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request

from haochaping.access.principals import Columns, visible_in
from haochaping.catalog.tables import organization, region
from haochaping.evaluation import opinion_lists, opinion_units
from haochaping.evaluation.opinion_lists import Listed
from haochaping.evaluation.opinion_units import Unit
from haochaping.evaluation.opinions import COMPREHENSIVE, Opinion, OpinionBook
from haochaping.evaluation.tables import opinion
from haochaping.hooks.values import Channel, Grade, Provenance
from haochaping.indicators import scale
from haochaping.messages import N_
from haochaping.web import formats, tokens
from haochaping.web.citizen import choices
from haochaping.web.citizen.contexts import GradeChoice
from haochaping.web.console import reach
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("opinions", "haochaping.web")
HERE: Final = "/console/opinions"
READ, ENTER = "opinion.read", "opinion.enter"
LAST: Final = 2**63 - 1
KINDS: Final[Mapping[str, str]] = {COMPREHENSIVE: N_("综合点评")}
CHANNELS: Final[Mapping[str, str]] = {
    Channel.WEB: N_("网页"),
    Channel.HOTLINE: N_("热线电话"),
    Channel.PAPER: N_("书面表格"),
    Channel.COMPREHENSIVE: N_("综合点评"),
}
PROVENANCES: Final[Mapping[str, str]] = {
    Provenance.CITIZEN: N_("本人提交"),
    Provenance.HOTLINE_OPERATOR: N_("话务员代录"),
    Provenance.PAPER_CLERK: N_("录入员代录"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An opinion as the list shows it."""

    unit: str
    grade: str
    bad: bool
    text: str
    day: str
    origin: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """Opinions of one's units, with the counts of the month."""

    lines: tuple[Line, ...]
    counts: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    older: int | None = None


@dataclass(frozen=True, slots=True)
class EnterPage:
    """The form for entering somebody else's opinion."""

    token: str
    choices: tuple[GradeChoice, ...]
    unit: str = ""
    units: tuple[tuple[str, str], ...] = ()
    grade: str = ""
    text: str = ""
    faults: tuple[FieldFault, ...] = ()
    done: str = ""


@route(pages, HERE)
def listing() -> str:
    """Show the opinions of one's units, the newest first, counted apart from ratings."""
    before = request.args.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else LAST
    columns = Columns(organization.c.path, region.c.path, hall_id=opinion.c.hall_id)
    seen = visible_in(principal(), READ, columns)
    with site().store.read() as conn:
        found = opinion_lists.listing(conn, site().keyring, seen, before=number)
        counts = opinion_lists.counts(conn, seen, _month_began())
    page = ListPage(
        lines=tuple(_line(one) for one in found),
        counts=tuple((_kind(kind), _by_grade(each)) for kind, each in sorted(counts.items())),
        older=found[-1].id if len(found) == 50 else None,
    )
    return render_template("console/opinions.html", page=page)


@route(pages, f"{HERE}/enter")
def form() -> str:
    """Show the form for somebody else's opinion."""
    return render_template("console/opinion_enter.html", page=_blank())


@route(pages, f"{HERE}/enter", methods=("POST",))
def enter() -> Response:
    """Store somebody else's opinion; sent twice it is one."""
    token = request.form.get("token", "")
    key = tokens.idempotency_key(site().keyring, _subject(), token)
    page = _posted(token)
    units = _units(page.unit)
    unit = units[0] if len(units) == 1 else None
    faults = _faults(page, units)
    if faults or unit is None:
        page = replace(page, faults=faults, units=tuple((u.code, words(u.name)) for u in units))
        return make_response(render_template("console/opinion_enter.html", page=page), 422)
    by_phone = principal().may("rating.hotline")
    given = Opinion(
        idempotency_key=f"account:{principal().account_id}:{key}",
        kind=COMPREHENSIVE,
        organization_id=unit.organization_id,
        hall_id=unit.hall_id,
        grade=int(page.grade) if page.grade else None,
        text=page.text,
        channel=Channel.HOTLINE if by_phone else Channel.PAPER,
        provenance=Provenance.HOTLINE_OPERATOR if by_phone else Provenance.PAPER_CLERK,
        entered_by=principal().account_id,
    )
    with site().store.write() as conn:
        OpinionBook(site().keyring, site().journal.emit).record(conn, given, site().clock.now())
    done = replace(_blank(), done=_("已记录对“%(name)s”的意见。", name=words(unit.name)))
    return make_response(render_template("console/opinion_enter.html", page=done), 201)


def _faults(page: EnterPage, units: tuple[Unit, ...]) -> tuple[FieldFault, ...]:
    faults = []
    if not units:
        faults.append(FieldFault("unit", _("没有找到这个大厅或机构，请核对名称或代码")))
    elif len(units) > 1:
        faults.append(FieldFault("unit", _("有几个单位符合，请填写下面列出的代码")))
    if page.grade and page.grade not in {"1", "2", "3", "4", "5"}:
        faults.append(FieldFault("grade", _("请从五个等级中选一个，也可以不选")))
    if not page.grade and not page.text:
        faults.append(FieldFault("text", _("请选一个等级，或写几句话")))
    return tuple(faults)


def _units(wanted: str) -> tuple[Unit, ...]:
    """Return the units within reach that are meant; one whose code or name it is comes alone."""
    if not wanted:
        return ()
    with site().store.read() as conn:
        found = tuple(
            one
            for one in opinion_units.search(conn, wanted)
            if reach.reaches_unit(
                conn, ENTER, one.kind, one.hall_id if one.hall_id else one.organization_id
            )
        )
    exact = tuple(one for one in found if wanted in (one.code, one.name.zh))
    return exact[:1] or found


def _posted(token: str) -> EnterPage:
    return replace(
        _blank(),
        token=token,
        unit=" ".join(request.form.get("unit", "").split())[:60],
        grade=request.form.get("grade", "")[:1],
        text=request.form.get("text", "").strip()[: site().intake.desk.rules.text_max],
    )


def _blank() -> EnterPage:
    return EnterPage(tokens.mint(site().keyring, _subject()), choices.plain_choices())


def _line(one: Listed) -> Line:
    unit = " · ".join(filter(None, (words(one.hall) if one.hall else "", words(one.organization))))
    origin = " · ".join((_said(CHANNELS, one.channel), _said(PROVENANCES, one.provenance)))
    bad = one.grade is not None and Grade(one.grade) in site().intake.desk.rules.bad_grades
    return Line(unit, _grade(one.grade), bad, one.text, formats.day(one.at), origin)


def _said(names: Mapping[str, str], word: str) -> str:
    return _(names[word]) if word in names else word


def _grade(grade: int | None) -> str:
    return words(scale.label(Grade(grade))) if grade else ""


def _by_grade(counts: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
    return (
        *((words(scale.label(grade)), counts[int(grade)]) for grade in scale.GRADES),
        (_("未选等级"), counts[0]),
    )


def _kind(kind: str) -> str:
    return _(KINDS[kind]) if kind in KINDS else kind


def _month_began() -> datetime:
    first = site().calendar.local_day(site().clock.now()).replace(day=1)
    return datetime.combine(first, time(), site().zone).astimezone(UTC)


def _subject() -> str:
    return f"opinion-enter:{principal().account_id}"
