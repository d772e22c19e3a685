"""`POST /api/v1/service-cases`: business and queue-ticket systems push what was served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Response, jsonify
from sqlalchemy import Connection

from haochaping.catalog.cases import PushResult
from haochaping.pushing import Pushed, take_in
from haochaping.web import i18n
from haochaping.web.api import reach, spec
from haochaping.web.routes import route
from haochaping.web.site import site

api: Final = Blueprint("api_cases", "haochaping.web")


@route(api, "/api/v1/service-cases", methods=("POST",))
def push() -> Response:
    """Store the cases and answer a rating link for every occurrence."""
    pushed = take_in(site(), spec.body("Push"), within=within)
    reach.note_use()
    return jsonify(results=[result(one) for one in pushed])


def within(conn: Connection, results: Sequence[PushResult]) -> None:
    """Raise OutOfReach unless the request's key reaches all that was pushed."""
    reach.require_reach(conn, [one.key for one in results if one.key is not None])


def result(one: Pushed) -> dict[str, Any]:
    """Return what became of one occurrence, with its rating link."""
    found, invitation = one.result, one.invitation
    base = site().settings.base_url
    return {
        "case_no": found.case_no,
        "occurrence_no": found.occurrence_no,
        "status": found.status,
        "rating_url": f"{base}/r/{invitation.code}" if invitation else None,
        "short_code": invitation.short_code if invitation else None,
        "reason": i18n.words(found.reason) if found.reason else None,
    }
