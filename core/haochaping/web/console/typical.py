"""Typical cases: written from a closed case, signed by two others, published, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection, Row, select

from haochaping.access import accounts
from haochaping.access.principals import own_matter
from haochaping.catalog import subjects
from haochaping.disclosure import typical as told
from haochaping.disclosure import typical_desk
from haochaping.disclosure.publisher import By, ReasonMissing
from haochaping.disclosure.tables import typical_case
from haochaping.disclosure.typical import DRAFT, DROPPED, PUBLISHED, SIGNING, WITHDRAWN
from haochaping.disclosure.typical_desk import LABELS, LONGEST, Begin
from haochaping.disclosure.typical_problems import (
    TypicalChanged,
    TypicalGone,
    TypicalOwn,
    TypicalRefused,
    TypicalText,
)
from haochaping.hooks.values import Words
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.rectification import case_view, records, replies
from haochaping.rectification.problems import UnknownCase
from haochaping.rectification.records import Case
from haochaping.web import formats
from haochaping.web.console import reach
from haochaping.web.console.publishing import MASKED, Tab
from haochaping.web.console.wording import Tag
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("typical", "haochaping.web")
HERE: Final = "/console/typical"
SIGN, WRITE = "typical.sign", "typical.write"
PAGE: Final = 50

STATES: Final = {
    DRAFT: (N_("编写中"), ""),
    SIGNING: (N_("待签发"), "warn"),
    PUBLISHED: (N_("已公开"), "good"),
    WITHDRAWN: (N_("已撤下"), "warn"),
    DROPPED: (N_("已放弃"), ""),
}
"""States of a typical case in words, each with its tone."""

HINTS: Final = {
    "said": N_("群众反映了什么问题，用自己的话概括。"),
    "found": N_("查明的事实和原因。"),
    "done": N_("采取了哪些措施，结果如何。"),
    "learnt": N_("可不填：从这一件改进了哪些共性问题。"),
    "english": N_("可不填：供英文页面使用。"),
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """A typical case in the list."""

    href: str
    title: str
    about: str
    when: str
    tag: Tag


@dataclass(frozen=True, slots=True)
class ListPage:
    """Typical cases of one state, and the form that begins one."""

    tabs: tuple[Tab, ...]
    rows: tuple[ListRow, ...]
    may_write: bool
    number: str
    more: str = ""
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One text of a typical case."""

    name: str
    label: str
    value: str
    hint: str
    longest: int


@dataclass(frozen=True, slots=True)
class EditorPage:
    """One typical case, as whoever looks may change, sign or withdraw it."""

    number: int
    version: int
    tag: Tag
    state: str
    title: str
    about: str
    case_number: str
    parts: tuple[Part, ...]
    masked: tuple[str, ...]
    failure: str
    note: str
    signed: tuple[str, ...]
    wanted: int
    written: str
    may_write: bool
    may_sign: bool
    public_href: str
    gone: str
    done: str = ""
    reason: str = ""
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def listing() -> str:
    """List typical cases of one state."""
    return _listing()


@route(pages, HERE, methods=("POST",))
def begin() -> Response:
    """Begin one from a closed case; lead to the one there is, if there is one."""
    number = request.form.get("number", "").strip()[:20].upper()
    try:
        made = _begin(number)
    except TypicalRefused as problem:
        fault = FieldFault("number", words(problem.detail))
        return make_response(_listing(number, fault), problem.status)
    return make_response(redirect(f"{HERE}/{made}", 303))


@route(pages, f"{HERE}/<int:number>")
def show(number: int) -> str:
    """Show one."""
    return render_template("console/typical_case.html", page=_page(number))


@route(pages, f"{HERE}/<int:number>/<action>", methods=("POST",))
def act(number: int, action: str) -> Response:
    """Save, submit, send back, sign or withdraw; what was typed is never lost when refused."""
    if action not in _ACTIONS:
        raise NotFound()
    try:
        _ACTIONS[action](number)
    except TypicalText as problem:
        return _again(number, problem, str(problem.fields.get("field", "title")))
    except ReasonMissing as problem:
        return _again(number, problem, f"{action}-reason")
    except (TypicalChanged, TypicalOwn) as problem:
        return _again(number, problem, "state")
    return make_response(redirect(f"{HERE}/{number}?done={action}", 303))


def _begin(number: str) -> int:
    deployment, desk = site(), site().disclosing.typical
    with deployment.store.read() as conn:
        case = _case(conn, number)
        said = case_view.rater_words(deployment.rectification, conn, case)
        answers = replies.replies_of(conn, case.id)
    texts = {"said": said[: LONGEST["said"]]}
    if answers:
        texts["done"] = answers[-1].text[: LONGEST["done"]]
    return desk.begin(deployment.store, Begin(case, texts), _by())


def _case(conn: Connection, number: str) -> Case:
    """Return the case within reach that has a number. Raises TypicalRefused."""
    try:
        case = records.by_public_id(conn, number)
    except UnknownCase:
        case = None
    if case is None or not _reached(conn, WRITE, case.organization_id, case.hall_id):
        raise TypicalRefused(Words("没有这个编号的工单", "There is no case of this number"))
    return case


def _save(number: int) -> None:
    row, case = _writable(number)
    texts = {name: request.form.get(name, "") for name in LONGEST}
    site().disclosing.typical.save(site().store, row, case, texts, _by())


def _submit(number: int) -> None:
    row, _of = _writable(number)
    with site().store.write() as conn:
        site().disclosing.typical.submit(conn, row, _by())


