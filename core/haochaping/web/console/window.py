"""The window: one key opens a service that has no case number, to be rated by its visitor.

Nothing of the rating ever comes back here: whoever serves learns at most that it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from types import MappingProxyType
from typing import Any, Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection

from haochaping.access import recording
from haochaping.access.recording import WindowChoice
from haochaping.catalog import occurrences
from haochaping.catalog.occurrences import WindowKind
from haochaping.delivery import printers
from haochaping.delivery.addresses import Rules
from haochaping.delivery.printers import Printer, PrinterAway, PrinterNotAllowed, PrinterUnsure
from haochaping.evaluation import reprints
from haochaping.evaluation.forms import Links, receipt_for
from haochaping.evaluation.invitations import Invitation, qr_svg
from haochaping.evaluation.problems import BadLink, LinkExpired, UnknownOccurrence
from haochaping.hooks.evaluation import ReceiptBlock
from haochaping.hooks.values import Occurrence, OccurrenceKey
from haochaping.messages import N_
from haochaping.settings import Address
from haochaping.web import formats, receipts, traces
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
    printer: str = ""
    done: str = ""
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def keys() -> str:
    """Show the two keys."""
    traces.note_staff(principal())
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
            conn,
            deployment.journal.emit,
            at,
            window_id,
            named[kind],
            zone=deployment.zone,
            staff_ids=principal().staff_ids,
        )
        deployment.invitations.issue(conn, key, at, VIA)
    return make_response(redirect(f"{HERE}/{reach.key_text(key)}", 303))


@route(pages, f"{HERE}/<service>")
def code(service: str) -> str:
    """Show short code and QR code of a service to be rated."""
    said = {"printed": _("回执已送到打印机。"), "reprinted": _("已换新码，旧回执作废。")}
    done = said.get(request.args.get("done", ""), "")
    return render_template("console/window_code.html", page=_code_page(service, done))


def _code_page(service: str, done: str = "", *faults: FieldFault) -> CodePage:
    key = reach.key_of(service)
    with site().store.write() as conn:
        invitation = _invitation(conn, key)
        found = occurrences.load(conn, key)
    kinds = {str(kind): _(name) for kind, name in KINDS.items()}
    window = found.window
    printer = _printer(found)
    return CodePage(
        kind=kinds.get(found.stage, words(found.item.name) if found.item else _("政务服务事项")),
        where=words(window.name) if window else "",
        short_code=grouped(invitation.short_code),
        until=formats.day(invitation.last_day),
        drawing=Markup(qr_svg(_address(invitation))),  # our own drawing of our own address
        receipt=f"{RECEIPT}/{invitation.short_code}",
        again=f"{HERE}?window={window.id}" if window else HERE,
        printer=printer.name if printer else "",
        done=done,
        faults=faults,
    )


@route(pages, f"{RECEIPT}/<short>", "receipt")
def print_page(short: str) -> str:
    """Show the receipt of a short code as a page: on a roll of 58 or 80 mm, or on A4."""
    return receipts.page(_blocks(short), request.args.get("paper", ""))


@route(pages, f"{RECEIPT}/<short>/escpos", "escpos")
def printer_bytes(short: str) -> Response:
    """Give the receipt as bytes for a receipt printer."""
    printed = receipts.to_printer(_blocks(short), request.args.get("paper", ""))
    response = Response(printed, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{short[-4:]}.bin"'
    return response


@route(pages, f"{RECEIPT}/<short>/print", methods=("POST",))
def print_out(short: str) -> Response:
    """Print the receipt of a short code on the window's own printer."""
    with site().store.write() as conn:
        key = _key_of_short(conn, short)
        found = occurrences.load(conn, key)
    return _sent(found, short, "printed")


@route(pages, f"{RECEIPT}/<short>/reprint", methods=("POST",))
def reprint(short: str) -> Response:
    """Give the service a new code, which ends the old one, and print it if there is a printer."""
    deployment, at = site(), site().clock.now()
    with deployment.store.write() as conn:
        key = _key_of_short(conn, short)
        new = reprints.reissue(conn, deployment.invitations, deployment.journal.emit, key, at)
        found = occurrences.load(conn, key)
    return _sent(found, new.short_code, "reprinted")


def _sent(found: Occurrence, short: str, done: str) -> Response:
    """Print, when the window has a printer, and go back to the code; a fault is shown there."""
    printer, service = _printer(found), reach.key_text(found.key)
    if printer is not None:
        settings = site().settings
        rules = Rules(
            networks=tuple(map(ip_network, settings.networks)), loopback=settings.allow_loopback
        )
        try:
            printers.send(printer, receipts.to_printer(_blocks(short), printer.paper), rules)
        except (PrinterAway, PrinterNotAllowed, PrinterUnsure) as problem:
            page = _code_page(service, "", FieldFault("print", words(problem.title)))
            return make_response(
                render_template("console/window_code.html", page=page), problem.status
            )
    return make_response(redirect(f"{HERE}/{service}?done={done}", 303))


def _printer(found: Occurrence) -> Printer | None:
    """Return the printer that deployment.yaml names for the window of a service."""
    if found.hall is None or found.window is None:
        return None
    known = tuple(_named(one) for one in site().settings.printers)
    return printers.at_window(known, found.hall.code, found.window.code)


def _named(given: Mapping[str, Any]) -> Printer:
    at = Address.parse(given["address"])
    windows = tuple(given["windows"])
    return Printer(given["name"], at.host, at.port, given.get("paper", "80"), windows)


def _keys_page(conn: Connection, *faults: FieldFault) -> WindowPage:
    found = recording.windows(conn, principal())
    wish = request.values.get("window", type=int)
    chosen = next((one for one in found if one.id == wish), None)
    kinds = tuple((str(kind), _(name)) for kind, name in KINDS.items())
    only = found[0] if len(found) == 1 else None
    return WindowPage(found, chosen or only, kinds, faults)


def _blocks(short: str) -> tuple[ReceiptBlock, ...]:
    deployment = site()
    with deployment.store.write() as conn:
        key = _key_of_short(conn, short)
        invitation = _invitation(conn, key)
        found = occurrences.load(conn, key)
    links = Links(_address(invitation), grouped(invitation.short_code))
    return receipt_for(deployment.hooks, deployment.intake.desk.rules, found, links)


def _key_of_short(conn: Connection, short: str) -> OccurrenceKey:
    """Return the service of a short code. Raises UnknownOccurrence beyond one's windows."""
    try:
        key = site().invitations.resolve_short(conn, short, site().clock.now())
    except (BadLink, LinkExpired) as problem:
        raise UnknownOccurrence from problem  # alike, whatever the reason
    if not recording.may_print(conn, principal(), key):
        raise UnknownOccurrence
    return key


def _invitation(conn: Connection, key: OccurrenceKey) -> Invitation:
    """Return the invitation of a service. Raises UnknownOccurrence beyond one's windows."""
    if not recording.may_print(conn, principal(), key):
        raise UnknownOccurrence
    return site().invitations.issue(conn, key, site().clock.now(), VIA)


def _address(invitation: Invitation) -> str:
    base = site().settings.base_url.rstrip("/")
    return base + url_for("citizen.rate", code=invitation.code)
