"""The window: one key opens a service that has no case number, to be rated by its visitor.

Nothing of the rating ever comes back here: whoever serves learns at most that it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection

from haochaping.access import recording
from haochaping.access.recording import WindowChoice
from haochaping.catalog import occurrences
from haochaping.catalog.occurrences import WindowKind
from haochaping.evaluation.forms import Links, receipt_for
from haochaping.evaluation.invitations import Invitation, qr_svg
from haochaping.evaluation.problems import BadLink, LinkExpired, UnknownOccurrence
from haochaping.hooks.evaluation import ReceiptBlock
from haochaping.hooks.values import OccurrenceKey
from haochaping.messages import N_
from haochaping.web import formats, receipts
from haochaping.web.codes import grouped
from haochaping.web.console import reach
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("window", "haochaping.web")
HERE: Final = "/console/window"
RECEIPT: Final = "/console/receipt"
VIA: Final = "window_key"

KINDS: Final[Mapping[WindowKind, str]] = MappingProxyType(
    {"consultation": N_("业务咨询"), "guided": N_("引导至其他部门")}
)
"""What one key opens."""


@dataclass(frozen=True, slots=True)
class WindowPage:
    """The keys, and the windows they may be pressed for."""

    windows: tuple[WindowChoice, ...]
    chosen: WindowChoice | None
    kinds: tuple[tuple[str, str], ...]
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class CodePage:
    """The service that was opened, as its visitor rates it: code, QR, paper receipt."""

    kind: str
    where: str
    short_code: str
    until: str
    drawing: Markup
    receipt: str
    again: str


@route(pages, HERE)
def keys() -> str:
    """Show the two keys."""
    with site().store.read() as conn:
        page = _keys_page(conn)
    return render_template("console/window.html", page=page)


@route(pages, HERE, methods=("POST",))
def open_service() -> Response:
    """Open a service at a window and show its code."""
    kind, window_id = request.form.get("kind", ""), request.form.get("window", type=int) or 0
    named: Mapping[str, WindowKind] = {str(one): one for one in KINDS}
    if kind not in named:
        raise NotFound()
    deployment, at = site(), site().clock.now()
    with deployment.store.write() as conn:
        if recording.window_of(conn, principal(), window_id) is None:
            fault = FieldFault("window", _("请选择您可以登记服务的窗口"))
            page = _keys_page(conn, fault)
            return make_response(render_template("console/window.html", page=page), 422)
        key = occurrences.open_at_window(
            conn, deployment.journal.emit, at, window_id, named[kind], zone=deployment.zone
        )
        deployment.invitations.issue(conn, key, at, VIA)
    return make_response(redirect(f"{HERE}/{reach.key_text(key)}", 303))


@route(pages, f"{HERE}/<service>")
def code(service: str) -> str:
    """Show short code and QR code of a service to be rated."""
    key = reach.key_of(service)
    with site().store.write() as conn:
        invitation = _invitation(conn, key)
        found = occurrences.load(conn, key)
    kinds = {str(kind): _(name) for kind, name in KINDS.items()}
    window = found.window
    page = CodePage(
        kind=kinds.get(found.stage, words(found.item.name) if found.item else _("政务服务事项")),
        where=words(window.name) if window else "",
        short_code=grouped(invitation.short_code),
        until=formats.day(invitation.last_day),
        drawing=Markup(qr_svg(_address(invitation))),  # our own drawing of our own address
        receipt=f"{RECEIPT}/{invitation.short_code}",
        again=f"{HERE}?window={window.id}" if window else HERE,
    )
    return render_template("console/window_code.html", page=page)


@route(pages, f"{RECEIPT}/<short>", "receipt")
def print_page(short: str) -> str:
    """Show the receipt of a short code as a page of 80 mm."""
    return receipts.page(_blocks(short))


@route(pages, f"{RECEIPT}/<short>/escpos", "escpos")
def printer_bytes(short: str) -> Response:
    """Give the receipt as bytes for a receipt printer."""
    response = Response(receipts.to_printer(_blocks(short)), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{short[-4:]}.bin"'
    return response


def _keys_page(conn: Connection, *faults: FieldFault) -> WindowPage:
    found = recording.windows(conn, principal())
    wish = request.values.get("window", type=int)
    chosen = next((one for one in found if one.id == wish), None)
    kinds = tuple((str(kind), _(name)) for kind, name in KINDS.items())
    only = found[0] if len(found) == 1 else None
    return WindowPage(found, chosen or only, kinds, faults)


def _blocks(short: str) -> tuple[ReceiptBlock, ...]:
    deployment, at = site(), site().clock.now()
    with deployment.store.write() as conn:
        try:
            key = deployment.invitations.resolve_short(conn, short, at)
        except (BadLink, LinkExpired) as problem:
            raise UnknownOccurrence from problem  # alike, whatever the reason
        invitation = _invitation(conn, key)
        found = occurrences.load(conn, key)
    links = Links(_address(invitation), grouped(invitation.short_code))
    return receipt_for(deployment.hooks, deployment.intake.desk.rules, found, links)


def _invitation(conn: Connection, key: OccurrenceKey) -> Invitation:
    """Return the invitation of a service. Raises UnknownOccurrence beyond one's windows."""
    if not recording.may_print(conn, principal(), key):
        raise UnknownOccurrence
    return site().invitations.issue(conn, key, site().clock.now(), VIA)


def _address(invitation: Invitation) -> str:
    base = site().settings.base_url.rstrip("/")
    return base + url_for("citizen.rate", code=invitation.code)
