"""Handing in evidence about a case, and reading it: by policy, on the record."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from flask import Blueprint, Response, g, make_response, redirect, request

from haochaping.access.principals import Principal
from haochaping.attachments.media import SUFFIXES, FileRefused
from haochaping.rectification import evidence
from haochaping.rectification.actors import Order
from haochaping.rectification.machine import APPEAL, HANDLE
from haochaping.web import guard
from haochaping.web.console import cases, sight
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("evidence", "haochaping.web")
HERE: Final = "/console/cases/<public_id>/evidence"
_FORM_BYTES: Final = 64 * 1024
_LARGEST: Final = 10**6


@route(pages, HERE, methods=("POST",))
def add(public_id: str) -> Response:
    """Keep a file; one that is refused says what is taken, and nothing else is lost."""
    upload, at = request.files.get("file"), site().clock.now()
    name, data = ("", b"") if upload is None else (upload.filename or "", upload.read())
    what = (request.form.get("side", ""), name, data)
    try:
        with site().store.write() as conn:
            seen = sight.look(conn, public_id, at)
            key = _key(request.form.get("key", ""), data)
            order = Order(public_id, seen.case.version, seen.actor, at, text=key)
            evidence.add(site().rectification, conn, site().vault, order, what)
    except FileRefused as refusal:
        return cases.file_refused(public_id, refusal)
    return make_response(redirect(f"/console/cases/{public_id}?done=evidence#evidence", 303))


@route(pages, f"{HERE}/<side>/<int:number>")
def read(public_id: str, side: str, number: int) -> Response:
    """Give a file to be saved; who read it stands in the journal before the first byte goes."""
    at = site().clock.now()
    with site().store.write() as conn:
        seen = sight.look(conn, public_id, at)
        order = Order(public_id, seen.case.version, seen.actor, at)
        which = (side, min(number, _LARGEST))
        found, data = evidence.read(site().rectification, conn, site().vault, order, which)
    response = Response(data, mimetype=found.media)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{public_id}-{found.side}-{found.no}{SUFFIXES[found.media]}"'
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _key(minted: str, data: bytes) -> str:
    """Return the page's key of an upload, the digest of its bytes without one."""
    plain = "".join(sign for sign in minted[:40] if sign.isascii() and sign.isalnum())
    return plain or hashlib.sha256(data).hexdigest()


@pages.url_value_preprocessor
def _larger_body(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take a larger body from those who work on cases, where files are handed in."""
    if endpoint != "evidence.add":
        return
    guard.find_session()
    who: Principal | None = g.get("principal")
    if who is not None and (who.may(HANDLE) or who.may(APPEAL)):
        limits = evidence.limits(site().rectification.rules.handling.evidence)
        request.max_content_length = limits.bytes_max + _FORM_BYTES
