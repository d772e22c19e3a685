"""The publication desk: comments of raters and replies of units, read before the public does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import ColumnElement, Connection

from haochaping.access import accounts, redaction
from haochaping.access.principals import own_matter, visible
from haochaping.access.vault import Vault
from haochaping.catalog import subjects
from haochaping.disclosure import decided
from haochaping.disclosure.decided import Decided
from haochaping.disclosure.publisher import By, Draft, ReasonMissing, ReviewGone, ReviewUnprepared
from haochaping.disclosure.steps import APPROVED, PUBLISHED, REFUSED, WAITING, WITHDRAWN
from haochaping.evaluation import photos
from haochaping.evaluation.photos import Decision
from haochaping.hooks.disclosure import Redaction
from haochaping.hooks.values import Grade, Subject
from haochaping.indicators import scale
from haochaping.journal import Event
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.rectification import replies, reply_queue
from haochaping.rectification.problems import OwnMatter
from haochaping.rectification.reply_queue import WaitingReply
from haochaping.web import formats
from haochaping.web.console import case_photos, marking, reach
from haochaping.web.console.case_photos import ShownPhoto
from haochaping.web.console.marking import UnreadableMarks
from haochaping.web.console.wording import Tag
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("publishing", "haochaping.web")
HERE: Final = "/console/publishing"
PERMISSION: Final = "review.publish"
PAGE: Final = 20

STATES: Final = {
    WAITING: (N_("待审核"), ""),
    APPROVED: (N_("已批准，待发布"), "good"),
    PUBLISHED: (N_("已发布"), "good"),
    REFUSED: (N_("不发布"), "bad"),
    WITHDRAWN: (N_("已撤下"), "warn"),
}
"""States of a comment in words, each with its tone."""

REPLY_WAITS: Final = reply_queue.WAITING
REPLY_STATES: Final = {
    REPLY_WAITS: N_("待发布的答复"),
    reply_queue.PUBLISHED: N_("已发布的答复"),
    reply_queue.ASIDE: N_("不公开的答复"),
}
"""States of a reply in words."""

MASKED: Final = {
    "identity_number": N_("证件号"),
    "phone": N_("电话"),
    "number": N_("号码"),
    "email": N_("邮箱"),
    "account": N_("账号"),
    "plate": N_("车牌"),
    "name": N_("姓名"),
    "address": N_("住址"),
    marking.REASON: N_("审核员标记"),
}
"""Why a part is masked."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A comment in a list."""

    href: str
    text: str
    about: str
    grade: str
    day: str
    tag: Tag
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """A reply that waits, with what in it looks like personal details."""

    id: int
    public_id: str
    unit: str
    at: str
    parts: tuple[tuple[str, bool], ...]
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A list of the desk."""

    title: str
    href: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """One of the desk's lists."""

    tabs: tuple[Tab, ...]
    rows: tuple[ListRow, ...] = ()
    replies: tuple[ReplyRow, ...] = ()
    more: str = ""
    done: str = ""
    batch: int = 0
    reply_state: str = ""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One comment with what would be masked."""

    id: int
    state: str
    tag: Tag
    about: str
    grade: str
    day: str
    parts: tuple[tuple[str, bool], ...]
    proposal: str
    marked: str
    pair: tuple[str, str]
    reasons: tuple[str, ...]
    failure: str
    prepared: bool
    reason: str = ""
    faults: tuple[FieldFault, ...] = ()
    photos: tuple[ShownPhoto, ...] = ()


@route(pages, HERE)
def queue() -> str:
    """Show comments: those that wait, or those in another state."""
    state = request.args.get("state", WAITING)
    if state not in STATES:
        raise NotFound()
    with site().store.read() as conn:
        found, last = _waiting(conn) if state == WAITING else _decided(conn, state)
        names = _names(conn, found)
        rows = tuple(_row(each, names) for each in found)
        tabs = _tabs(conn, state)
    more = f"{HERE}?state={state}&from={last}" if last else ""
    batch = site().profile.rules.disclosure.k
    page = ListPage(tabs, rows, more=more, done=_done(), batch=batch)
    return render_template("console/publishing.html", page=page)


@route(pages, f"{HERE}/replies")
def reply_list() -> str:
    """Show official replies: those that wait, are published, or are kept back."""
    state, start = request.args.get("state", REPLY_WAITS), request.args.get("from", 0, type=int)
    if state not in reply_queue.STATES:
        raise NotFound()
    with site().store.read() as conn:
        if state == REPLY_WAITS:
            found = reply_queue.waiting(conn, _seen_replies(), start)
        else:
            found = reply_queue.decided(conn, _seen_replies(), state, start)
        units = subjects.names(conn, "organization", {one.organization_id for one in found})
        tabs = _tabs(conn, f"replies-{state}")
    rows = tuple(_reply_row(one, units) for one in found)
    more = ""
    if len(found) == reply_queue.PAGE:
        more = f"{HERE}/replies?state={state}&from={found[-1].id}"
    page = ListPage(tabs, replies=rows, more=more, done=_done(), reply_state=state)
    return render_template("console/publishing.html", page=page)


@route(pages, f"{HERE}/replies/<int:reply_id>", methods=("POST",))
def publish_reply(reply_id: int) -> Response:
    """Let the public see a reply."""
    deployment, at = site(), site().clock.now()
    with deployment.store.write() as conn:
        found = reply_queue.find(conn, _seen_replies(), reply_id)
        if found is not None and found.account_id == principal().account_id:
            raise OwnMatter()
        if found is None or not replies.publish(conn, reply_id):
            raise ReviewGone()
        told = {"reply": reply_id, "account": principal().account_id}
        event = Event("reply.published", f"case:{found.public_id}", told)
        deployment.journal.emit(conn, event, at)
    return make_response(redirect(f"{HERE}/replies?done=reply", 303))


@route(pages, f"{HERE}/replies/<int:reply_id>/aside", methods=("POST",))
def put_reply_aside(reply_id: int) -> Response:
    """Keep a reply from the public, or take a published one down, with the reason."""
    deployment, at, who = site(), site().clock.now(), principal()
    reason = request.form.get("reason", "")[:200]
    if not reason.strip():
        raise ReasonMissing()
    with deployment.store.write() as conn:
        found = reply_queue.find(conn, _seen_replies(), reply_id)
        if found is not None and found.account_id == who.account_id:
            raise OwnMatter()
        if found is None or not replies.put_aside(conn, reply_id, reason):
            raise ReviewGone()
        told = {"reply": reply_id, "account": who.account_id}
        event = Event("reply.put_aside", f"case:{found.public_id}", told)
        deployment.journal.emit(conn, event, at)
    return make_response(redirect(f"{HERE}/replies?done=aside", 303))


@route(pages, f"{HERE}/<int:review_id>")
def show(review_id: int) -> str:
    """Show one comment."""
    return render_template("console/publishing_review.html", page=_page(review_id))


@route(pages, f"{HERE}/<int:review_id>/photos/<int:photo_id>")
def photo(review_id: int, photo_id: int) -> Response:
    """Give a photo that came with a comment; that is noted."""
    with site().store.write() as conn:
        _draft(conn, review_id)
        return case_photos.given(conn, decided.chain_of(conn, review_id), photo_id)


@route(pages, f"{HERE}/<int:review_id>/photos", methods=("POST",))
def decide_photos(review_id: int) -> Response:
    """Let those photos through that were ticked, and keep the others."""
    deployment, who = site(), principal()
    with deployment.store.write() as conn:
        _draft(conn, review_id)
        if own_matter(who, decided.rated_staff(conn, review_id)):
            raise OwnMatter()
        ticked = frozenset(request.form.getlist("open", type=int))
        by = Decision(ticked, who.account_id, deployment.clock.now())
        vault, owner = Vault(deployment.keyring), decided.chain_of(conn, review_id)
        photos.decide(conn, vault, deployment.journal.emit, owner, by)
    return make_response(redirect(f"{HERE}/{review_id}", 303))


@route(pages, f"{HERE}/<int:review_id>/<action>", methods=("POST",))
def decide(review_id: int, action: str) -> Response:
    """Approve, approve with one's own masks, refuse, or withdraw."""
    if action not in ("approve", "mask", "refuse", "withdraw"):
        raise NotFound()
    try:
        _decide(review_id, action)
    except UnreadableMarks as problem:
        return _again(review_id, FieldFault("marked", words(problem.detail)), problem)
    except ReasonMissing as problem:
        return _again(review_id, FieldFault("reason", words(problem.detail)), problem)
    except (OwnMatter, ReviewGone, ReviewUnprepared) as problem:
        return _again(review_id, FieldFault("marked", words(problem.detail)), problem)
    return make_response(redirect(f"{HERE}?done={action}", 303))


