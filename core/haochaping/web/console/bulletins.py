"""Bulletins: drafting, the issuer's own words, approval by a second person, issuing, history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access import accounts
from haochaping.access.principals import Forbidden
from haochaping.bulletins import kept, sending, working
from haochaping.bulletins.content import Content
from haochaping.bulletins.desk import (
    NOTE_MAX,
    NUMBER_MAX,
    REMARKS_MAX,
    BulletinGone,
    BulletinIncomplete,
    BulletinMoved,
    By,
    Desk,
    OwnBulletin,
    authors,
)
from haochaping.bulletins.gathering import PeriodRuns, Wanted
from haochaping.bulletins.kept import Kept, State
from haochaping.bulletins.rules import BulletinRules, Edition
from haochaping.grading import periods
from haochaping.grading.periods import UnknownPeriod
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.web import bulletin_parts, formats
from haochaping.web.bulletin_parts import ShownPart
from haochaping.web.console.appraisal_reach import everything, require_everything
from haochaping.web.console.wording import Tag
from haochaping.web.errors import NotFound
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("bulletins", "haochaping.web")
HERE: Final = sending.HERE
WRITE, APPROVE = "bulletin.write", "bulletin.approve"
EDITIONS: Final[Mapping[Edition, str]] = {
    Edition.INTERNAL: N_("内部版"),
    Edition.PUBLIC: N_("公开版"),
}
STATES: Final[Mapping[State, tuple[str, str]]] = {
    State.DRAFT: (N_("草稿"), ""),
    State.SUBMITTED: (N_("待批准"), "warn"),
    State.APPROVED: (N_("已批准，待发布"), "warn"),
    State.ISSUED: (N_("已发布"), "good"),
    State.WITHDRAWN: (N_("已撤回"), "bad"),
    State.SUPERSEDED: (N_("已有新版"), ""),
}
MOVES: Final[Mapping[str, str]] = {
    "drafted": N_("起草"),
    "edited": N_("修改文号或工作要求"),
    "submitted": N_("提交"),
    "sent_back": N_("退回"),
    "approved": N_("批准"),
    "issued": N_("发布"),
    "withdrawn": N_("撤回"),
    "superseded": N_("被新版取代"),
}
DONE: Final[Mapping[str, str]] = {
    "drafted": N_("草稿已生成。"),
    "same": N_("数据没有变化，仍是现有这一版。"),
    "edit": N_("已保存。"),
    "submit": N_("已提交，正在生成文件。请由另一人批准。"),
    "return": N_("已退回。"),
    "approve": N_("已批准，正在生成带日期的文件，完成后可以发布。"),
    "issue": N_("已发布，并发送给规定的对象。"),
    "withdraw": N_("已撤回，公开页保留位置并写明理由。"),
}
_OPEN: Final = (State.ISSUED, State.WITHDRAWN)
"""States in which whoever may read bulletins at all reads them."""
_REFUSALS: Final = (OwnBulletin, BulletinMoved, BulletinIncomplete)


@dataclass(frozen=True, slots=True)
class Line:
    """A bulletin of the list."""

    href: str
    title: str
    edition: str
    version: int
    tag: Tag
    made: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """All bulletins within sight, what is late, and what may be drafted."""

    lines: tuple[Line, ...]
    late: tuple[str, ...]
    writes: bool
    period: str
    editions: tuple[tuple[str, str], ...]
    day: int
    latest: int
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class BulletinPage:
    """A bulletin with what may be done to it."""

    id: int
    title: str
    edition: str
    version: int
    state: State
    tag: Tag
    number: str
    remarks: str
    digest: str
    parts: tuple[ShownPart, ...]
    missing: tuple[str, ...]
    history: tuple[tuple[str, str, str, str], ...]
    files: tuple[tuple[str, str], ...]
    writes: bool
    approves: bool
    own: bool
    public: str
    done: str
    refusal: str
    limits: tuple[int, int, int] = (NUMBER_MAX, REMARKS_MAX, NOTE_MAX)


@route(pages, HERE)
def listing() -> str:
    """List the bulletins; drafts are seen by those who write or approve for everything."""
    return _listing()


@route(pages, HERE, methods=("POST",))
def draft() -> Response:
    """Collect a bulletin as it is now and keep it as a draft."""
    deployment, who = site(), principal()
    with deployment.store.read() as conn:
        require_everything(conn, who, WRITE)
    work, at = deployment.bulletins, deployment.clock.now()
    try:
        wanted = Wanted(periods.parse(request.form.get("period", "")), _edition())
        content = work.gatherer.gather(deployment.store, wanted, at)
    except (UnknownPeriod, PeriodRuns) as problem:
        said = words(problem.detail) if isinstance(problem, UnknownPeriod) else words(problem.title)
        return make_response(_listing(said), problem.status)
    with deployment.store.write() as conn:
        found, made = work.desk.keep(conn, content, By(who.account_id, at))
    done = "drafted" if made else "same"
    return make_response(redirect(f"{HERE}/{found.id}?done={done}", 303))


@route(pages, f"{HERE}/<int:number>")
def show(number: int) -> str:
    """Show a bulletin, its history and files, and what may be done."""
    return _shown(number)


@route(pages, f"{HERE}/<int:number>/files/<name>")
def take(number: int, name: str) -> Response:
    """Give a file of a bulletin."""
    with site().store.read() as conn:
        _found(conn, number)
        found = kept.file(conn, number, name)
    if found is None:
        raise NotFound()
    answer = make_response(found.content)
    answer.headers["Content-Type"] = found.media
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@route(pages, f"{HERE}/<int:number>/<action>", methods=("POST",))
def act(number: int, action: str) -> Response:
    """Edit, submit, return, approve, issue or withdraw a bulletin."""
    step = _STEPS.get(action)
    if step is None:
        raise NotFound()
    permissions, call = step
    deployment, who = site(), principal()
    by = By(who.account_id, deployment.clock.now())
    try:
        with deployment.store.write() as conn:
            found = _found(conn, number)
            if not any(everything(conn, who, one) for one in permissions):
                raise Forbidden(permission=permissions[0])
            call(deployment.bulletins.desk, conn, found, by)
    except _REFUSALS as refusal:
        return make_response(_shown(number, refusal), refusal.status)
    return make_response(redirect(f"{HERE}/{number}?done={action}", 303))


def _edit(desk: Desk, conn: Connection, found: Kept, by: By) -> None:
    form = request.form
    desk.edit(conn, found, form.get("number", ""), form.get("remarks", ""), by)


def _note() -> str:
    return request.form.get("note", "")


Call = Callable[[Desk, Connection, Kept, By], object]
_STEPS: Final[Mapping[str, tuple[tuple[str, ...], Call]]] = {
    "edit": ((WRITE,), _edit),
    "submit": ((WRITE,), lambda desk, conn, found, by: desk.submit(conn, found, by)),
    "return": (
        (APPROVE,),
        lambda desk, conn, found, by: desk.send_back(conn, found, _note(), by),
    ),
    "approve": ((APPROVE,), lambda desk, conn, found, by: desk.approve(conn, found, by)),
    "issue": ((APPROVE, WRITE), lambda desk, conn, found, by: desk.issue(conn, found, by)),
    "withdraw": (
        (APPROVE,),
        lambda desk, conn, found, by: desk.withdraw(conn, found, _note(), by),
    ),
}


def _found(conn: Connection, number: int) -> Kept:
    """Return a bulletin within sight. Raises BulletinGone, whatever the reason."""
    found = kept.find(conn, number)
    if found is None or not (found.state in _OPEN or _sees_drafts(conn)):
        raise BulletinGone()
    return found


def _sees_drafts(conn: Connection) -> bool:
    return any(everything(conn, principal(), one) for one in (WRITE, APPROVE))


def _listing(refusal: str = "") -> str:
    deployment, rules = site(), BulletinRules.of(site().profile)
    today = deployment.calendar.local_day(deployment.clock.now())
    with deployment.store.read() as conn:
        sees = _sees_drafts(conn)
        found = kept.listed(conn, tuple(State) if sees else _OPEN)
        page = ListPage(
            lines=tuple(map(_line, found)),
            late=tuple(_late(conn, rules)) if sees else (),
            writes=everything(conn, principal(), WRITE),
            period=request.form.get("period", "") or periods.last_over(today)[0].name,
            editions=tuple((str(one), _(title)) for one, title in EDITIONS.items()),
            day=rules.day,
            latest=rules.latest,
            refusal=refusal,
        )
    return render_template("console/bulletins.html", page=page)


def _late(conn: Connection, rules: BulletinRules) -> Iterator[str]:
    today = site().calendar.local_day(site().clock.now())
    for wanted in working.late(conn, rules, today):
        yield f"{formats.period(wanted.period)} · {_(EDITIONS[wanted.edition])}"


def _line(found: Kept) -> Line:
    return Line(
        href=f"{HERE}/{found.id}",
        title=formats.period(found.period),
        edition=_(EDITIONS[found.edition]),
        version=found.version,
        tag=_tag(found.state),
        made=formats.moment(found.made_at),
    )


def _shown(number: int, refusal: Problem | None = None) -> str:
    who = principal()
    with site().store.read() as conn:
        found = _found(conn, number)
        content: Content = kept.content(conn, number)
        page = BulletinPage(
            id=found.id,
            title=words(content.title),
            edition=_(EDITIONS[found.edition]),
            version=found.version,
            state=found.state,
            tag=_tag(found.state),
            number=request.form.get("number", found.number) if refusal else found.number,
            remarks=request.form.get("remarks", found.remarks) if refusal else found.remarks,
            digest=found.digest,
            parts=bulletin_parts.shown(content.parts),
            missing=content.missing,
            history=tuple(_history(conn, number)),
            files=tuple(
                (one.name, f"{HERE}/{number}/files/{one.name}") for one in kept.files(conn, number)
            ),
            writes=everything(conn, who, WRITE),
            approves=everything(conn, who, APPROVE),
            own=who.account_id in authors(conn, number),
            public=sending.public_address(found) if _is_public(found) else "",
            done=_(DONE.get(request.args.get("done", ""), "")) or "",
            refusal=words(refusal.detail) if refusal else "",
        )
    return render_template("console/bulletin.html", page=page)


def _is_public(found: Kept) -> bool:
    return found.edition is Edition.PUBLIC and found.issued_at is not None


def _history(conn: Connection, number: int) -> Iterator[tuple[str, str, str, str]]:
    for one in kept.history(conn, number):
        who = accounts.name(conn, one.account_id) if one.account_id else _("系统")
        yield formats.moment(one.at), who, _(MOVES.get(one.move, one.move)), one.note


def _tag(state: State) -> Tag:
    title, tone = STATES[state]
    return Tag(_(title), tone)


def _edition() -> Edition:
    asked = request.form.get("edition", "")
    return Edition(asked) if asked in {str(one) for one in Edition} else Edition.PUBLIC
