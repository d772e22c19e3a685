"""The page of one case, and what is done on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request

from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.rectification.problems import (
    CaseChanged,
    MoveRefused,
    NeedMissing,
    UnknownOrganization,
)
from haochaping.rectification.wording import TextRefused
from haochaping.web.console import case_page, case_photos, sight
from haochaping.web.console.case_actions import Asked, carry_out
from haochaping.web.console.case_forms import (
    ANSWER,
    ARRANGED,
    AUDIT,
    FORMS,
    MESSAGE,
    VISITED,
    Form,
    missing,
    with_values,
)
from haochaping.web.console.case_page import CasePage
from haochaping.web.console.reply_texts import reply_texts
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("cases", "haochaping.web")
HERE: Final = "/console/cases/<public_id>"

DONE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "take_up": N_("已受理。"),
        "rectify": N_("已开始整改。"),
        "explain": N_("已转为解释说明。"),
        ANSWER: N_("答复已发给评价人。"),
        MESSAGE: N_("留言已发给评价人。"),
        "contact": N_("联系情况已登记。"),
        "triage": N_("难易已保存，期限已按规则计算。"),
        "transfer": N_("已转办。"),
        "appeal": N_("申诉已提交。"),
        "confirm": N_("已确认办结。"),
        "confirm_withdrawal": N_("已确认，工单办结。"),
        "send_back": N_("已退回重办。"),
        "reopen": N_("已重新打开。"),
        "endorse": N_("已同意，等第二人复核。"),
        "uphold": N_("申诉成立，评价作废。"),
        "reject": N_("申诉已驳回。"),
        VISITED: N_("回访已登记。"),
        ARRANGED: N_("约定已保存。"),
        "find": N_("认定已保存。"),
        "join": N_("会办任务已发出。"),
        "drop_partner": N_("会办已撤销。"),
        "partner_done": N_("会办结果已反馈牵头单位。"),
        "ask_extension": N_("延期申请已提交。"),
        "grant_extension": N_("已批准延期，期限已重新计算。"),
        "refuse_extension": N_("未批准延期，期限不变。"),
        "direct": N_("批示已保存。"),
        "evidence": N_("材料已保存。"),
        AUDIT: N_("复查结果已记录。"),
    }
)
"""What the page says after an action."""

_NEEDS: Final = {
    "reason": "note",
    "text": "text",
    "organization": "organization",
    "meet_at": "meet_at",
    "count": "count",
}
"""Which field a missing condition belongs to."""


@route(pages, HERE)
def show(public_id: str) -> str:
    """Show a case."""
    page = _page(public_id)
    done = DONE.get(request.args.get("done", ""), "")
    return _render(_with_reply_text(replace(page, done=_(done) if done else "")))


@route(pages, f"{HERE}/<action>", methods=("POST",))
def act(public_id: str, action: str) -> Response:
    """Carry out an action; what was typed is never lost when it is refused."""
    form = FORMS.get(action)
    if form is None:
        raise NotFound()
    values = {field.name: request.form.get(field.name, "") for field in form.fields}
    faults = missing(form, values)
    if faults:
        return _again(public_id, form, values, faults)
    try:
        _carry_out(public_id, action, values)
    except (CaseChanged, MoveRefused) as refusal:
        return _overtaken(public_id, form, values, refusal)
    except (NeedMissing, TextRefused, UnknownOrganization) as refusal:
        return _again(public_id, form, values, (_fault(form, refusal),))
    return make_response(redirect(_after(public_id, action), 303))


@route(pages, f"{HERE}/photos/<int:photo_id>")
def photo(public_id: str, photo_id: int) -> Response:
    """Give a photo of the rater's to who may see the case; that is noted."""
    with site().store.write() as conn:
        case = sight.look(conn, public_id, site().clock.now()).case
        return case_photos.given(conn, case_photos.owner_of(case), photo_id)


def _carry_out(public_id: str, action: str, values: Mapping[str, str]) -> None:
    with site().store.write() as conn:
        seen = sight.look(conn, public_id, site().clock.now())
        version = request.form.get("version", type=int) or 0
        key = request.form.get("key", "")[:40]
        carry_out(conn, seen.case, Asked(action, public_id, version, seen.actor, values, key))


def _after(public_id: str, action: str) -> str:
    """Return where to go: back to the case, or to the list when it is out of sight now."""
    with site().store.read() as conn:
        try:
            sight.look(conn, public_id, site().clock.now())
        except Problem:
            return "/console/cases"
    return f"/console/cases/{public_id}?done={action}"


def file_refused(public_id: str, refusal: Problem) -> Response:
    """Show the case with what is wrong with a file that was handed in."""
    fault = FieldFault("evidence-file", words(refusal.detail))
    return make_response(_render(replace(_page(public_id), faults=(fault,))), refusal.status)


def _page(public_id: str) -> CasePage:
    at = site().clock.now()
    with site().store.read() as conn:
        return case_page.build(conn, sight.look(conn, public_id, at), at)


def _again(
    public_id: str, form: Form, values: Mapping[str, str], faults: tuple[FieldFault, ...]
) -> Response:
    """Show the page again with what was typed and what is wrong with it."""
    page = _kept(_page(public_id), form, values, faults)
    return make_response(_render(replace(page, faults=faults)), 422)


def _overtaken(public_id: str, form: Form, values: Mapping[str, str], refusal: Problem) -> Response:
    """Show the case as it is now, beside what was typed, and say that it has changed."""
    page = _kept(_page(public_id), form, values, ())
    shown = replace(page, changed=words(refusal.detail))
    return make_response(_render(shown), refusal.status)


def _kept(
    page: CasePage, form: Form, values: Mapping[str, str], faults: tuple[FieldFault, ...]
) -> CasePage:
    filled = replace(with_values(form, values), faults=faults)
    forms = tuple(filled if one.action == form.action else one for one in page.forms)
    if filled in forms:
        return replace(page, forms=forms)
    typed = tuple((_(one.label), one.value) for one in filled.fields if one.value.strip())
    return replace(page, kept=typed)  # the action is gone: the words can still be copied


def _fault(form: Form, refusal: Problem) -> FieldFault:
    names = [field.name for field in form.fields]
    wish = _NEEDS.get(str(refusal.fields.get("need", "")), "")
    if isinstance(refusal, UnknownOrganization):
        wish = "organization"
    if isinstance(refusal, TextRefused):
        wish = "text"
    name = wish if wish in names else names[0] if names else "send"
    return FieldFault(form.id_of(name), words(refusal.detail))


def _with_reply_text(page: CasePage) -> CasePage:
    """Put the reply text that was asked for into the form of the reply."""
    chosen = {text.name: text for text in reply_texts()}.get(request.args.get("text", ""))
    if chosen is None:
        return page
    values = {"outcome": chosen.outcome, "text": chosen.text}
    forms = (with_values(one, values) if one.action == ANSWER else one for one in page.forms)
    return replace(page, forms=tuple(forms))


def _render(page: CasePage) -> str:
    return render_template("console/case.html", page=page, reply_texts=reply_texts())
