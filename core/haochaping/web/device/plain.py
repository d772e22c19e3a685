"""The window screen for browsers that cannot run the other one: forms and reloads only.

A page reloads itself: at rest to look for a service, beside a service to warn after the
idle time and to go back to rest after the warning. Nothing is kept offline here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request, url_for

from haochaping.access.devices import Device
from haochaping.catalog import halls, windows
from haochaping.evaluation.problems import AlreadyRated, IdempotencyMismatch, InvalidEvaluation
from haochaping.hooks.values import Channel
from haochaping.problems import Problem
from haochaping.store import StoreUnavailable
from haochaping.web import limits, tokens
from haochaping.web.citizen import choices
from haochaping.web.citizen.contexts import Fact, ReasonForm
from haochaping.web.codes import grouped
from haochaping.web.device import asking, door
from haochaping.web.device.blueprint import device
from haochaping.web.device.contexts import PlainPage
from haochaping.web.device.screen import key_page, notice, of_cookie
from haochaping.web.forms import FieldFault
from haochaping.web.i18n import words
from haochaping.web.routes import route
from haochaping.web.site import site

LOOK_SECONDS: Final = 5
THANKS_SECONDS: Final = 4
_OVER: Final = (AlreadyRated, IdempotencyMismatch)


@route(device, "/device/<int:device_id>/plain")
def plain(device_id: int) -> str:
    """Show the screen's present state: at rest, a service to rate, or the warning."""
    found = of_cookie(device_id)
    if found is None:
        return key_page(device_id)
    if "privacy" in request.args:
        return _shown(found, "privacy", next_after=_idle(), next=_rest(found), privacy=notice())
    door.heard_of(site(), found)
    service = door.offered(site(), found)
    over = request.args.get("over", "")
    if service is None or (over == service["service"] and "warned" in request.args):
        return _shown(found, "idle", next_after=LOOK_SECONDS, next=_gone(found, over))
    if over == service["service"]:
        return _warning(found, over)
    return _choosing(found, service)


@route(device, "/device/<int:device_id>/plain", methods=("POST",))
def rate_plainly(device_id: int) -> Response:
    """Take a rating in; a bad grade is first asked for its reasons."""
    limits.spend(limits.RATE, asking.subject(device_id))
    tokens.refuse_foreign_sites()
    found, keyring = asking.own(device_id), site().keyring
    code, grade = request.form.get("code", ""), request.form.get("grade", "")
    key = tokens.idempotency_key(keyring, code, request.form.get("token", ""))
    asked = grade.isdigit() and choices.is_bad(int(grade))
    if asked and "confirm" not in request.form:
        return make_response(_reasons(found, code, grade))
    options = choices.posted_options(request.form)
    text = request.form.get("text", "")
    said = {"code": code, "key": key, "grade": grade, "options": options, "text": text}
    return _taken(found, said)


def _taken(found: Device, said: dict[str, Any]) -> Response:
    try:
        receipt = door.rate(site(), found, said)
    except InvalidEvaluation as problem:
        return make_response(
            _reasons(found, said["code"], said["grade"], *choices.faults_of(problem)), 422
        )
    except _OVER:
        return make_response(_shown(found, "idle", next_after=1, next=_rest(found)), 409)
    except StoreUnavailable as problem:
        return _failed(found, problem)
    code = grouped(receipt.code)
    ending = _rest(found)
    return make_response(
        _shown(found, "thanks", next_after=THANKS_SECONDS, next=ending, receipt=code), 201
    )


def _choosing(found: Device, service: dict[str, Any]) -> str:
    rules = site().profile.rules.channels.device
    return _shown(
        found,
        "choose",
        next_after=rules.idle_seconds,
        next=_rest(found, service["service"]),
        fields=tuple(Fact(one["label"], one["value"]) for one in service["fields"]),
        choices=choices.plain_choices(),
        hidden=_hidden(service["code"]),
    )


def _idle() -> int:
    return site().profile.rules.channels.device.idle_seconds


def _warning(found: Device, over: str) -> str:
    seconds = site().profile.rules.channels.device.warning_seconds
    return _shown(found, "warn", next_after=seconds, next=_gone(found, over))


def _reasons(found: Device, code: str, grade: str, *faults: FieldFault) -> str:
    form = _reason_form(code, grade, faults)
    hidden = {**_hidden(code, request.form.get("token", "")), "grade": grade}
    return _shown(found, "reasons", next_after=120, next=_rest(found), form=form, hidden=hidden)


def _reason_form(code: str, grade: str, faults: tuple[FieldFault, ...]) -> ReasonForm:
    """Return the reasons of a grade. Raises BadLink when the code was not made here."""
    form = site().intake.form(code, Channel.WINDOW_DEVICE)
    choice = choices.choice_of(form, grade)
    if choice is None:
        return replace(choices.plain_reasons(form.choices[-1].grade), faults=faults)
    return choices.reason_form(form, choice, request.form, faults)


def _failed(found: Device, problem: Problem) -> Response:
    return make_response(_shown(found, "failed", next_after=0), problem.status)


def _hidden(code: str, token: str = "") -> dict[str, str]:
    return {"code": code, "token": token or tokens.mint(site().keyring, code)}


def _rest(found: Device, over: str = "") -> str:
    return f"{_here(found)}?{urlencode({'over': over})}"


def _gone(found: Device, over: str) -> str:
    """Return where a service that had its turn, warning and all, is not shown again."""
    return f"{_rest(found, over)}&warned=1"


def _here(found: Device) -> str:
    return url_for("device.plain", device_id=found.id)


def _shown(found: Device, state: str, **values: Any) -> str:
    with site().store.read() as conn:
        window, hall = windows.get(conn, found.window_id), halls.get(conn, found.hall_id)
    names = words(window.name) if window else "", words(hall.name) if hall else ""
    page = PlainPage(state, *names, _here(found), **values)
    return render_template("device/plain.html", page=page)
