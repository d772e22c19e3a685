"""The hotline: an operator finds the service, reads the script, enters what the rater says.

A telephone number is only ever posted, never part of an address, and every look-up by
number is journalled with its count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from haochaping.catalog import service_lists
from haochaping.channels import calls
from haochaping.evaluation import targets
from haochaping.evaluation.forms import Form
from haochaping.evaluation.invitations import SHORT_DIGITS
from haochaping.evaluation.problems import (
    AlreadyRated,
    BadLink,
    IdempotencyMismatch,
    InvalidEvaluation,
    LinkExpired,
    UnknownOccurrence,
)
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.targets import Target
from haochaping.hooks.values import Channel, OccurrenceKey
from haochaping.journal import Event
from haochaping.web import formats, limits, tokens
from haochaping.web.citizen import choices
from haochaping.web.codes import grouped
from haochaping.web.console import hotline_call, reach, service_card
from haochaping.web.console.hotline_call import CallPage
from haochaping.web.console.service_card import ServiceCard
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.limits import Limit
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("hotline", "haochaping.web")
HERE: Final = "/console/hotline"
PERMISSION: Final = "rating.hotline"
LOOK_UP: Final = Limit("hotline", per_minute=20, burst=40)
"""Look-ups of one operator: a call takes longer than three seconds."""
_PHONE: Final = range(7, 13)
"""How many digits a telephone number may have."""


@dataclass(frozen=True, slots=True)
class FindPage:
    """The search: what was typed, what was found, what was wrong."""

    wanted: str = ""
    services: tuple[ServiceCard, ...] = ()
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedPage:
    """What to read aloud at the end of a call."""

    receipt: str
    until: str
    notice: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call about one service."""

    key: OccurrenceKey
    target: Target
    form: Form

    @property
    def subject(self) -> str:
        """What the form's token is bound to."""
        return f"hotline:{reach.key_text(self.key)}:{principal().account_id}"


@route(pages, HERE)
def find() -> str:
    """Ask for a serial number, short code or telephone number."""
    return render_template("console/hotline_find.html", page=FindPage())


@route(pages, HERE, methods=("POST",))
def look_up() -> Response:
    """Find services; a single unrated one is opened at once."""
    limits.spend(LOOK_UP, str(principal().account_id))
    wanted = " ".join(request.form.get("wanted", "").split())[:64]
    with site().store.write() as conn:
        found = tuple(service_card.card(each) for each in _found(conn, wanted))
    unrated = [one for one in found if not one.rated]
    if len(found) == 1 and unrated:
        return make_response(redirect(f"{HERE}/{found[0].address}", 303))
    faults = () if found else (FieldFault("wanted", _nothing(wanted)),)
    page = FindPage(wanted, found, faults)
    return make_response(
        render_template("console/hotline_find.html", page=page), 200 if found else 404
    )


@route(pages, f"{HERE}/calls/<call_id>")
def popped(call_id: str) -> Response:
    """Open the service of a call that the call platform reported, its recording filled in."""
    with site().store.read() as conn:
        found = calls.latest(conn, call_id[:64])
        if found is None or not reach.reaches(conn, PERMISSION, found.key):
            raise UnknownOccurrence
    call = _call(reach.key_text(found.key))
    if call.target.rated_id is not None:
        return make_response(redirect(HERE, 303))
    known = MultiDict({"recording": found.recording})
    token = tokens.mint(site().keyring, call.subject)
    return _page(hotline_call.grade_page(call.form, call.target, known, token))


@route(pages, f"{HERE}/<service>", methods=("GET", "POST"))
def rate(service: str) -> Response:
    """Go through the call step by step; nothing is stored before it was read back."""
    call = _call(service)
    if call.target.rated_id is not None and request.method == "GET":
        return make_response(redirect(HERE, 303))
    take = _STEPS.get(request.form.get("step", ""), _ask_grade)
    return take(call)


def _ask_grade(call: Call) -> Response:
    return _page(_grades(call))


def _grades(call: Call) -> CallPage:
    token = request.form.get("token") or tokens.mint(site().keyring, call.subject)
    return hotline_call.grade_page(call.form, call.target, request.form, token)


def _correct(call: Call) -> Response:
    """Go back from reading aloud to what was entered."""
    choice = choices.choice_of(call.form, request.form.get("grade", ""))
    if choice is None or not choices.is_bad(choice.grade):
        return _ask_grade(call)
    return _page(hotline_call.reasons_page(call.form, call.target, request.form))