def _sign(number: int) -> None:
    with site().store.write() as conn:
        row = _looked_at(conn, number)
        if own_matter(principal(), row.staff_id):
            raise TypicalOwn()
        site().disclosing.typical.sign(conn, row, _by())


def _send_back(number: int) -> None:
    with site().store.write() as conn:
        row = _looked_at(conn, number)
        site().disclosing.typical.send_back(conn, row, _reason(), _by())


def _withdraw(number: int) -> None:
    with site().store.write() as conn:
        row = _looked_at(conn, number)
        site().disclosing.typical.withdraw(conn, row, _reason(), _by())


_ACTIONS: Final = {
    "save": _save,
    "submit": _submit,
    "sign": _sign,
    "back": _send_back,
    "withdraw": _withdraw,
}

_DONE: Final = {
    "save": N_("已保存，个人信息已自动遮盖。"),
    "submit": N_("已送签，需要另外两人签发。"),
    "sign": N_("已签发。"),
    "back": N_("已退回修改。"),
    "withdraw": N_("已撤下。原网址写明已撤下和理由。"),
}


def _writable(number: int) -> tuple[Row[Any], Case]:
    with site().store.read() as conn:
        row = _looked_at(conn, number)
        if not _reached(conn, WRITE, row.organization_id, row.hall_id):
            raise TypicalGone()
        return row, records.by_id(conn, row.case_id)


def _looked_at(conn: Connection, number: int) -> Row[Any]:
    """Return the row, as it was when the page was opened. Raises TypicalGone, TypicalChanged."""
    row = _row(conn, number)
    if request.form.get("version", type=int) != row.version:
        raise TypicalChanged()
    return row


def _row(conn: Connection, number: int) -> Row[Any]:
    row = typical_desk.find(conn, number)
    if not _reached(conn, SIGN, row.organization_id, row.hall_id):
        raise TypicalGone()
    return row


def _reached(conn: Connection, permission: str, organization_id: int, hall_id: int | None) -> bool:
    if hall_id is not None and reach.reaches_unit(conn, permission, "hall", hall_id):
        return True
    return reach.reaches_unit(conn, permission, "organization", organization_id)


def _listing(number: str = "", *faults: FieldFault) -> str:
    state = request.args.get("state", SIGNING)
    if state not in STATES:
        raise NotFound()
    before = request.args.get("from", type=int)
    rows = typical_case.c
    statement = select(typical_case).where(rows.state == state).order_by(rows.id.desc())
    if before is not None:
        statement = statement.where(rows.id < before)
    with site().store.read() as conn:
        listed = conn.execute(statement.limit(PAGE)).all()
        found = [one for one in listed if _reached(conn, SIGN, one.organization_id, one.hall_id)]
        units = subjects.names(conn, "organization", {one.organization_id for one in found})
    page = ListPage(
        tabs=tuple(
            Tab(_(title), f"{HERE}?state={one}", one == state)
            for one, (title, _t) in STATES.items()
        ),
        rows=tuple(
            ListRow(
                f"{HERE}/{one.id}",
                one.title or _("（还没有标题）"),
                words(units[one.organization_id].name) if one.organization_id in units else "",
                formats.day(one.published_at or one.written_at),
                _tag(one.state),
            )
            for one in found
        ),
        may_write=principal().may(WRITE),
        number=number or request.args.get("case", "")[:20],
        more=f"{HERE}?state={state}&from={listed[-1].id}" if len(listed) == PAGE else "",
        faults=faults,
    )
    return render_template("console/typical.html", page=page)


def _page(number: int, *faults: FieldFault) -> EditorPage:
    with site().store.read() as conn:
        row = _row(conn, number)
        case = records.by_id(conn, row.case_id)
        units = subjects.names(conn, "organization", {row.organization_id})
        signed = accounts.names(conn, typical_desk.signers(conn, row))
        writer = accounts.name(conn, row.written_by)
        may_write = _reached(conn, WRITE, row.organization_id, row.hall_id)
    typed: Mapping[str, str] = request.form if faults and request.form.get("said") else {}
    done = _DONE.get(request.args.get("done", ""), "")
    return EditorPage(
        number=row.id,
        version=row.version,
        tag=_tag(row.state),
        state=row.state,
        title=row.title or _("（还没有标题）"),
        about=words(units[row.organization_id].name) if units else "",
        case_number=case.public_id,
        parts=tuple(
            Part(
                name,
                words(LABELS[name]),
                typed.get(name, getattr(row, name)),
                _(HINTS[name]) if name in HINTS else "",
                longest,
            )
            for name, longest in LONGEST.items()
        ),
        masked=tuple(_(MASKED[one]) if one in MASKED else one for one in row.masked),
        failure=row.failure,
        note=row.note,
        signed=tuple(signed.values()),
        wanted=typical_desk.SIGNATURES,
        written=f"{writer} {formats.moment(row.written_at)}",
        may_write=may_write,
        may_sign=principal().account_id not in {row.begun_by, row.written_by, *signed},
        public_href=f"/typical-cases/{row.public_id}",
        gone=words(told.GONE.get(row.reason, row.reason)),
        done=_(done) if done else "",
        reason=request.form.get("reason", "")[:200],
        faults=faults,
    )


def _again(number: int, problem: Problem, field: str) -> Response:
    page = _page(number, FieldFault(field, words(problem.detail)))
    return make_response(render_template("console/typical_case.html", page=page), problem.status)


def _reason() -> str:
    return request.form.get("reason", "")[:200]


def _by() -> By:
    return By(principal().account_id, site().clock.now())


def _tag(state: str) -> Tag:
    title, tone = STATES[state]
    return Tag(_(title), tone)
