"""`/api/v1/evaluations`: ratings that other systems collected, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify

from haochaping.access.api_keys import ApiKey, ScopeMissing
from haochaping.evaluation import receipts
from haochaping.evaluation.problems import IdempotencyKeyMissing, UnknownReceipt
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.hooks.values import Identity, OccurrenceKey, RaterRole, Words
from haochaping.web import i18n
from haochaping.web.api import reach, spec
from haochaping.web.guard import current_api_key
from haochaping.web.routes import route
from haochaping.web.site import asked, site

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

api: Final = Blueprint("api_evaluations", "haochaping.web")
FAULT: Final = "haochaping.refused"
"""Where a request's environment keeps why the express lane could not take a rating in."""
VERIFIED: Final = "evaluations.verified"
_NO_VERIFIED: Final = Words(
    "identity：该密钥不能提交 verified（身份已核验）的评价；请改用 presumed，"
    "或请安全管理员给密钥加上 evaluations.verified 权限",
    "identity: this key may not submit verified ratings; send presumed, "
    "or ask the security officer for a key with the scope evaluations.verified",
)


@route(api, "/api/v1/evaluations", methods=("POST",))
def submit() -> tuple[Response, int]:
    """Take a rating in; the same key and body get the same receipt, however often.

    Most are taken in before they come here (`web.api.express`), or have been refused there.
    """
    environ = asked().environ
    key = idempotency_key(environ)
    given = spec.body("Evaluation")
    if FAULT in environ:
        raise environ[FAULT]
    receipt = site().intake.submit(draft(given, key, current_api_key()), reach.of_target)
    reach.note_use()
    return jsonify(answer(receipt)), 201


@route(api, "/api/v1/evaluations/<receipt>")
def show(receipt: str) -> Response:
    """Answer the state of a rating, never its grade."""
    desk = site().desk
    with site().store.read() as conn:
        chain = receipts.find(conn, desk, receipt)
        current = chain.current
        occurrence = OccurrenceKey(current.region, current.served_month, current.occurrence_id)
        if not reach.within_reach(conn, occurrence):
            raise UnknownReceipt()
    return jsonify(answer(receipts.receipt_of(desk, current)))


def idempotency_key(environ: WSGIEnvironment) -> str:
    """Return the idempotency key of a request. Raises IdempotencyKeyMissing."""
    key: str = environ.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if not key:
        raise IdempotencyKeyMissing()
    return key


def draft(given: Mapping[str, Any], key: str, sender: ApiKey) -> Draft:
    """Return the rating of a body that fits. Raises ScopeMissing."""
    return Draft(
        occurrence=CaseRef(str(given["case_no"]), int(given["occurrence_no"])),
        grade=given["grade"],
        options=tuple(given.get("options", ())),
        text=given.get("text", ""),
        channel=str(given["channel"]),
        identity=_identity(given, sender),
        rater_role=given.get("rater_role", RaterRole.APPLICANT),
        submitted_at=_moment(given.get("submitted_at")),
        idempotency_key=key,
        client=f"api:{sender.id}",
    )


def _identity(given: Mapping[str, Any], sender: ApiKey) -> str:
    """Return the identity that the sender states. Raises ScopeMissing for "verified"."""
    stated = str(given.get("identity", Identity.PRESUMED))
    if stated == Identity.VERIFIED and VERIFIED not in sender.scopes:
        raise ScopeMissing(_NO_VERIFIED, scope=VERIFIED)
    return stated


def answer(receipt: Receipt) -> dict[str, Any]:
    """Return what the sender of a rating is told."""
    return {
        "receipt": receipt.code,
        "status": receipt.status,
        "changeable_until": receipt.changeable_until.isoformat(),
        "notice": i18n.words(receipt.notice) if receipt.notice else None,
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
