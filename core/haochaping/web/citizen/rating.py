"""Rating a service: `/r/<code>` by link or QR code, `/r` by the short code on the receipt.

The authority is the code itself. Every post carries a token bound to it (see
`web.tokens`), which holds the idempotency key, so that tapping twice or reloading gives
the same receipt; a post without one (a program) gets a key made of what it says.
"""

from __future__ import annotations

from typing import Final

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for

from haochaping.attachments.media import FileRefused
from haochaping.evaluation.forms import Choice, Form
from haochaping.evaluation.invitations import SHORT_DIGITS, Inviter, is_short_code, qr_svg
from haochaping.evaluation.problems import (
    AlreadyRated,
    BadLink,
    IdempotencyMismatch,
    InvalidEvaluation,
    LinkExpired,
)
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Identity, OccurrenceKey, RaterRole
from haochaping.web import formats, limits, tokens, traces
from haochaping.web.citizen import choices, pictures
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.citizen.contexts import DonePage, FindPage, RatePage, ReasonsPage
from haochaping.web.citizen.sitting import SITTING, sitting_of
from haochaping.web.codes import grouped
from haochaping.web.errors import wants_document
from haochaping.web.forms import FieldFault
from haochaping.web.frame import repost
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

CLIENT: Final = "citizen"
_FROM: Final = {one.value: one for one in (Channel.QR, Channel.SMS, Channel.WEB, Channel.MOBILE)}


@route(citizen, "/r/<code>")
def rate(code: str) -> Response | str:
    """Show the service and the five choices."""
    form = _form(code)
    if form.rated:
        return render_template("citizen/rated.html")
    page = RatePage(
        choices.slip(form),
        choices.grade_choices(form),
        _action(code),
        {"token": _token(code)},
        agents=RaterRole.AGENT in site().intake.desk.rules.roles,
    )
    return render_template("citizen/rate.html", page=page)


@route(citizen, "/r/<code>", methods=("POST",))
def submit(code: str) -> Response:
    """Take a rating in; a bad grade without a reason is first asked for one."""
    limits.spend(limits.RATE, code)
    tokens.refuse_foreign_sites()
    form = _form(code)
    choice = choices.choice_of(form, request.form.get("grade", ""))
    if choice is not None and asks_reason(int(choice.grade)):
        return _reasons(code, form, choice)
    try:
        drawn = pictures.uploaded()
    except FileRefused as problem:
        if wants_document() or choice is None:
            raise
        return _reasons(code, form, choice, (FieldFault(pictures.FIELD, words(problem.detail)),))
    try:
        receipt = site().intake.submit(_draft(code))
        pictures.keep(receipt.evaluation, drawn)
    except InvalidEvaluation as problem:
        if wants_document() or choice is None:
            raise
        return _reasons(code, form, choice, choices.faults_of(problem))
    except (AlreadyRated, IdempotencyMismatch):
        if wants_document():
            raise
        return make_response(render_template("citizen/rated.html"), 409)
    return done(receipt, _unanswered(form))


@route(citizen, "/r/<code>/qr.svg")
def qr(code: str) -> Response:
    """Draw the QR code of a rating link."""
    _key(code)
    address = site().settings.base_url.rstrip("/") + url_for("citizen.rate", code=code)
    return Response(qr_svg(address), mimetype="image/svg+xml")


@route(citizen, "/r", methods=("GET", "POST"))
def short() -> Response | str:
    """Ask for the short code of a paper receipt and lead to its rating page."""
    if request.method == "GET":
        return render_template("citizen/find.html", page=_short_page())
    digits = request.form.get("code", "").replace(" ", "").replace("-", "")
    if is_short_code(digits):
        return make_response(redirect(url_for("citizen.rate", code=digits), 303))
    fault = FieldFault("code", _("短码是 12 位数字，请对照回执再输一次"))
    return make_response(render_template("citizen/find.html", page=_short_page(fault)), 422)


def _unanswered(form: Form) -> int:
    """Return how many further questions a service has that were not answered with the grade."""
    posted = set(choices.posted_options(request.form))
    return sum(posted.isdisjoint(question.options) for question in form.questions)


