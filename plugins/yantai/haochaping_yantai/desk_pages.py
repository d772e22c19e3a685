"""The organizers' pages: plan, invite, check in, write down, answer, publish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import segno

from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping_yantai import diary, forms, guests, open_pages
from haochaping_yantai.diary import KINDS, MANAGE, STATES, Occasion
from haochaping_yantai.problems import REFUSALS, NoSuchEvent, NotNow

if TYPE_CHECKING:
    from haochaping_yantai.plugin import Yantai

HERE: Final = "/console/x/yantai/events"
MINUTES: Final = Words("会议纪要", "minutes")
OUTCOME: Final = Words("公布内容", "published text")
REASON: Final = Words("取消原因", "reason")
ANSWER: Final = Words("答复", "answer")

DONE: Final[Mapping[str, Words]] = {
    "plan": Words("已登记活动", "The event was added"),
    "change": Words("已修改", "Changed"),
    "open": Words("已开放报名，公众可以看到", "Registration is open and public"),
    "cancel": Words("已取消，公众页面写明原因", "Cancelled; the public page says why"),
    "invite": Words("已生成邀请", "Invitations were made"),
    "check_in": Words("已签到", "Checked in"),
    "hold": Words("已登记举办情况", "Recorded as held"),
    "opinion": Words("已记录意见", "The opinion was written down"),
    "answer": Words("已保存答复", "The answer was saved"),
    "publish": Words("已公布", "Published"),
}


def listing(plugin: Yantai, request: PageRequest) -> PageResponse:
    """Show the events of one's units."""
    rows = [_line(one) for one in plugin.diary.of_account(_account(request))]
    return PageResponse("yantai/desk.html", {"rows": rows, "here": HERE})


def new(plugin: Yantai, request: PageRequest) -> PageResponse:
    """Show the form of a new event, and take one in."""
    if request.method != "POST":
        return _form(plugin, request, {"kind": diary.SYMPOSIUM})
    try:
        plan = forms.plan(request.form, plugin.services.worktime.zone)
        number = plugin.diary.plan(plan, _account(request))
    except REFUSALS as refusal:
        return _form(plugin, request, request.form, refusal)
    return PageResponse(redirect=f"{HERE}/{number}?done=plan")


def change(plugin: Yantai, request: PageRequest) -> PageResponse:
    """Show an event's form, and take its changes in."""
    number = int(request.path["number"])
    found = plugin.diary.find(number, _account(request))
    if request.method != "POST":
        return _form(plugin, request, _typed(found.plan, plugin.services.worktime.zone))
    try:
        plan = forms.plan(request.form, plugin.services.worktime.zone)
        plugin.diary.change(number, plan, _account(request))
    except REFUSALS as refusal:
        return _form(plugin, request, request.form, refusal)
    return PageResponse(redirect=f"{HERE}/{number}?done=change")


def show(plugin: Yantai, request: PageRequest) -> PageResponse:
    """Show an event to its organizers, or take one step with it."""
    number, account = int(request.path["number"]), _account(request)
    if request.method != "POST":
        return _event(plugin, number, account, done=request.query.get("done", ""))
    step = _STEPS.get(request.form.get("action", ""))
    try:
        if step is None:
            raise NotNow
        step(plugin, number, account, request.form)
    except REFUSALS as refusal:
        if isinstance(refusal, NoSuchEvent):
            raise
        return _event(plugin, number, account, refusal=refusal, typed=request.form)
    return PageResponse(redirect=f"{HERE}/{number}?done={request.form['action']}")


def sheet(plugin: Yantai, request: PageRequest) -> PageResponse:
    """Show the sheet to print: QR code of registration and the invitations with their codes."""
    number, account = int(request.path["number"]), _account(request)
    found = plugin.diary.find(number, account)
    base = request.base_url.rstrip("/")
    invited = [one for one in plugin.guests.of_event(number, account) if one.invited]
    values = {
        **_line(found),
        "address": f"{base}{open_pages.HERE}/{found.code}",
        "qr": _qr(f"{base}{open_pages.HERE}/{found.code}"),
        "letters": [
            (one, _qr(f"{base}{open_pages.HERE}/registrations/{one.code}")) for one in invited
        ],
        "here": HERE,
    }
    return PageResponse("yantai/sheet.html", values)