def _after_grade(call: Call) -> Response:
    fault = hotline_call.caller_fault(request.form) or hotline_call.recording_fault(
        request.form.get("recording", "").strip()
    )
    if fault is not None:
        return _page(replace(_grades(call), faults=(fault,)), 422)
    choice = choices.choice_of(call.form, request.form.get("grade", ""))
    if choice is None or choices.is_bad(choice.grade):
        page = hotline_call.reasons_page(call.form, call.target, request.form)
        return _page(page, 422 if page.faults else 200)
    return _page(hotline_call.read_back_page(call.form, call.target, request.form))


def _check(call: Call) -> Response:
    """Read back what was entered, or say what is missing."""
    said = choices.posted_options(request.form) or request.form.get("text", "").strip()
    choice = choices.choice_of(call.form, request.form.get("grade", ""))
    if choice is not None and choice.needs_reason and not said:
        fault = FieldFault("options", _("请至少选一个原因，或记下评价人的话"))
        return _page(hotline_call.reasons_page(call.form, call.target, request.form, [fault]), 422)
    return _page(hotline_call.read_back_page(call.form, call.target, request.form))


def _save(call: Call) -> Response:
    fault = hotline_call.caller_fault(request.form) or hotline_call.recording_fault(
        request.form.get("recording", "").strip()
    )
    if fault is not None:
        return _page(replace(_grades(call), faults=(fault,)), 422)
    deployment, token = site(), request.form.get("token", "")
    key = tokens.idempotency_key(deployment.keyring, call.subject, token)
    try:
        receipt = deployment.intake.submit(hotline_call.draft(call.key, request.form, key))
    except InvalidEvaluation as problem:
        faults = choices.faults_of(problem)
        return _page(hotline_call.reasons_page(call.form, call.target, request.form, faults), 422)
    except (AlreadyRated, IdempotencyMismatch) as problem:
        page = FindPage(faults=(FieldFault("wanted", words(problem.detail)),))
        return make_response(render_template("console/hotline_find.html", page=page), 409)
    _note(receipt)
    return make_response(render_template("console/hotline_saved.html", page=_saved(receipt)))


def _note(receipt: Receipt) -> None:
    """Journal who entered the rating and the number of its recording."""
    key, at = receipt.evaluation, site().clock.now()
    subject = f"evaluation:{key.region}:{key.served_month}:{key.id}"
    told = {"by": principal().account_id, "recording": request.form.get("recording", "").strip()}
    with site().store.write() as conn:
        site().journal.emit(conn, Event("rating.entered", subject, told, key.region), at)


def _saved(receipt: Receipt) -> SavedPage:
    return SavedPage(
        grouped(receipt.code), formats.bound(receipt.changeable_until), words(receipt.notice)
    )


def _call(service: str) -> Call:
    key = reach.key_of(service)
    with site().store.read() as conn:
        target = service_card.load(conn, PERMISSION, key)
    return Call(key, target, site().intake.form(key, Channel.HOTLINE))


def _found(conn: Connection, wanted: str) -> list[Target]:
    keys = service_lists.of_case(conn, wanted) or _by_short_code(conn, wanted)
    if not keys:
        keys = _by_mobile(conn, wanted)
    reached = [key for key in keys if reach.reaches(conn, PERMISSION, key)]
    found = (targets.find(conn, key) for key in reached)
    return [each for each in found if each is not None]


def _by_short_code(conn: Connection, wanted: str) -> tuple[OccurrenceKey, ...]:
    digits = _digits(wanted)
    if len(digits) != SHORT_DIGITS:
        return ()
    try:
        return (site().invitations.resolve_short(conn, digits, site().clock.now()),)
    except (BadLink, LinkExpired):
        return ()


def _by_mobile(conn: Connection, wanted: str) -> tuple[OccurrenceKey, ...]:
    digits = _digits(wanted)
    if len(digits) not in _PHONE:
        return ()
    who, at = principal().account_id, site().clock.now()
    keys = service_lists.of_persons(conn, site().vault.by_mobile(conn, digits))
    told = {"by": who, "found": len(keys)}
    site().journal.emit(conn, Event("rating.looked_up", f"account:{who}", told), at)
    return keys


def _digits(wanted: str) -> str:
    plain = wanted.replace(" ", "").replace("-", "")
    return plain if plain.isascii() and plain.isdigit() else ""


def _nothing(wanted: str) -> str:
    if not wanted:
        return _("请输入办件编号、12 位短码或办事时登记的电话")
    return _("没有找到可以评价的服务。请核对号码，或换办件编号、短码、登记电话再查")


def _page(page: CallPage, status: int = 200) -> Response:
    return make_response(render_template("console/hotline_call.html", page=page), status)


_STEPS: Final[Mapping[str, Callable[[Call], Response]]] = MappingProxyType(
    {"grade": _after_grade, "reasons": _check, "correct": _correct, "save": _save}
)
