"""Signing in through an identity provider, and binding one's identity to one's account."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask import session as cookie

from haochaping.access import identities
from haochaping.access.identities import BindingRefused, Unbind
from haochaping.access.providers import IdentityNotProven, ProviderUnavailable
from haochaping.access.sessions import Stage
from haochaping.access.through_provider import (
    AttemptRefused,
    Back,
    Leaving,
    NotBound,
    Returned,
    Through,
)
from haochaping.hooks.identity import ProvenIdentity
from haochaping.ids import random_key
from haochaping.problems import Problem
from haochaping.web import guard, limits
from haochaping.web.console import sign_in
from haochaping.web.console.gate import gatekeeper
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import current_session, principal
from haochaping.web.i18n import language, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("identity", "haochaping.web")
OWN: Final = "/console/account"
_BROWSER: Final = "identity"

REFUSALS: Final = (AttemptRefused, BindingRefused, IdentityNotProven, NotBound, ProviderUnavailable)


@dataclass(frozen=True, slots=True)
class BindPage:
    """What is to be bound: the provider, the name it knows, the mark to confirm with."""

    action: str
    provider: str
    name: str
    mark: str


@route(pages, "/console/sign-in/with/<provider>")
def leave(provider: str) -> Response:
    """Send the browser to a provider, to sign in."""
    limits.spend(limits.SIGN_IN)
    return _leave(_leaving(provider, None, sign_in.back()))


@route(pages, f"{OWN}/identities/<provider>")
def bind(provider: str) -> Response:
    """Send the browser to a provider, to bind who comes back to one's own account."""
    limits.spend(limits.SIGN_IN)
    return _leave(_leaving(provider, principal().account_id, OWN))


@route(pages, "/console/sign-in/back/<provider>")
def arrive(provider: str) -> Response:
    """Take whoever comes back from a provider: sign them in, or ask whether to bind."""
    limits.spend(limits.SIGN_IN)
    returned = Returned(provider, _browser(), _return_address(provider), request.args.to_dict())
    try:
        back = _through().come_back(returned)
        if back.account_id is not None:
            return _ask_to_bind(back)
        return sign_in.entered(_through().enter(back, sign_in.client()), back.page)
    except REFUSALS as refusal:
        return _refused(refusal)


@route(pages, f"{OWN}/identities/<provider>", methods=("POST",))
def confirm(provider: str) -> Response:
    """Bind the identity that was proven a moment ago to one's own account."""
    mark = request.form.get("mark", "")
    try:
        _through().confirm(provider, _browser(), mark, current_session())
    except REFUSALS as refusal:
        return _refused(refusal)
    return make_response(redirect(OWN, 303))


@route(pages, f"{OWN}/identities/<int:binding_id>/remove", methods=("POST",))
def unbind(binding_id: int) -> Response:
    """Undo a binding of one's own."""
    deployment, mine = site(), principal().account_id
    with deployment.store.write() as conn:
        gone = Unbind(mine, binding_id, mine)
        if not identities.unbind(conn, deployment.journal.emit, gone, deployment.clock.now()):
            raise NotFound()
    return make_response(redirect(OWN, 303))


def _through() -> Through:
    return Through(gatekeeper(), site().providers)


def _leaving(provider: str, account_id: int | None, back: str) -> Leaving:
    if _BROWSER not in cookie:
        cookie[_BROWSER] = base64.urlsafe_b64encode(random_key(24)).decode()
    address = _return_address(provider)
    return Leaving(provider, _browser(), address, language(), account_id, back)


def _leave(leaving: Leaving) -> Response:
    try:
        return make_response(redirect(_through().leave(leaving), 303))
    except ProviderUnavailable as refusal:
        return _refused(refusal)


def _return_address(provider: str) -> str:
    return f"{site().settings.base_url}/console/sign-in/back/{provider}"


def _browser() -> str:
    return str(cookie.get(_BROWSER, ""))


def _ask_to_bind(back: Back) -> Response:
    found = guard.find_session()
    if found is None or found.account_id != back.account_id:
        raise AttemptRefused()
    title, proven = words(site().providers.spec(back.provider).title), back.proven
    mark = _through().hold(back, _leaving(back.provider, found.account_id, OWN))
    page = BindPage(f"{OWN}/identities/{back.provider}", title, _shown(proven), mark)
    return make_response(render_template("console/identity.html", page=page))


def _shown(proven: ProvenIdentity) -> str:
    return proven.name or proven.subject


def _refused(refusal: Problem) -> Response:
    """Say what was refused where one can go on: on the page to sign in, or one's own account."""
    fault = FieldFault("login", words(refusal.detail))
    found = guard.find_session()
    if found is not None and found.stage is Stage.FULL:
        page = render_template("console/identity_refused.html", said=fault.message, back=OWN)
        return make_response(page, refusal.status)
    return sign_in.answered(sign_in.first_page(fault), refusal)