def _event(
    plugin: Yantai,
    number: int,
    account: int,
    *,
    done: str = "",
    refusal: Problem | None = None,
    typed: Mapping[str, str] | None = None,
) -> PageResponse:
    found = plugin.diary.find(number, account)
    values = {
        **_line(found),
        "done": DONE.get(done),
        "refusal": None if refusal is None else refusal.detail,
        "typed": typed or {},
        "guests": plugin.guests.of_event(number, account),
        "guest_states": guests.STATES,
        "counts": plugin.guests.counts(number),
        "opinions": plugin.opinions.of_event(number),
        "topics": plugin.topics,
        "units": plugin.services.catalog.organizations(account, MANAGE),
        "begun": found.plan.starts_at <= plugin.services.now(),
        "here": HERE,
        "public": f"{open_pages.HERE}/{found.code}",
    }
    return PageResponse("yantai/desk_event.html", values, status=_status(refusal))


def _form(
    plugin: Yantai,
    request: PageRequest,
    typed: Mapping[str, str],
    refusal: Problem | None = None,
) -> PageResponse:
    values = {
        "kinds": KINDS,
        "units": plugin.services.catalog.organizations(_account(request), MANAGE),
        "typed": typed,
        "refusal": None if refusal is None else refusal.detail,
        "new": "number" not in request.path,
        "here": HERE,
    }
    return PageResponse("yantai/desk_form.html", values, status=_status(refusal))


def _typed(plan: diary.Plan, zone: Any) -> dict[str, str]:
    def local(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"

    return {
        "kind": plan.kind,
        "title": plan.title,
        "about": plan.about,
        "place": plan.place,
        "organization": str(plan.organization_id),
        "starts_at": local(plan.starts_at),
        "ends_at": local(plan.ends_at),
        "capacity": str(plan.capacity),
    }


def _line(one: Occasion) -> dict[str, Any]:
    return {
        "event": one,
        "kind": KINDS[one.plan.kind],
        "state": STATES[one.state],
        "href": f"{HERE}/{one.id}",
    }


def _qr(text: str) -> str:
    return str(segno.make(text, error="m").svg_inline(scale=4, border=4))


def _status(refusal: Problem | None) -> int:
    return 200 if refusal is None else refusal.status


def _account(request: PageRequest) -> int:
    if request.account_id is None:
        raise NoSuchEvent
    return request.account_id


Step = Callable[["Yantai", int, int, Mapping[str, str]], object]

_STEPS: Final[Mapping[str, Step]] = {
    "open": lambda plugin, number, who, form: plugin.diary.open(number, who),
    "cancel": lambda plugin, number, who, form: plugin.diary.cancel(
        number, who, forms.text(form, "reason", REASON)
    ),
    "invite": lambda plugin, number, who, form: plugin.guests.invite(
        number, forms.enterprises(form), who
    ),
    "check_in": lambda plugin, number, who, form: plugin.guests.check_in(
        number, form.get("code", ""), who
    ),
    "hold": lambda plugin, number, who, form: plugin.diary.hold(
        number, who, forms.text(form, "minutes", MINUTES)
    ),
    "opinion": lambda plugin, number, who, form: plugin.opinions.record(
        number, forms.said(form), who
    ),
    "answer": lambda plugin, number, who, form: plugin.opinions.answer(
        forms.whole(form.get("opinion", "")), forms.text(form, "answer", ANSWER), who
    ),
    "publish": lambda plugin, number, who, form: plugin.diary.publish(
        number, who, forms.text(form, "outcome", OUTCOME)
    ),
}
