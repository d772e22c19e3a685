"""`/api/v1/sms/<receiver>/replies`: an SMS platform hands replies in, signed."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, jsonify, request

from haochaping.channels.answering import Answers
from haochaping.channels.incoming import BadSignature
from haochaping.web import limits
from haochaping.web.limits import Limit
from haochaping.web.routes import route
from haochaping.web.site import site

api: Final = Blueprint("api_sms", "haochaping.web")
REFUSED: Final = Limit("sms", per_minute=60, burst=60)
"""Posts of one address whose signature did not hold."""


@route(api, "/api/v1/sms/<receiver>/replies", methods=("POST",))
def replies(receiver: str) -> Response:
    """Take replies in; each is answered by what became of it, in order.

    An unknown receiver and a wrong signature look alike.
    """
    limits.check(REFUSED)
    found, at = site().receiver(receiver), site().clock.now()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        if found is None:
            raise BadSignature
        given = found(headers, request.get_data(), at)
    except BadSignature:
        limits.spend(REFUSED)
        raise
    answers = Answers(site().texting)
    results = [{"id": one.id, "outcome": answers.take(receiver, one, at)} for one in given]
    return jsonify(results=results)
