"""One's own account: roles, sessions, password and second factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access import accounts, grants, identities, sessions
from haochaping.access.accounts import Account
from haochaping.access.principals import Grant
from haochaping.access.roles import ROLE_NAMES
from haochaping.access.sessions import Session
from haochaping.access.totp import SecondFactorInUse
from haochaping.catalog import regions, subjects
from haochaping.delivery import book
from haochaping.journal import Event
from haochaping.messages import N_
from haochaping.web.console import sign_in
from haochaping.web.console.layout import seconds_left
from haochaping.web.guard import current_session, principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("own", "haochaping.web")
HERE: Final = "/console/account"


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session in one's own list."""

    id: int
    client: str
    created_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """An identity that is bound to an account."""

    id: int
    title: str
    hint: str
    bound_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """Where one is reached outside the console; `value` is empty when nothing is noted."""

    kind: str
    title: str
    value: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class OwnPage:
    """One's own account."""

    account: Account
    roles: tuple[tuple[str, str], ...]
    sessions: tuple[OwnSession, ...]
    identities: tuple[OwnIdentity, ...]
    ways: tuple[tuple[str, str], ...]
    """Address and title of every provider that can be bound."""
    addresses: tuple[OwnAddress, ...]


@route(pages, HERE)
def show() -> str:
    """Show one's own roles and sessions."""
    return _shown({}, {})


@route(pages, f"{HERE}/addresses", methods=("POST",))
def addresses() -> Response:
    """Note where one is reached by the gateways there are; an empty field removes it."""
    given = {kind: request.form.get(f"address-{kind}", "").strip()[:300] for kind in _kinds()}
    faults: dict[str, str] = {}
    for kind, address in given.items():
        try:
            book.require(kind, address)
        except book.AddressRefused as refused:
            faults[kind] = words(refused.detail)
    if faults:
        return make_response(_shown(given, faults), 422)
    who, now = principal().account_id, site().clock.now()
    with site().store.write() as conn:
        for kind, address in given.items():
            book.note(conn, site().keyring, who, kind, address, now)
        told = {"by": who, "kinds": sorted(kind for kind, address in given.items() if address)}
        site().journal.emit(conn, Event("account.addresses", f"account:{who}", told), now)
    return make_response(redirect(f"{HERE}?noted=1", 303))


def _kinds() -> tuple[str, ...]:
    """Return the kinds of addresses that a gateway here asks for, of officials."""
    return tuple(sorted(site().gateways.address_kinds))


def _own_addresses(
    conn: Connection, account_id: int, given: Mapping[str, str], faults: Mapping[str, str]
) -> tuple[OwnAddress, ...]:
    known = book.all_of(conn, site().keyring, account_id)
    return tuple(
        OwnAddress(
            kind,
            _(_KINDS.get(kind, kind)),
            given.get(kind, known.get(kind, "")),
            faults.get(kind, ""),
        )
        for kind in _kinds()
    )


_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mobile": N_("手机号（短信）"),
        "email": N_("电子邮箱"),
        "dingtalk": N_("钉钉 userid"),
        "dingtalk_private": N_("专有钉钉（浙政钉）accountId"),
        "wecom": N_("企业微信账号"),
        "wechat": N_("微信 openid"),
    }
)


def _shown(given: Mapping[str, str], faults: Mapping[str, str]) -> str:
    who, current, now = principal(), current_session(), site().clock.now()
    idle = timedelta(minutes=site().profile.rules.access.idle_minutes)
    with site().store.read() as conn:
        page = OwnPage(
            account=accounts.load(conn, who.account_id),
            roles=tuple(_role(conn, held.grant) for held in grants.held(conn, who.account_id)),
            sessions=tuple(
                _session(each, current)
                for each in sessions.of_account(conn, who.account_id, now, idle)
            ),
            identities=identities_of(conn, who.account_id),
            ways=sign_in.ways(f"{HERE}/identities/"),
            addresses=_own_addresses(conn, who.account_id, given, faults),
        )
    noted = bool(request.args.get("noted"))
    return render_template("console/account.html", page=page, noted=noted)


@route(pages, f"{HERE}/sessions/<int:session_id>/end", methods=("POST",))
def end(session_id: int) -> Response:
    """End another of one's own sessions."""
    with site().store.write() as conn:
        sessions.revoke(conn, principal().account_id, session_id, site().clock.now())
    return make_response(redirect(HERE, 303))


@route(pages, f"{HERE}/sessions/end-others", methods=("POST",))
def end_others() -> Response:
    """End all of one's own sessions but this one."""
    with site().store.write() as conn:
        now = site().clock.now()
        sessions.revoke_all(conn, principal().account_id, now, current_session().id)
    return make_response(redirect(HERE, 303))


@route(pages, f"{HERE}/stay", methods=("POST",))
def stay() -> Response:
    """Keep the session from idling out; answer with the seconds that are left."""
    return jsonify(seconds=seconds_left(current_session()))


@route(pages, f"{HERE}/password", methods=("GET", "POST"))
def password() -> Response:
    """Change one's password."""
    current, here = current_session(), f"{HERE}/password"
    if request.method == "POST":
        return sign_in.change_password(current, here)
    return make_response(sign_in.password_page(current, here, ()))


@route(pages, f"{HERE}/second-factor", methods=("GET", "POST"))
def factor() -> Response:
    """Set a second factor up."""
    current, here = current_session(), f"{HERE}/second-factor"
    if request.method == "POST":
        return sign_in.enrol(current, here)
    try:
        return make_response(sign_in.enrolment_page(current, here, ()))
    except SecondFactorInUse:
        return make_response(redirect(HERE, 303))


def identities_of(conn: Connection, account_id: int) -> tuple[OwnIdentity, ...]:
    """Return what is bound to an account, with the providers' titles."""
    titles = {one.name: words(one.title) for one in site().providers.offered}
    return tuple(
        OwnIdentity(
            each.id,
            titles.get(each.provider, each.provider),
            each.hint,
            each.bound_at,
            each.used_at,
        )
        for each in identities.of_account(conn, account_id)
    )


def _session(each: Session, current: Session) -> OwnSession:
    client = each.client or _("未知浏览器")
    return OwnSession(each.id, client, each.created_at, each.seen_at, each.id == current.id)


def _role(conn: Connection, grant: Grant) -> tuple[str, str]:
    return words(ROLE_NAMES[grant.role]), place_of(conn, grant)


def place_of(conn: Connection, grant: Grant) -> str:
    """Return where a grant holds, in words; a staff member by number."""
    region = regions.find(conn, grant.region) if grant.region else None
    bounds = (
        ("organization", grant.organization_id),
        ("hall", grant.hall_id),
        ("staff", grant.staff_id),
    )
    named = [subjects.names(conn, kind, {one}).get(one) for kind, one in bounds if one is not None]
    found = [words(one.name) for one in (region, *named) if one is not None]
    return " · ".join(found) or _("全部")
