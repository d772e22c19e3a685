"""The window screen: `/device/<id>` with its key entered once.

The key lives in an http-only cookie of this path (or comes as `Authorization: Bearer`).
The page says the same to everybody at the window, so a device may keep it and open it
while the line is down.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Final

from flask import Response, make_response, redirect, render_template, request, url_for

from haochaping.access.devices import Device
from haochaping.catalog import halls, windows
from haochaping.evaluation.invitations import qr_svg
from haochaping.evaluation.notice import version
from haochaping.indicators.scale import GRADES
from haochaping.web import headers, limits, tokens
from haochaping.web.citizen import choices
from haochaping.web.device import asking, door
from haochaping.web.device.blueprint import device
from haochaping.web.device.contexts import DeviceNotice, KeyPage, ScreenPage
from haochaping.web.device.shell import KEPT_HEADER
from haochaping.web.forms import FieldFault
from haochaping.web.guard import DEVICE_COOKIE, bearer, find_device, secure
from haochaping.web.i18n import _, catalogues, language, words
from haochaping.web.routes import route
from haochaping.web.site import site

YEAR_SECONDS: Final = 365 * 24 * 3600


@route(device, "/device/<int:device_id>")
def screen(device_id: int) -> Response | str:
    """Show the window screen, or ask for the device's key."""
    found = of_cookie(device_id)
    if found is None:
        return key_page(device_id)
    line = site().settings.line_url.rstrip("/")
    headers.allow_connections(line)
    page = _screen(found, f"{line}/device/{device_id}/events")
    response = make_response(render_template("device/screen.html", page=page))
    response.headers[KEPT_HEADER] = "1"
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@route(device, "/device/<int:device_id>/key", methods=("POST",))
def log_in(device_id: int) -> Response:
    """Take the device's key and keep it in this browser."""
    limits.check(limits.DEVICE_KEY)
    tokens.refuse_foreign_sites()
    key = request.form.get("key", "").strip()
    found = find_device(key)
    if found is None or found.id != device_id:
        limits.spend(limits.DEVICE_KEY)
        fault = FieldFault("key", _("密钥不正确，或不是这台设备的密钥"))
        return make_response(key_page(device_id, fault), 401)
    response = make_response(redirect(url_for("device.screen", device_id=device_id), 303))
    response.set_cookie(
        DEVICE_COOKIE, key, max_age=YEAR_SECONDS, httponly=True, samesite="Strict",
        secure=secure(), path="/device/",
    )  # fmt: skip
    return response


@route(device, "/device/<int:device_id>/health")
def health(device_id: int) -> str:
    """Show whoever looks after the device how it is: line, queue, refusals, storage."""
    found = asking.own(device_id)
    return render_template("device/health.html", page=_screen(found, ""))


def of_cookie(device_id: int) -> Device | None:
    """Return the device whose key this browser holds, None when it is not this one."""
    found = find_device(bearer() or request.cookies.get(DEVICE_COOKIE, ""))
    return found if found is not None and found.id == device_id else None


def key_page(device_id: int, *faults: FieldFault) -> str:
    """Return the page on which a device's key is entered."""
    action = url_for("device.log_in", device_id=device_id)
    return render_template("device/key.html", page=KeyPage(action, faults=faults))


def _screen(found: Device, line: str) -> ScreenPage:
    rules = site().profile.rules.channels.device
    with site().store.read() as conn:
        window = windows.get(conn, found.window_id)
        hall = halls.get(conn, found.hall_id)
    here = url_for("device.screen", device_id=found.id)
    default = catalogues().default
    key, pad = door.queue_key(site()), rules.keypad
    return ScreenPage(
        device=str(found.id),
        hall=words(hall.name) if hall else "",
        window=words(window.name) if window else "",
        token=tokens.steady(site().keyring, asking.subject(found.id)),
        line=line,
        home="" if language() == default else f"{here}?lang={default}",
        idle_seconds=rules.idle_seconds,
        warning_seconds=rules.warning_seconds,
        choices=choices.plain_choices(),
        forms=tuple(choices.plain_reasons(grade) for grade in GRADES if choices.is_bad(grade)),
        voice=rules.voice,
        keypad=json.dumps({**dict(zip(pad.grades, range(1, 6), strict=True)), pad.later: 0}),
        keys_shown=tuple(pad.grades) if pad.shown else (),
        queue_key=key["id"],
        queue_point=key["public"],
        privacy=notice(),
    )


def notice() -> DeviceNotice:
    """Return the privacy notice in short, as a window screen shows it."""
    rules = site().profile.rules.privacy
    return DeviceNotice(
        controller=words(rules.controller),
        contact=words(rules.contact),
        version=version(rules),
        qr=_qr(site().settings.base_url.rstrip("/") + url_for("citizen.privacy")),
    )


@cache
def _qr(address: str) -> str:
    return qr_svg(address)
