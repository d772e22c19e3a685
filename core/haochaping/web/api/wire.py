"""`/api/v1/wire/…`: pushes and ratings in the words of the dialect that the profile chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from haochaping.channels import dialect
from haochaping.channels.dialect import Dialect, Spoken
from haochaping.evaluation import follow_ups
from haochaping.evaluation.rules import FOLLOW_UP
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.hooks.values import Identity
from haochaping.pushing import take_in
from haochaping.web.api import cases, evaluations, reach
from haochaping.web.api.spec import UnreadableBody
from haochaping.web.guard import current_api_key
from haochaping.web.routes import route
from haochaping.web.site import site

api: Final = Blueprint("api_wire", "haochaping.web")


@route(api, "/api/v1/wire/service-cases", methods=("POST",))
def push() -> Response:
    """Store service records; each is answered with its rating link."""
    body = _dialect().cases(_body())
    pushed = take_in(site(), body, within=cases.within)
    reach.note_use()
    return jsonify(results=[cases.result(one) for one in pushed])


@route(api, "/api/v1/wire/evaluations", methods=("POST",))
def submit() -> tuple[Response, int]:
    """Take a rating in; without an Idempotency-Key the service and its number are the key.

    A second one (追评, round 2) is taken once the unit has answered the first.
    """
    said = _dialect().evaluation(_body())
    again = ":2" if said.round == FOLLOW_UP else ""
    named = f"wire:{said.case_no}:{said.occurrence_no}{again}"[:200]
    draft = _draft(said, request.headers.get("Idempotency-Key", "").strip() or named)
    if said.round == FOLLOW_UP:
        receipt = follow_ups.submit_for(site().desk, draft, reach.of_target)
    else:
        receipt = site().intake.submit(draft, reach.of_target)
    reach.note_use()
    return jsonify(evaluations.answer(receipt)), 201


def _dialect() -> Dialect:
    deployment = site()
    rules = deployment.profile.rules.channels.wire
    return dialect.of(rules, deployment.zone, deployment.home)


def _body() -> Mapping[str, Any]:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise UnreadableBody
    return found


def _draft(said: Spoken, key: str) -> Draft:
    accepted = site().desk.rules.identities
    presumed = Identity.PRESUMED in accepted
    return Draft(
        occurrence=CaseRef(said.case_no, said.occurrence_no),
        grade=said.grade,
        options=said.options,
        text=said.text,
        channel=said.channel,
        identity=Identity.PRESUMED if presumed else Identity.ANONYMOUS,
        submitted_at=said.submitted_at,
        idempotency_key=key,
        client=f"api:{current_api_key().id}",
    )
