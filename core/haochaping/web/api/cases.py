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
    pushed = take_in(site(), spec.body("Push"), within=_within)
    reach.note_use()
    return jsonify(results=[_result(one) for one in pushed])


def _within(conn: Connection, results: Sequence[PushResult]) -> None:
    reach.require_reach(conn, [one.key for one in results if one.key is not None])


def _result(one: Pushed) -> dict[str, Any]:
    result, invitation = one.result, one.invitation
    base = site().settings.base_url
    return {
        "case_no": result.case_no,
        "occurrence_no": result.occurrence_no,
        "status": result.status,
        "rating_url": f"{base}/r/{invitation.code}" if invitation else None,
        "short_code": invitation.short_code if invitation else None,
        "reason": i18n.words(result.reason) if result.reason else None,
    }