def done(receipt: Receipt, questions: int = 0) -> Response:
    """Answer with the receipt, as a page or a document; `questions` may still be answered."""
    if wants_document():
        return make_response(jsonify(receipt=receipt.code, status=str(receipt.status)), 201)
    repost(request.path, {name: request.form.getlist(name) for name in request.form})
    page = DonePage(
        title=_("评价已收到"),
        lead=_("谢谢您的评价。"),
        receipt=grouped(receipt.code),
        until=formats.bound(receipt.changeable_until),
        can_change=receipt.changeable_until > site().clock.now(),
        hidden={"receipt": receipt.code},
        notice=words(receipt.notice),
        sitting=_sitting(),
        questions=questions,
    )
    return make_response(render_template("citizen/done.html", page=page))


def _sitting() -> dict[str, str]:
    """Return the field that leads back to the list of one's services, if one came from there."""
    value = request.form.get(SITTING, "")
    return {SITTING: value} if value and sitting_of(value) is not None else {}


def _form(code: str) -> Form:
    site().intake.require_open()
    return site().intake.form(_key(code), Channel.QR)


def _key(code: str) -> OccurrenceKey:
    """Return the occurrence of a link's code or of a short code. Raises BadLink, LinkExpired."""
    deployment = site()
    desk, now = deployment.intake.desk, deployment.clock.now()
    inviter = Inviter(desk.signer, desk.rules)
    if len(code) != SHORT_DIGITS:
        return inviter.resolve(code, now)
    limits.check_finding()
    try:
        with deployment.store.read() as conn:
            return inviter.resolve_short(conn, code, now)
    except (BadLink, LinkExpired):
        limits.spend_finding()
        raise


def _draft(code: str) -> Draft:
    posted = request.form
    short = len(code) == SHORT_DIGITS
    return Draft(
        occurrence=_key(code) if short else code,
        grade=posted.get("grade", ""),
        options=choices.posted_options(posted),
        text=posted.get("text", ""),
        idempotency_key=_idempotency_key(code),
        client=CLIENT,
        channel=_FROM.get(request.args.get("from", ""), Channel.QR),
        identity=_identity(),
        rater_role=_role(),
        trace=traces.of_request(),
    )


def _idempotency_key(code: str) -> str:
    keyring, token = site().keyring, request.form.get("token", "")
    if token:
        return tokens.idempotency_key(keyring, code, token)
    said = (request.form.get("grade", ""), request.form.get("text", ""))
    return tokens.derived_key(keyring, code, *said, *choices.posted_options(request.form))


def _identity() -> Identity:
    """Who holds the case's link is presumed to be its applicant, where that is accepted."""
    accepted = site().intake.desk.rules.identities
    return Identity.PRESUMED if Identity.PRESUMED in accepted else Identity.ANONYMOUS


def _role() -> str:
    """Return who the rater says they are; what the profile does not accept is refused."""
    return request.form.get("role") or RaterRole.APPLICANT


def asks_reason(grade: int) -> bool:
    """Say whether the reasons page comes first: a bad grade was tapped, nothing said yet."""
    posted = request.form
    said = choices.posted_options(posted) or posted.get("text", "").strip()
    return choices.is_bad(grade) and not said and "confirm" not in posted and not wants_document()


def _reasons(
    code: str, form: Form, choice: Choice, faults: tuple[FieldFault, ...] = ()
) -> Response:
    token = request.form.get("token") or _token(code)
    repost(_action(code), {name: request.form.getlist(name) for name in request.form})
    page = ReasonsPage(
        form=choices.reason_form(form, choice, request.form, faults),
        action=_action(code),
        back=url_for("citizen.rate", code=code),
        hidden={
            "token": token,
            "grade": str(int(choice.grade)),
            "role": _role(),
            **_sitting(),
        },
        send_label=_("提交评价"),
        photos=pictures.hint(),
        draft=True,
    )
    return make_response(render_template("citizen/reasons.html", page=page), 422 if faults else 200)


def _action(code: str) -> str:
    address = url_for("citizen.submit", code=code)
    source = request.args.get("from", "")
    return f"{address}?from={source}" if source in _FROM else address


def _token(code: str) -> str:
    return tokens.mint(site().keyring, code)


def _short_page(*faults: FieldFault) -> FindPage:
    return FindPage(
        title=_("用短码评价"),
        lead=_("输入纸质回执上的短码。"),
        action=url_for("citizen.short"),
        field="code",
        label=_("短码"),
        hint=_("12 位数字。"),
        send_label=_("下一步"),
        value=request.form.get("code", "")[:40],
        faults=faults,
    )
