"""`/api/v1/ivr/calls/<call_id>`: a call platform says what was pressed, we say what to play."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, jsonify

from haochaping.channels import asking, calls
from haochaping.channels.calls import Answer, Calls, Heard
from haochaping.evaluation import targets
from haochaping.evaluation.problems import UnknownOccurrence
from haochaping.evaluation.submission import CaseRef
from haochaping.evaluation.targets import Target
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.web import i18n
from haochaping.web.api import reach, spec
from haochaping.web.guard import current_api_key
from haochaping.web.routes import route
from haochaping.web.site import site

api: Final = Blueprint("api_ivr", "haochaping.web")


class BadCallId(Problem):
    """The call id in the address is too long or not visible."""

    code = "HCP-IVR-CALL-ID"
    status = 422
    title = Words("通话编号应为 1 至 64 个可见字符", "A call id has 1 to 64 visible signs")


@route(api, "/api/v1/ivr/calls/<call_id>", methods=("POST",))
def hear(call_id: str) -> Response:
    """Answer what to play next; the same turn again is answered alike."""
    if len(call_id) > 64 or not call_id.isprintable():
        raise BadCallId
    given = spec.body("IvrRequest")
    target, at = _target(given), site().clock.now()
    heard = Heard(
        client=str(current_api_key().id),
        call_id=call_id,
        turn=int(given["turn"]),
        keys=given.get("keys", "").rstrip("#"),
        event=given.get("event", ""),
        recording=given.get("recording", ""),
        anonymous=given.get("identity") == "anonymous",
    )
    answer = Calls(site().intake).hear(heard, target, at)
    reach.note_use()
    if heard.event == calls.HANG_UP and answer.call.state in (calls.ENDED, calls.OPERATOR):
        _ask_by_sms(answer)
    return jsonify(_answer(answer))


def _target(given: dict[str, Any] | Any) -> Target:
    """Return the service that was reported. Raises UnknownOccurrence, also beyond reach."""
    deployment, short = site(), given.get("short_code", "")
    with deployment.store.read() as conn:
        if short:
            wanted = deployment.invitations.resolve_short(conn, short, deployment.clock.now())
            found = targets.find(conn, wanted)
        else:
            ref = CaseRef(given.get("case_no", ""), int(given.get("occurrence_no", 1)))
            found = targets.find(conn, ref)
    if found is None or not reach.of_target(found):
        raise UnknownOccurrence
    return found


def _ask_by_sms(answer: Answer) -> None:
    """Ask by SMS after a call that ended unrated, where the jurisdiction asks by SMS."""
    rules = site().profile.rules.channels.sms
    if "hotline" in rules.after:
        with site().store.write() as conn:
            asking.plan_for(conn, rules, answer.call.key, site().clock.now())


def _answer(answer: Answer) -> dict[str, Any]:
    call, prompt = answer.call, answer.prompt
    return {
        "call_id": call.call_id,
        "state": call.state,
        "turn": call.turn,
        "over": call.over,
        "prompt": {"text": i18n.words(prompt.text), "zh": prompt.text.zh, "en": prompt.text.en},
        "expect": {"digits": prompt.digits, "seconds": prompt.seconds, "record": prompt.record},
        "receipt": call.receipt or None,
    }
