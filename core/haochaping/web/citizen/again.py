"""Rating once more after the unit has answered: `/f/<code>`.

The code is good for the chain of the first rating only; who holds it has the first
rating's receipt, or the telephone number left with the case.
"""

from __future__ import annotations

from typing import Final

from flask import Response, make_response, redirect, render_template, request, url_for

from haochaping.evaluation import follow_ups
from haochaping.evaluation.forms import Form
from haochaping.evaluation.problems import AlreadyRated, IdempotencyMismatch, InvalidEvaluation
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, OccurrenceKey
from haochaping.web import limits, tokens
from haochaping.web.citizen import choices
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.citizen.contexts import RatePage, ReasonsPage
from haochaping.web.citizen.rating import CLIENT, asks_reason, done
from haochaping.web.errors import wants_document
from haochaping.web.forms import FieldFault
from haochaping.web.frame import repost
from haochaping.web.i18n import _
from haochaping.web.routes import route
from haochaping.web.site import site

_GRADES: Final = frozenset("12345")
_FROM: Final = {one.value: one for one in (Channel.SMS, Channel.WEB, Channel.MOBILE)}


@route(citizen, "/f/<code>")
def again(code: str) -> Response | str:
    """Show the service and the five choices, for the second rating."""
    try:
        form = _form(code)
    except AlreadyRated:
        return render_template("citizen/rated.html")
    page = RatePage(
        choices.slip(form),
        choices.grade_choices(form),
        _action(code),
        {"token": _token(code)},
        again=True,
    )
    return render_template("citizen/rate.html", page=page)


@route(citizen, "/f/<code>", methods=("POST",))
def submit_again(code: str) -> Response:
    """Take the second rating in."""
    limits.spend(limits.RATE, code)
    tokens.refuse_foreign_sites()
    try:
        if _silent_bad():
            return _reasons(code, ())
        receipt = follow_ups.submit(site().intake.desk, code, _draft(code))
    except InvalidEvaluation as problem:
        if wants_document() or not request.form.get("grade"):
            raise
        return _reasons(code, choices.faults_of(problem))
    except (AlreadyRated, IdempotencyMismatch):
        if wants_document():
            raise
        return make_response(render_template("citizen/rated.html"), 409)
    return done(receipt)


def _silent_bad() -> bool:
    """Say whether a bad grade was tapped and nothing said yet: its reasons are asked first."""
    grade = request.form.get("grade", "")
    return grade in _GRADES and asks_reason(int(grade))


def _reasons(code: str, faults: tuple[FieldFault, ...]) -> Response:
    form = _form(code)
    choice = choices.choice_of(form, request.form.get("grade", ""))
    if choice is None:
        return make_response(redirect(url_for("citizen.again", code=code), 303))
    token = request.form.get("token") or _token(code)
    repost(_action(code), {name: request.form.getlist(name) for name in request.form})
    page = ReasonsPage(
        form=choices.reason_form(form, choice, request.form, faults),
        action=_action(code),
        back=url_for("citizen.again", code=code),
        hidden={"token": token, "grade": str(int(choice.grade))},
        send_label=_("提交评价"),
    )
    return make_response(render_template("citizen/reasons.html", page=page), 422 if faults else 200)


def _form(code: str) -> Form:
    return follow_ups.form(site().intake.desk, code, Channel.WEB)


def _draft(code: str) -> Draft:
    posted, keyring = request.form, site().keyring
    subject, token = _subject(code), posted.get("token", "")
    said = (posted.get("grade", ""), posted.get("text", ""), *choices.posted_options(posted))
    return Draft(
        occurrence=OccurrenceKey("", 0, 0),
        grade=posted.get("grade", ""),
        options=choices.posted_options(posted),
        text=posted.get("text", ""),
        idempotency_key=tokens.idempotency_key(keyring, subject, token)
        if token
        else tokens.derived_key(keyring, subject, *said),
        client=CLIENT,
        channel=_FROM.get(request.args.get("from", ""), Channel.WEB),
    )


def _action(code: str) -> str:
    address = url_for("citizen.submit_again", code=code)
    source = request.args.get("from", "")
    return f"{address}?from={source}" if source in _FROM else address


def _subject(code: str) -> str:
    return f"follow:{code}"


def _token(code: str) -> str:
    return tokens.mint(site().keyring, _subject(code))