def _decide(review_id: int, action: str) -> None:
    deployment, publisher = site(), site().disclosing.publisher
    by = By(principal().account_id, deployment.clock.now())
    reason = request.form.get("reason", "")[:200]
    with deployment.store.write() as conn:
        draft = _draft(conn, review_id)
        if own_matter(principal(), decided.rated_staff(conn, review_id)):
            raise OwnMatter()
        if action == "refuse":
            publisher.refuse(conn, review_id, reason, by)
        elif action == "withdraw":
            publisher.withdraw(conn, review_id, reason, by)
        else:
            publisher.approve(conn, review_id, _masks(draft, action), by)


def _masks(draft: Draft, action: str) -> tuple[Redaction, ...] | None:
    if action == "approve":
        return None
    return marking.masks_of(draft.text, request.form.get("marked", ""))


def _draft(conn: Connection, review_id: int) -> Draft:
    """Return a comment within reach. Raises ReviewGone, whatever the reason."""
    draft = site().disclosing.publisher.draft(conn, review_id)
    if not _reached(conn, draft.organization_id, draft.hall_id):
        raise ReviewGone()
    return draft


def _page(review_id: int, *faults: FieldFault) -> ReviewPage:
    with site().store.read() as conn:
        draft = _draft(conn, review_id)
        about = _about(draft, _names(conn, [draft]))
        pictures = case_photos.listed(
            conn, decided.chain_of(conn, review_id), f"{HERE}/{review_id}"
        )
    typed = request.form.get("marked", "") if _keeps(faults, draft) else ""
    return ReviewPage(
        id=draft.id,
        state=draft.state,
        tag=_tag(draft.state),
        about=about,
        grade=words(scale.label(Grade(draft.grade))),
        day=formats.day(draft.day),
        parts=marking.parts(draft.text, draft.masks),
        proposal=draft.proposal,
        marked=typed or marking.marked(draft.text, draft.masks),
        pair=marking.brackets(draft.text),
        reasons=_reasons(draft.masks),
        failure=draft.failure,
        prepared=draft.prepared,
        reason=request.form.get("reason", "")[:200],
        faults=faults,
        photos=pictures,
    )


