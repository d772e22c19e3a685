"""Finding one's services by telephone: `/find`, and `/w/<window>` for the code on a window.

The number left with the case is proved by a code sent to it. What is found is listed and can
be rated there and then, one after another, each stored by itself; so an agent with many cases
rates them in one sitting. Nothing is found without proof, and the answers before it are alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy import Connection

from haochaping.access.persons import number
from haochaping.catalog import windows
from haochaping.evaluation import proofs
from haochaping.evaluation.invitations import qr_svg
from haochaping.evaluation.proofs import Found, NotProved, Scope, TooManyCodes
from haochaping.hooks.values import Channel, RaterRole
from haochaping.web import limits, tokens
from haochaping.web.citizen import choices
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.citizen.contexts import GradeChoice, ServiceSlip
from haochaping.web.citizen.sitting import SITTING, minted, sitting_of
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.frame import repost
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

VIA_WINDOW: Final = "window_qr"
VIA_PHONE: Final = "phone"
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_CASE_NO_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class AskPage:
    """The page that asks for the number; `place` names the window whose code was scanned."""

    place: str
    case_no: str
    with_case: bool
    mobile: str
    action: str
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class CodePage:
    """The page that asks for the code that was sent."""

    proof: str
    action: str
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A service that was found: to be rated here, or to be followed by its receipt."""

    slip: ServiceSlip
    rated: bool
    receipt: str
    action: str
    token: str
    agent: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """What was found."""

    services: tuple[Service, ...]
    choices: tuple[GradeChoice, ...]
    sitting: str
    waiting: int


@route(citizen, "/find")
def find() -> str:
    """Ask for the number left with the case."""
    return render_template("citizen/find_ask.html", page=_ask_page(""))


@route(citizen, "/find", methods=("POST",))
def found() -> Response:
    """Send a code, try one, or list what was found."""
    tokens.refuse_foreign_sites()
    step = request.form.get("step", "ask")
    if step == "list":
        return _listed(request.form.get(SITTING, ""))
    if step == "prove":
        return _prove(url_for("citizen.found"))
    case_no = request.form.get("case_no", "").strip()[:_CASE_NO_MAX]
    return _ask(Scope(case_no=case_no, since=_since()), "")


@route(citizen, "/w/<int:window>")
def at_window(window: int) -> str:
    """Ask for the number, at one window: its code only finds, it proves nothing."""
    return render_template("citizen/find_ask.html", page=_ask_page(_place(window), window))


@route(citizen, "/w/<int:window>", methods=("POST",))
def found_at_window(window: int) -> Response:
    """Send a code, or try one, for the services at one window."""
    tokens.refuse_foreign_sites()
    place = _place(window)
    if request.form.get("step") == "prove":
        return _prove(url_for("citizen.found_at_window", window=window))
    return _ask(Scope(window_id=window, since=_since()), place)


@route(citizen, "/w/<int:window>/qr.svg")
def window_qr(window: int) -> Response:
    """Draw the QR code to be put up at a window; it never changes."""
    _place(window)
    address = site().settings.base_url.rstrip("/") + url_for("citizen.at_window", window=window)
    return Response(qr_svg(address), mimetype="image/svg+xml")


def _ask(scope: Scope, place: str) -> Response:
    """Send a code if the number is one; the answer is the same whatever is known under it."""
    mobile = number(request.form.get("mobile", ""))[:20].removeprefix("+86")
    if not _MOBILE.fullmatch(mobile):
        return _ask_again(place, scope, _("手机号是 11 位数字，请核对"), 422)
    limits.spend(limits.CODES, limits.device())
    deployment = site()
    try:
        with deployment.store.write() as conn:
            proof_id = proofs.ask(conn, deployment.keyring, scope, mobile, deployment.clock.now())
    except TooManyCodes as refusal:
        return _ask_again(place, scope, words(refusal.detail), refusal.status)
    action = url_for("citizen.found") if not place else request.path
    page = CodePage(str(proof_id), action)
    return make_response(render_template("citizen/find_code.html", page=page))


def _ask_again(place: str, scope: Scope, said: str, status: int) -> Response:
    page = _ask_page(place, scope.window_id, FieldFault("mobile", said))
    return make_response(render_template("citizen/find_ask.html", page=page), status)


def _prove(action: str) -> Response:
    deployment, text = site(), request.form.get("proof", "")
    proof_id = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    limits.check_finding()
    with deployment.store.write() as conn:
        said = request.form.get("digits", "")[:20]
        fits = proofs.prove(conn, deployment.keyring, proof_id, said, deployment.clock.now())
    if fits:
        return _listed(minted(proof_id))
    limits.spend_finding()
    fault = FieldFault("digits", words(NotProved.title))
    page = CodePage(str(proof_id), action, (fault,))
    return make_response(render_template("citizen/find_code.html", page=page), 422)


def _listed(sitting: str) -> Response:
    proof_id, deployment = sitting_of(sitting), site()
    if proof_id is None:
        raise NotProved
    at = deployment.clock.now()
    with deployment.store.write() as conn:
        services = proofs.services(conn, proof_id, at, _since())
        rows = _services(conn, services, at)
    repost(url_for("citizen.found"), {"step": "list", SITTING: sitting})
    waiting = sum(not row.rated for row in rows)
    page = ListPage(rows, choices.plain_choices(), sitting, waiting)
    return make_response(render_template("citizen/find_list.html", page=page))


def _services(conn: Connection, services: tuple[Found, ...], at: datetime) -> tuple[Service, ...]:
    deployment = site()
    via = VIA_WINDOW if request.path.startswith("/w/") else VIA_PHONE
    unrated = [one.key for one in services if not one.rated]
    invited = deployment.invitations.issue_many(conn, unrated, at, via)
    return tuple(
        _service(one, invited[one.key].code if one.key in invited else "") for one in services
    )


def _service(one: Found, code: str) -> Service:
    deployment = site()
    form = deployment.intake.form(one.key, Channel.WEB)
    return Service(
        slip=choices.slip(form),
        rated=one.rated,
        receipt=one.receipt,
        action=f"{url_for('citizen.submit', code=code)}?from=web" if code else "",
        token=tokens.mint(deployment.keyring, code) if code else "",
        agent=one.agent and RaterRole.AGENT in deployment.intake.desk.rules.roles,
    )


def _ask_page(place: str, window: int | None = None, *faults: FieldFault) -> AskPage:
    posted = request.form
    return AskPage(
        place=place,
        case_no=posted.get("case_no", "")[:_CASE_NO_MAX],
        with_case=window is None,
        mobile=posted.get("mobile", "")[:20],
        action=request.path,
        faults=faults,
    )


def _place(window: int) -> str:
    """Return hall and window in words. Raises NotFound."""
    with site().store.read() as conn:
        found = windows.place_names(conn, window)
    if found is None:
        raise NotFound()
    return " ".join(words(one) for one in found)


def _since() -> datetime:
    """Return from when on services are found: as long as a link to rate them is good."""
    rules = site().intake.desk.rules
    return site().clock.now() - timedelta(days=rules.link_valid_days)
