"""The window screen: `/device/<id>` with its key entered once, then what it asks for.

The key lives in an http-only cookie of this path (or comes as `Authorization: Bearer`).
Answers to a rating are alike whatever the grade: the same words, the same length.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for

from haochaping.access import devices
from haochaping.access.bearer import KeyRefused
from haochaping.access.devices import Device, Report
from haochaping.catalog import halls, occurrences, windows
from haochaping.evaluation.forms import Form
from haochaping.evaluation.invitations import Inviter
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity, OccurrenceKey
from haochaping.indicators.scale import GRADES
from haochaping.web import headers, limits, tokens
from haochaping.web.citizen import choices
from haochaping.web.codes import grouped
from haochaping.web.device.blueprint import device
from haochaping.web.device.contexts import KeyPage, ScreenPage
from haochaping.web.errors import BadRequest
from haochaping.web.forms import FieldFault
from haochaping.web.guard import DEVICE_COOKIE, bearer, current_device, find_device, secure
from haochaping.web.i18n import _, catalogues, language, words
from haochaping.web.routes import route
from haochaping.web.site import site

YEAR_SECONDS: Final = 365 * 24 * 3600
TOKEN_HEADER: Final = "X-Form-Token"
VIA: Final = "window_device"


@route(device, "/device/<int:device_id>")
def screen(device_id: int) -> Response | str:
    """Show the window screen, or ask for the device's key."""
    found = find_device(bearer() or request.cookies.get(DEVICE_COOKIE, ""))
    if found is None or found.id != device_id:
        return render_template("device/key.html", page=KeyPage(_log_in_address(device_id)))
    line = site().settings.line_url.rstrip("/")
    headers.allow_connections(line)
    page = _screen(found, f"{line}/device/{device_id}/events")
    return render_template("device/screen.html", page=page)


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
        page = KeyPage(_log_in_address(device_id), faults=(fault,))
        return make_response(render_template("device/key.html", page=page), 401)
    response = make_response(redirect(url_for("device.screen", device_id=device_id), 303))
    response.set_cookie(
        DEVICE_COOKIE, key, max_age=YEAR_SECONDS, httponly=True, samesite="Strict",
        secure=secure(), path="/device/",
    )  # fmt: skip
    return response


@route(device, "/device/<int:device_id>/next")
def next_service(device_id: int) -> Response:
    """Return the service that was received here just now and can be rated, or 204."""
    found = _own(device_id)
    deployment = site()
    now = deployment.clock.now()
    _heard_of(found, now)
    within = deployment.profile.rules.channels.device.wake_within_minutes
    with deployment.store.read() as conn:
        key = occurrences.latest_at_window(conn, found.window_id, now - timedelta(minutes=within))
    form = None if key is None else deployment.intake.form(key, Channel.WINDOW_DEVICE)
    if key is None or form is None or form.rated:
        return Response(status=204)
    return jsonify(_service(form, key, now))


@route(device, "/device/<int:device_id>/rate", methods=("POST",))
def rate(device_id: int) -> Response:
    """Take in the rating that was given on the screen."""
    limits.spend(limits.RATE, _subject(device_id))
    found, said = _own(device_id), request.get_json(silent=True)
    tokens.idempotency_key(
        site().keyring, _subject(device_id), request.headers.get(TOKEN_HEADER, "")
    )
    if not isinstance(said, dict) or not all(isinstance(said.get(n), str) for n in ("code", "key")):
        raise BadRequest()
    receipt = site().intake.submit(_draft(found, said))
    return make_response(jsonify(receipt=grouped(receipt.code)), 201)


def _screen(found: Device, line: str) -> ScreenPage:
    rules = site().profile.rules.channels.device
    with site().store.read() as conn:
        window = windows.get(conn, found.window_id)
        hall = halls.get(conn, found.hall_id)
    here = url_for("device.screen", device_id=found.id)
    default = catalogues().default
    return ScreenPage(
        device=str(found.id),
        hall=words(hall.name) if hall else "",
        window=words(window.name) if window else "",
        token=tokens.mint(site().keyring, _subject(found.id)),
        line=line,
        home="" if language() == default else f"{here}?lang={default}",
        idle_seconds=rules.idle_seconds,
        warning_seconds=rules.warning_seconds,
        choices=choices.plain_choices(),
        forms=tuple(choices.plain_reasons(grade) for grade in GRADES if choices.is_bad(grade)),
    )


def _service(form: Form, key: OccurrenceKey, now: datetime) -> dict[str, Any]:
    desk = site().intake.desk
    with site().store.write() as conn:
        invitation = Inviter(desk.signer, desk.rules).issue(conn, key, now, VIA)
    wanted = site().profile.rules.channels.device.fields
    shown = [fact for name, fact in choices.facts_of(form) if name in wanted or name not in _OWN]
    return {
        "code": invitation.code,
        "key": tokens.mint(site().keyring, invitation.code).partition(".")[0],
        "service": f"{key.region}-{key.served_month}-{key.id}",
        "short": grouped(invitation.short_code),
        "fields": [{"label": fact.label, "value": fact.value} for fact in shown],
        "questions": [asdict(choices.asked(question)) for question in form.questions],
    }


def _draft(found: Device, said: dict[str, Any]) -> Draft:
    return Draft(
        occurrence=said["code"],
        grade=said.get("grade"),
        options=said.get("options") or (),
        text=said.get("text") or "",
        idempotency_key=said["key"],
        client=f"device:{found.id}",
        channel=Channel.WINDOW_DEVICE,
        identity=_identity(),
        submitted_at=_moment(said.get("submitted_at")),
    )


def _identity() -> Identity:
    """Who was just served at the window is presumed to be the applicant."""
    accepted = site().intake.desk.rules.identities
    return Identity.PRESUMED if Identity.PRESUMED in accepted else Identity.ANONYMOUS


def _moment(value: object) -> datetime | None:
    """Return the device's own time; anything unreadable is no time at all."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _own(device_id: int) -> Device:
    found = current_device()
    if found.id != device_id:
        raise KeyRefused()
    return found


def _heard_of(found: Device, now: datetime) -> None:
    if found.seen_at is None or now - found.seen_at >= timedelta(seconds=60):
        with site().store.write() as conn:
            devices.seen(conn, found, Report(), now)


def _subject(device_id: int) -> str:
    return f"device:{device_id}"


def _log_in_address(device_id: int) -> str:
    return url_for("device.log_in", device_id=device_id)


_OWN: Final = frozenset({"item", "serial", "date", "hall", "window", "staff"})
"""Fields of the core; the profile says which of them the screen shows."""