def _keeps(faults: Sequence[FieldFault], draft: Draft) -> bool:
    """Say whether what was marked is shown again: its words must be the rater's own."""
    typed = request.form.get("marked", "").replace("\r\n", "\n")
    bare = "".join(sign for sign in typed if sign not in marking.brackets(draft.text))
    return bool(faults) and bare.strip() == draft.text.strip()


def _again(review_id: int, fault: FieldFault, problem: Problem) -> Response:
    page = _page(review_id, fault)
    return make_response(
        render_template("console/publishing_review.html", page=page), problem.status
    )


def _waiting(conn: Connection) -> tuple[list[Draft], int]:
    """Return the oldest comments that wait within reach, and where to go on (0: the end)."""
    publisher, after = site().disclosing.publisher, request.args.get("from", 0, type=int)
    counties, found = reach.counties(conn, PERMISSION), list[Draft]()
    while len(found) < PAGE:
        drafts = publisher.waiting(conn, counties, after, PAGE)
        found += [one for one in drafts if _reached(conn, one.organization_id, one.hall_id)]
        if len(drafts) < PAGE:
            return found, 0
        after = drafts[-1].id
    return found, after


def _decided(conn: Connection, state: str) -> tuple[list[Decided], int]:
    before = request.args.get("from", type=int)
    listed = decided.decided(conn, state, reach.counties(conn, PERMISSION), before)
    found = [one for one in listed if _reached(conn, one.organization_id, one.hall_id)]
    return found, listed[-1].id if len(listed) == decided.PAGE else 0


