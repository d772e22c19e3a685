"""One's own rating: `/mine` finds it by receipt code, changes, withdraws, follows it.

The receipt code is the authority and travels in the body of posts only, never in an
address or a cookie, so it stays out of logs and histories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from haochaping.attachments.media import FileRefused
from haochaping.evaluation import follow_ups, pressure, revisions
from haochaping.evaluation.problems import ChangeClosed, InvalidEvaluation, UnknownReceipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel
from haochaping.problems import Problem
from haochaping.rectification import cases, records, reopening, thread
from haochaping.rectification.actors import RATER, Order
from haochaping.rectification.problems import CaseChanged, MoveRefused, NeedMissing
from haochaping.rectification.thread import Posting
from haochaping.rectification.wording import TextRefused
from haochaping.web import limits, tokens
from haochaping.web.citizen import choices, following, handing_in, pictures, wechat
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.citizen.contexts import (
    ChangePage,
    ConfirmPage,
    ContestPage,
    FindPage,
    ReasonsPage,
)
from haochaping.web.citizen.following import Own
from haochaping.web.citizen.rating import CLIENT, done
from haochaping.web.forms import FieldFault
from haochaping.web.frame import repost
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site


@route(citizen, "/mine")
def mine() -> str:
    """Ask for the receipt code."""
    return render_template("citizen/find.html", page=_find_page())


@route(citizen, "/mine", methods=("POST",))
def act() -> Response:
    """Find a rating by its receipt code and do what was asked with it."""
    limits.check_finding()
    tokens.refuse_foreign_sites()
    action = _ACTIONS.get(request.form.get("action", "show"), _show)
    try:
        own = following.load(request.form.get("receipt", ""))
    except UnknownReceipt:
        limits.spend_finding()
        fault = FieldFault("receipt", _("没有找到这个回执码，请核对后再试"))
        page = _find_page(fault)
        return make_response(render_template("citizen/find.html", page=page), 404)
    repost("/mine", {"receipt": own.receipt})
    try:
        return action(own)
    except (ChangeClosed, MoveRefused, NeedMissing, CaseChanged) as refusal:
        return _refused(own, refusal)


def _show(own: Own, said: str = "", faults: tuple[FieldFault, ...] = ()) -> Response:
    page = replace(
        following.page(own, said),
        photos=pictures.own(own.chain.current),
        photo_hint=pictures.hint(),
        files=handing_in.shown(own.progress.case_id if own.progress else None),
        wechat=wechat.offer(own),
        faults=faults,
        objection=request.form.get("objection", "") if faults else "",
    )
    rendered = render_template("citizen/mine.html", page=page)
    return make_response(rendered, 422 if faults else 200)


def _change(own: Own) -> Response:
    hidden = {"receipt": own.receipt, "action": "amend", "token": _token(own)}
    page = ChangePage(following.slip_of(own), choices.grade_choices(own.form), hidden)
    return make_response(render_template("citizen/change.html", page=page))


def _amend(own: Own) -> Response:
    choice = choices.choice_of(own.form, request.form.get("grade", ""))
    if choice is None:
        return _change(own)
    if "confirm" not in request.form:
        return _reasons(own)
    try:
        receipt = revisions.amend(site().intake.desk, own.receipt, _draft(own))
    except InvalidEvaluation as problem:
        return _reasons(own, choices.faults_of(problem))
    return done(receipt)


def _answer(own: Own) -> Response:
    """Show the further questions beside what was said, the grade being as it is."""
    return _reasons(own, grade=str(own.chain.current.grade))


def _withdraw(own: Own) -> Response:
    if "confirm" not in request.form:
        page = ConfirmPage(
            title=_("撤回这条评价？"),
            lead=_("撤回后不再计入，限期内还可以重新评价。"),
            hidden={"receipt": own.receipt, "action": "withdraw"},
            send_label=_("撤回评价"),
        )
        return make_response(render_template("citizen/confirm.html", page=page))
    revisions.withdraw(site().intake.desk, own.receipt)
    return _show(following.load(own.receipt), _("评价已撤回。"))


def _add_photos(own: Own) -> Response:
    try:
        drawn = pictures.uploaded()
        pictures.keep(own.chain.current.key, drawn)
    except FileRefused as problem:
        return _show(own, faults=(FieldFault(pictures.FIELD, words(problem.detail)),))
    said = _("照片已收到。") if drawn else ""
    return _show(following.load(own.receipt), said)


def _take_photo_back(own: Own) -> Response:
    gone = pictures.take_back(own.chain.current)
    return _show(own, _("照片已删除。") if gone else "")


def _hand_in(own: Own) -> Response:
    try:
        taken = handing_in.take(_case(own))
    except FileRefused as problem:
        return _show(own, faults=(FieldFault(handing_in.FIELD, words(problem.detail)),))
    said = _("文件已交给承办单位。") if taken else ""
    return _show(following.load(own.receipt), said)


def _wechat(own: Own) -> Response:
    return wechat.ask(own) or _show(own)


def _wechat_stop(own: Own) -> Response:
    gone = wechat.stop(own)
    return _show(own, _("已取消，微信标识已删除。") if gone else "")


def _accept(own: Own) -> Response:
    with site().store.write() as conn:
        case = records.by_id(conn, _case(own))
        order = Order(case.public_id, case.version, RATER, site().clock.now())
        cases.accept(site().rectification, conn, order)
    return _show(following.load(own.receipt), _("谢谢您的确认，这件事办结了。"))


def _contest(own: Own) -> Response:
    case_id = _case(own)
    if "text" not in request.form:
        return _why(own)
    text = request.form["text"]
    try:
        with site().store.write() as conn:
            now = site().clock.now()
            reopening.contest(site().rectification, conn, case_id, text=text, at=now)
    except TextRefused as refusal:
        return _why(own, FieldFault("text", words(refusal.detail)))
    return _show(following.load(own.receipt), _("已要求重新办理，进度在下面。"))


def _write(own: Own) -> Response:
    case_id, text = _case(own), request.form.get("message", "")
    if not text.strip():
        return _show(own)
    minted = request.form.get("key", "")[:40] or tokens.derived_key(site().keyring, text)
    with site().store.write() as conn:
        posting = Posting(thread.RATER_SIDE, text, f"{case_id}:{minted}", site().clock.now())
        thread.from_rater(site().rectification, conn, case_id, posting)
    return _show(following.load(own.receipt), _("留言已发给单位。"))


def _object(own: Own) -> Response:
    case_id, text = _case(own), request.form.get("objection", "")
    if not text.strip():
        return _show(own, faults=(FieldFault("objection", _("请写几句您的说明")),))
    minted = request.form.get("key", "")[:40] or tokens.derived_key(site().keyring, text)
    try:
        with site().store.write() as conn:
            context, now = site().rectification, site().clock.now()
            thread.object_to_appeal(context, conn, case_id, text, minted, now)
    except TextRefused as refusal:
        return _show(own, faults=(FieldFault("objection", words(refusal.detail)),))
    return _show(following.load(own.receipt), _("您的说明已交给审核人，单位看不到。"))


def _again(own: Own) -> Response:
    if own.may_follow is None:
        return _show(own)
    code = follow_ups.code(site().intake.desk, own.may_follow)
    return make_response(redirect(url_for("citizen.again", code=code), 303))


def _pressed(own: Own) -> Response:
    with site().store.write() as conn:
        pressure.report(conn, site().intake.desk, own.chain.current, site().clock.now())
    return _show(
        following.load(own.receipt),
        _("已告诉监督部门，被评价的单位看不到。评价不受影响，您随时可以修改。"),
    )


def _refused(own: Own, refusal: Problem) -> Response:
    response = _show(following.load(own.receipt), words(refusal.detail))
    response.status_code = refusal.status
    return response


def _case(own: Own) -> int:
    if own.progress is None:
        raise MoveRefused()
    return own.progress.case_id


def _why(own: Own, *faults: FieldFault) -> Response:
    reply = following.reply_of(own.progress) if own.progress else ""
    page = ContestPage(reply, request.form.get("text", ""), {"receipt": own.receipt}, faults)
    rendered = render_template("citizen/contest.html", page=page)
    return make_response(rendered, 422 if faults else 200)


def _reasons(own: Own, faults: tuple[FieldFault, ...] = (), grade: str = "") -> Response:
    choice = choices.choice_of(own.form, grade or request.form.get("grade", ""))
    if choice is None:
        return _change(own)
    current = own.chain.current
    same = int(choice.grade) == current.grade and "text" not in request.form
    stored = MultiDict[str, str]([("text", own.text), *(("options", c) for c in current.options)])
    before: MultiDict[str, str] = stored if same else request.form
    hidden = {"receipt": own.receipt, "action": "amend", "grade": str(int(choice.grade))}
    page = ReasonsPage(
        form=choices.reason_form(own.form, choice, before, faults),
        action="/mine",
        back="/mine",
        hidden={**hidden, "token": request.form.get("token") or _token(own)},
        send_label=_("保存修改"),
    )
    rendered = render_template("citizen/reasons.html", page=page)
    return make_response(rendered, 422 if faults else 200)


def _draft(own: Own) -> Draft:
    current, posted, keyring = own.chain.current, request.form, site().keyring
    token = posted.get("token", "")
    said = (posted.get("grade", ""), posted.get("text", ""), *choices.posted_options(posted))
    return Draft(
        occurrence=current.occurrence_key,
        grade=posted.get("grade", ""),
        options=choices.posted_options(posted),
        text=posted.get("text", ""),
        idempotency_key=tokens.idempotency_key(keyring, _subject(own), token)
        if token
        else tokens.derived_key(keyring, _subject(own), str(current.id), *said),
        client=CLIENT,
        channel=Channel.WEB,
        identity=current.identity,
        rater_role=current.rater_role,
    )


def _subject(own: Own) -> str:
    return f"receipt:{own.receipt}"


def _token(own: Own) -> str:
    return tokens.mint(site().keyring, _subject(own))


def _find_page(*faults: FieldFault) -> FindPage:
    return FindPage(
        title=_("查询我的评价"),
        lead=_("输入评价时得到的回执码，可以查看进度、修改或撤回。"),
        action="/mine",
        field="receipt",
        label=_("回执码"),
        hint=_("20 位字母和数字，不分大小写，短横线可以不输。"),
        send_label=_("查询"),
        value=request.form.get("receipt", "")[:60],
        faults=faults,
    )


_ACTIONS: Final[Mapping[str, Callable[[Own], Response]]] = MappingProxyType(
    {
        "show": _show,
        "change": _change,
        "amend": _amend,
        "answer": _answer,
        "withdraw": _withdraw,
        "accept": _accept,
        "contest": _contest,
        "write": _write,
        "object": _object,
        "again": _again,
        "pressed": _pressed,
        "add_photos": _add_photos,
        "hand_in": _hand_in,
        "wechat": _wechat,
        "wechat_stop": _wechat_stop,
        "take_photo_back": _take_photo_back,
    }
)
