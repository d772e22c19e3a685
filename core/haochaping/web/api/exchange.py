"""`/api/v1/exchange/…`: batches of lower platforms, what was received of them, tickets."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from haochaping.hooks.exchange import Sealed
from haochaping.hooks.values import Words
from haochaping.uplink import comparing, receiving, ticketing
from haochaping.uplink.receiving import Sender, SenderUnknown
from haochaping.web.api import reach, spec
from haochaping.web.api.spec import InvalidBody
from haochaping.web.guard import current_api_key
from haochaping.web.routes import route
from haochaping.web.site import site

api: Final = Blueprint("api_exchange", "haochaping.web")
BATCH_BYTES: Final = 4 * 1024 * 1024
_SENDER: Final = re.compile(r"[0-9]{1,12}", re.ASCII)


@route(api, "/api/v1/exchange/batches", methods=("POST",))
def batches() -> Response:
    """Store a batch record by record; each is answered for itself, however often it is sent."""
    request.max_content_length = BATCH_BYTES
    headers = {name.lower(): value for name, value in request.headers.items()}
    answer = receiving.answer(site().exchange, _sender(), Sealed(request.get_data(), headers))
    reach.note_use()
    return Response(answer, mimetype="application/json")


@route(api, "/api/v1/exchange/digest")
def days() -> Response:
    """Answer what was received of the sender, by day and kind, to be compared."""
    first, last = _day("from"), _day("until")
    if not first <= last <= first + timedelta(days=comparing.MOST_DAYS - 1):
        raise _invalid("until", f"from … from + {comparing.MOST_DAYS - 1}")
    with site().store.read() as conn:
        found = comparing.received_days(conn, _known_sender(), first, last)
    return jsonify(
        days=[
            {"day": one.day, "kind": one.kind, "count": one.count, "digest": one.digest}
            for one in found
        ]
    )


@route(api, "/api/v1/exchange/digest/<day>")
def day(day: str) -> Response:
    """Answer the items of one day, page by page."""
    cursor = request.args.get("cursor", "")
    if not cursor.isprintable():
        raise _invalid("cursor", "next")
    kind, _, subject = cursor.partition(" ")
    with site().store.read() as conn:
        found = comparing.received_on(conn, _known_sender(), _date("day", day), (kind, subject))
    last = found[-1] if len(found) == comparing.PAGE else None
    return jsonify(
        items=[
            {
                "kind": one.kind,
                "subject": one.subject,
                "revision": one.revision,
                "digest": one.digest,
            }
            for one in found
        ],
        next=None if last is None else f"{last.kind} {last.subject}",
    )


@route(api, "/api/v1/exchange/tickets", methods=("POST",))
def tickets() -> Response:
    """Take tickets of another system; each is answered for itself, however often it is sent."""
    body = spec.body("Tickets")
    source = str(body["source"])
    found = ticketing.take_pushed(site().exchange, source, body["tickets"], _reaches())
    reach.note_use()
    return jsonify(results=[_result(one) for one in found])


def _result(one: ticketing.Taken) -> dict[str, Any]:
    reason = {"zh": one.fault.zh, "en": one.fault.en} if one.fault else None
    return {"no": one.no, "status": one.status, "reason": reason}


def _sender() -> Sender:
    code = request.headers.get("X-Haochaping-Sender", "")
    if not _SENDER.fullmatch(code):
        raise SenderUnknown
    return Sender(code, current_api_key().id, _reaches())


def _reaches() -> receiving.Reach:
    return current_api_key().reaches


def _known_sender() -> str:
    code = request.args.get("sender", "")
    if not _SENDER.fullmatch(code):
        raise SenderUnknown
    with site().store.read() as conn:
        return receiving.known(conn, code, _reaches())


def _day(name: str) -> date:
    return _date(name, request.args.get(name, ""))


def _date(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _invalid(name, "2026-11-16") from None


def _invalid(name: str, expected: str) -> InvalidBody:
    return InvalidBody(Words(f"{name}：应为 {expected}", f"{name}: expected {expected}"))
