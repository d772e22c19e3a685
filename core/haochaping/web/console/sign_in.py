"""Signing in: password, then what the account still lacks, step by step; signing out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask import session as cookie
from markupsafe import Markup

from haochaping.access import sessions, sign_in
from haochaping.access.passwords import PasswordTooWeak
from haochaping.access.sessions import Opened, Session, Stage
from haochaping.access.sign_in import CodeRefused, Credentials, LockedOut, SignInRefused, WrongStep
from haochaping.evaluation.invitations import qr_svg
from haochaping.problems import Problem
from haochaping.web import guard, limits
from haochaping.web.codes import grouped
from haochaping.web.console.browsers import described
from haochaping.web.console.gate import gatekeeper, issuer
from haochaping.web.forms import FieldFault
from haochaping.web.guard import current_session
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("sign_in", "haochaping.web")

HOME: Final = "/console"
STEP: Final = "/console/sign-in/step"
SECRET_GROUP: Final = 4
Faults = tuple[FieldFault, ...]


@dataclass(frozen=True, slots=True)
class SignInPage:
    """A step of signing in: where its form goes, where to afterwards, what was wrong."""

    action: str
    back: str
    faults: Faults = ()
    login: str = ""
    secret: str = ""
    drawing: Markup = Markup("")  # noqa: RUF009  a Markup never changes
    forced: bool = True
    others: tuple[tuple[str, str], ...] = ()
    """Address and title of the other ways to sign in."""


@route(pages, "/console/sign-in")
def form() -> Response | str:
    """Ask for name and password, or go on with what is left to do."""
    found = guard.find_session()
    if found is not None:
        return _onward(found.stage, back())
    return first_page()


@route(pages, "/console/sign-in", methods=("POST",))
def post() -> Response:
    """Check name and password; the answer is the same for unknown names."""
    limits.spend(limits.SIGN_IN)
    posted = request.form
    given = Credentials(posted.get("login", ""), posted.get("password", ""), client())
    try:
        return entered(sign_in.with_password(gatekeeper(), given))
    except (SignInRefused, LockedOut) as refusal:
        fault = FieldFault("login", in_words(refusal))
        return answered(first_page(fault), refusal)


@route(pages, STEP, methods=("GET", "POST"))
def step() -> Response:
    """Show the step that the session is at, and take it."""
    current = current_session()
    if current.stage is Stage.FULL:
        return _onward(current.stage, back())
    if request.method == "POST":
        limits.spend(limits.SIGN_IN)
        return _TAKE[current.stage](current)
    return make_response(_SHOW[current.stage](current, ()))


@route(pages, "/console/sign-out", methods=("POST",))
def leave() -> Response:
    """End the session."""
    current, now = current_session(), site().clock.now()
    with site().store.write() as conn:
        sessions.revoke(conn, current.account_id, current.id, now)
    cookie.clear()
    response = make_response(redirect("/console/sign-in", 303))
    response.delete_cookie(guard.SESSION_COOKIE, path="/")
    return response


def entered(opened: Opened, page: str = "") -> Response:
    """Hand the new token to the browser and go on, to `page` where the request names none."""
    cookie.clear()  # a form token from before signing in ends here
    response = _onward(opened.session.stage, page or back())
    guard.keep_session(response, opened.token)
    return response


def answered(page: str, refusal: Problem) -> Response:
    """Return a page that says what was refused, with the refusal's status."""
    response = make_response(page, refusal.status)
    wait = refusal.fields.get("retry_after")
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def in_words(refusal: Problem) -> str:
    """Return what was refused and what to do about it."""
    if isinstance(refusal, LockedOut):
        minutes = max(1, -(-(int(refusal.fields["retry_after"]) - 1) // 60))
        return _("连续失败次数过多，已暂停登录，请 %(minutes)s 分钟后再试。", minutes=minutes)
    return words(refusal.detail)


def enrolment_page(current: Session, action: str, faults: Faults) -> str:
    """Return the page that shows the new second factor as QR code and as text."""
    enrolment = sign_in.begin_enrolment(gatekeeper(), current, issuer())
    page = SignInPage(
        action=action,
        back=back(),
        faults=faults,
        secret=grouped(enrolment.secret, SECRET_GROUP).replace("-", " "),
        drawing=Markup(qr_svg(enrolment.uri)),  # our own drawing, no text of anybody in it
        forced=current.stage is not Stage.FULL,
    )
    return render_template("console/enrol.html", page=page)


def enrol(current: Session, action: str) -> Response:
    """Turn the second factor on with its first code; the recovery codes are shown once."""
    try:
        done = sign_in.finish_enrolment(gatekeeper(), current, request.form.get("code", ""))
    except CodeRefused as refusal:
        fault = FieldFault("code", in_words(refusal))
        return answered(enrolment_page(current, action, (fault,)), refusal)
    cookie.clear()
    shown = render_template("console/recovery.html", codes=done.recovery_codes, onward=back())
    response = make_response(shown)
    guard.keep_session(response, done.opened.token)
    return response


def password_page(current: Session, action: str, faults: Faults) -> str:
    """Return the page that asks for a new password."""
    page = SignInPage(action, back(), faults, forced=current.stage is not Stage.FULL)
    return render_template("console/password.html", page=page)


def change_password(current: Session, action: str) -> Response:
    """Change the password; all other sessions end."""
    posted = request.form
    new = posted.get("new", "")
    if new != posted.get("again", ""):
        fault = FieldFault("again", _("两次输入的新密码不一致"))
        return make_response(password_page(current, action, (fault,)), 422)
    try:
        opened = sign_in.with_new_password(gatekeeper(), current, posted.get("old", ""), new)
    except (SignInRefused, LockedOut) as refusal:
        fault = FieldFault("old", in_words(refusal))
        return answered(password_page(current, action, (fault,)), refusal)
    except PasswordTooWeak as refusal:
        fault = FieldFault("new", in_words(refusal))
        return answered(password_page(current, action, (fault,)), refusal)
    return entered(opened)


def back() -> str:
    """Return where to go afterwards: a page of the console, whatever was asked for."""
    wish = request.values.get("next", "")
    inside = wish == HOME or wish.startswith((HOME + "/", HOME + "?"))
    return wish if inside and "\\" not in wish and not wish.startswith(STEP) else HOME


def ways(below: str) -> tuple[tuple[str, str], ...]:
    """Return address and title of every identity provider, below an address."""
    query = "?" + urlencode({"next": back()}) if back() != HOME else ""
    offered = site().providers.offered
    return tuple((f"{below}{one.name}{query}", words(one.title)) for one in offered)


def _onward(stage: Stage, page: str) -> Response:
    later = "?" + urlencode({"next": page}) if page != HOME else ""
    target = page if stage is Stage.FULL else STEP + later
    return make_response(redirect(target, 303))


def first_page(*faults: FieldFault) -> str:
    """Return the page that asks for name and password or offers another way."""
    login = request.form.get("login", "")[:64]
    others = ways("/console/sign-in/with/")
    page = SignInPage("/console/sign-in", back(), faults, login, others=others)
    return render_template("console/sign_in.html", page=page)


def _code_page(current: Session, faults: Faults) -> str:
    return render_template("console/code.html", page=SignInPage(STEP, back(), faults))


def _take_code(current: Session) -> Response:
    try:
        return entered(sign_in.with_code(gatekeeper(), current, request.form.get("code", "")))
    except CodeRefused as refusal:
        fault = FieldFault("code", in_words(refusal))
        return answered(_code_page(current, (fault,)), refusal)
    except LockedOut as refusal:
        fault = FieldFault("login", in_words(refusal))
        return answered(first_page(fault), refusal)


_SHOW: Final[Mapping[Stage, Callable[[Session, Faults], str]]] = MappingProxyType(
    {
        Stage.SECOND_FACTOR: _code_page,
        Stage.NEW_PASSWORD: lambda current, faults: password_page(current, STEP, faults),
        Stage.ENROL: lambda current, faults: enrolment_page(current, STEP, faults),
    }
)
_TAKE: Final[Mapping[Stage, Callable[[Session], Response]]] = MappingProxyType(
    {
        Stage.SECOND_FACTOR: _take_code,
        Stage.NEW_PASSWORD: lambda current: change_password(current, STEP),
        Stage.ENROL: lambda current: enrol(current, STEP),
    }
)


def client() -> str:
    """Return the browser in two words."""
    return described(request.user_agent.string)


def _wrong_step(error: WrongStep) -> Response:
    """Lead whoever sent an old form to the step that is next."""
    return make_response(redirect(STEP, 303))


pages.register_error_handler(WrongStep, _wrong_step)
