"""The public pages: events, registration, what came of them, the calendar feed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping_yantai import diary, forms, guests, statistics
from haochaping_yantai.diary import KINDS, STATES, Occasion
from haochaping_yantai.problems import REFUSALS

if TYPE_CHECKING:
    from haochaping_yantai.plugin import Yantai

HERE: Final = "/x/yantai/events"
TITLE: Final = Words("座谈会与开放日", "Symposia and open days")


def listing(plugin: Yantai, request: PageRequest) -> PageResponse:
    """Show the events to come and those that were held, and the figures of the year."""
    found = plugin.diary.public()
    now = plugin.services.now()
    zone = plugin.services.worktime.zone
    coming = [one for one in found if one.plan.ends_at > now and one.state != diary.CANCELLED]
    values = {
        "coming": [_line(one) for one in reversed(coming)],
        "past": [_line(one) for one in found if one not in coming],
        "year": statistics.of_year(plugin.services, now.astimezone(zone).year, zone),
    }
    return PageResponse("yantai/events.html", values)


def show(plugin: Yantai, request: PageRequest) -> PageResponse:
    """Show an event with what came of it, or take a registration in."""
    occasion = plugin.diary.by_code(request.path["code"])
    if request.method != "POST":
        return _event(plugin, occasion, {})
    try:
        found = plugin.guests.register(occasion, forms.caller(request.form, occasion.plan.kind))
    except REFUSALS as refusal:
        return _event(plugin, occasion, request.form, refusal)
    return PageResponse(redirect=f"{HERE}/registrations/{found.code}?done=registered")


def registration(plugin: Yantai, request: PageRequest) -> PageResponse:
    """Show a registration to whoever holds its code; take up an invitation, or free a seat."""
    code = request.path["code"]
    if request.method != "POST":
        return _registration(plugin, code, request.query.get("done", ""), {})
    cancels = request.form.get("action") == "cancel"
    try:
        if cancels:
            plugin.guests.cancel(code)
        else:
            kind = plugin.guests.find(code)[1].plan.kind
            plugin.guests.accept(code, forms.caller(request.form, kind))
    except REFUSALS as refusal:
        return _registration(plugin, code, "", request.form, refusal)
    done = "cancelled" if cancels else "registered"
    return PageResponse(redirect=f"{HERE}/registrations/{code}?done={done}")


def calendar(plugin: Yantai, request: PageRequest) -> PageResponse:
    """Answer the calendar feed."""
    from haochaping_yantai import feed

    zone = plugin.services.worktime.zone
    body = feed.calendar(plugin.diary.public(), title=TITLE, language=request.language, zone=zone)
    return PageResponse(body=body, content_type="text/calendar; charset=utf-8")


def _event(
    plugin: Yantai,
    occasion: Occasion,
    typed: Mapping[str, str],
    refusal: Problem | None = None,
) -> PageResponse:
    counts = plugin.guests.counts(occasion.id)
    taken = counts.get(guests.REGISTERED, 0) + counts.get(guests.CAME, 0)
    published = occasion.state == diary.PUBLISHED
    values = {
        **_line(occasion),
        "typed": typed,
        "refusal": None if refusal is None else refusal.detail,
        "may_register": occasion.state == diary.OPEN
        and occasion.plan.starts_at > plugin.services.now(),
        "left": max(0, occasion.plan.capacity - taken),
        "came": counts.get(guests.CAME, 0),
        "opinions": plugin.opinions.of_event(occasion.id) if published else (),
        "topics": plugin.topics,
        "contact_days": plugin.contact_days,
    }
    return PageResponse("yantai/event.html", values, status=_status(refusal))


def _registration(
    plugin: Yantai,
    code: str,
    done: str,
    typed: Mapping[str, str],
    refusal: Problem | None = None,
) -> PageResponse:
    found, occasion = plugin.guests.find(code)
    starts = occasion.plan.starts_at
    values = {
        **_line(occasion),
        "guest": found,
        "guest_state": guests.STATES[found.state],
        "done": done,
        "typed": typed,
        "refusal": None if refusal is None else refusal.detail,
        "invited": found.state == guests.INVITED,
        "may_cancel": found.state in (guests.REGISTERED, guests.WAITING),
        "open": occasion.state == diary.OPEN and starts > plugin.services.now(),
        "contact_days": plugin.contact_days,
    }
    return PageResponse("yantai/registration.html", values, status=_status(refusal))


def _line(one: Occasion) -> dict[str, Any]:
    return {
        "event": one,
        "kind": KINDS[one.plan.kind],
        "state": STATES[one.state],
        "href": f"{HERE}/{one.code}",
    }


def _status(refusal: Problem | None) -> int:
    return 200 if refusal is None else refusal.status