def _reached(conn: Connection, organization_id: int, hall_id: int | None) -> bool:
    if hall_id is not None and reach.reaches_unit(conn, PERMISSION, "hall", hall_id):
        return True
    return reach.reaches_unit(conn, PERMISSION, "organization", organization_id)


def _seen_replies() -> ColumnElement[bool]:
    return visible(principal(), PERMISSION, reply_queue.ORGANIZATION_PATH, reply_queue.REGION_PATH)


def _names(conn: Connection, found: Sequence[Draft | Decided]) -> dict[int, Subject]:
    return subjects.names(conn, "organization", {one.organization_id for one in found})


def _row(one: Draft | Decided, names: dict[int, Subject]) -> ListRow:
    note = _who(one) if isinstance(one, Decided) else ""
    text = one.text if isinstance(one, Decided) else one.proposal
    return ListRow(
        href=f"{HERE}/{one.id}",
        text=text or _("（公众看不到内容）"),
        about=_about(one, names),
        grade=words(scale.label(Grade(one.grade))),
        day=formats.day(one.day),
        tag=_tag(one.state),
        note=note,
    )


def _about(one: Draft | Decided, names: dict[int, Subject]) -> str:
    unit = names.get(one.organization_id)
    return words(unit.name) if unit else ""


def _who(one: Decided) -> str:
    """Return who decided, when and why."""
    if one.decided_by is None:
        return one.reason
    with site().store.read() as conn:
        name = accounts.name(conn, one.decided_by)
    return " · ".join(filter(None, (name, formats.moment(one.decided_at), one.reason)))


def _reply_row(one: WaitingReply, units: dict[int, Subject]) -> ReplyRow:
    unit = units.get(one.organization_id)
    return ReplyRow(
        id=one.id,
        public_id=one.public_id,
        unit=words(unit.name) if unit else "",
        at=formats.moment(one.at),
        parts=marking.parts(one.text, redaction.found(one.text)),
        aside=one.aside,
    )


def _reasons(masks: Sequence[Redaction]) -> tuple[str, ...]:
    found = dict.fromkeys(each.reason for each in masks)
    return tuple(_(MASKED[one]) if one in MASKED else one for one in found)


def _tag(state: str) -> Tag:
    title, tone = STATES.get(state, (state, ""))
    return Tag(_(title), tone)


def _tabs(conn: Connection, current: str) -> tuple[Tab, ...]:
    waiting = decided.waiting_count(conn, reach.counties(conn, PERMISSION))
    answers = reply_queue.count(conn, _seen_replies())
    comments = tuple(
        Tab(
            _(title),
            f"{HERE}?state={state}",
            state == current,
            waiting if state == WAITING else None,
        )
        for state, (title, _tone) in STATES.items()
    )
    answered = tuple(
        Tab(
            _(title),
            f"{HERE}/replies?state={state}",
            current == f"replies-{state}",
            answers if state == REPLY_WAITS else None,
        )
        for state, title in REPLY_STATES.items()
    )
    return (comments[0], answered[0], *comments[1:], *answered[1:])


_DONE: Final = {
    "approve": N_("已批准，将与同一批评价一起发布。"),
    "mask": N_("已按您的标记批准，将与同一批评价一起发布。"),
    "refuse": N_("已决定不发布。"),
    "withdraw": N_("已撤下，公开页保留位置并写明理由。"),
    "reply": N_("答复已发布。"),
    "aside": N_("答复不再公开；评价人仍能看到。"),
}


def _done() -> str:
    said = _DONE.get(request.args.get("done", ""), "")
    return _(said) if said else ""
