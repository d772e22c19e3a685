"""Who is let in: the policy of every route, denied by default, before any view runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, redirect, request

from haochaping.access import devices, grants, sessions
from haochaping.access.api_keys import ApiKey
from haochaping.access.bearer import KeyRefused
from haochaping.access.devices import Device
from haochaping.access.known_keys import KnownKeys
from haochaping.access.policies import DENIED, POLICIES, Kind, Policy
from haochaping.access.principals import Forbidden, Principal
from haochaping.access.sessions import Session, Stage
from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.web import errors
from haochaping.web.site import asked, site

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SESSION_COOKIE: Final = "sign_in"
DEVICE_COOKIE: Final = "device_key"
BEARER: Final = "Bearer "

Refusal = Response | None


class SignInNeeded(Problem):
    """Nobody is signed in, or the session has ended."""

    code = "HCP-SIGN-IN-NEEDED"
    status = 401
    title = Words("请先登录", "Please sign in first")


def principal() -> Principal:
    """Return who is signed in. Raises SignInNeeded."""
    found: Principal | None = g.get("principal")
    if found is None:
        raise SignInNeeded()
    return found


def current_session() -> Session:
    """Return the session of any stage. Raises SignInNeeded."""
    found: Session | None = g.get("session")
    if found is None:
        raise SignInNeeded()
    return found


def current_device() -> Device:
    """Return the window device that asks. Raises KeyRefused."""
    found: Device | None = g.get("device")
    if found is None:
        raise KeyRefused()
    return found


def current_api_key() -> ApiKey:
    """Return the business system's key. Raises KeyRefused."""
    found: ApiKey | None = g.get("api_key")
    if found is None:
        raise KeyRefused()
    return found


def bearer() -> str:
    """Return the key of the Authorization header, empty when there is none."""
    return bearer_of(asked().environ)


def bearer_of(environ: WSGIEnvironment) -> str:
    """Return the key of a request's Authorization header, empty when there is none."""
    given: str = environ.get("HTTP_AUTHORIZATION", "")
    return given.removeprefix(BEARER).strip() if given.startswith(BEARER) else ""


def keep_session(response: Response, token: str) -> None:
    """Hand a session's token to the browser; it goes when the browser closes."""
    response.set_cookie(
        SESSION_COOKIE, token, httponly=True, secure=secure(), samesite="Lax", path="/"
    )


def find_session() -> Session | None:
    """Return the session of the request's cookie, None when there is none in force."""
    token = request.cookies.get(SESSION_COOKIE, "")
    if not token:
        return None
    deployment = site()
    idle = timedelta(minutes=deployment.profile.rules.access.idle_minutes)
    now = deployment.clock.now()
    with deployment.store.read() as conn:
        found = sessions.resolve(conn, deployment.keyring, token, now, idle)
        if found is not None and found.stage is Stage.FULL:
            g.principal = grants.principal(conn, found.account_id)
    if found is not None and found.unseen(now):
        with deployment.store.write() as conn:
            sessions.seen(conn, found.id, now)
    g.session = found
    return found


def find_device(key: str) -> Device | None:
    """Return the device of a key, None when the key is refused."""
    deployment = site()
    try:
        with deployment.store.look() as conn:
            found = devices.authenticate_device(conn, deployment.keyring, key)
    except KeyRefused:
        return None
    g.device = found
    return found


def enforce() -> Refusal:
    """Let the request pass or refuse it, as the policy of its endpoint says."""
    endpoint = asked().endpoint
    if endpoint is None:  # no such address: Flask answers 404, to staff in their own frame
        if errors.in_console():
            find_session()
        return None
    policy = policies(current_app).get(endpoint, DENIED)
    return _CHECKS[policy.kind](policy)


def policies(app: Flask) -> dict[str, Policy]:
    """Return the application's policies by endpoint: the core's table and the plugins' pages."""
    found: dict[str, Policy] = app.extensions["haochaping.policies"]
    return found


def known_keys() -> KnownKeys:
    """Return the API keys that this process has just recognised."""
    return known_keys_of(current_app)


def known_keys_of(app: Flask) -> KnownKeys:
    """Return the API keys that an application's process has just recognised."""
    found: KnownKeys = app.extensions["haochaping.known_keys"]
    return found


def install(app: Flask, keyring: Keyring) -> None:
    """Ask the policy before every view."""
    app.extensions["haochaping.known_keys"] = KnownKeys(keyring)
    app.extensions["haochaping.policies"] = dict(POLICIES)
    app.before_request(enforce)


def _pass(policy: Policy) -> Refusal:
    return None


def _deny(policy: Policy) -> Refusal:
    raise errors.NotFound()


def _session(policy: Policy) -> Refusal:
    return None if find_session() is not None else _to_sign_in()


def _staff(policy: Policy) -> Refusal:
    found = find_session()
    if found is None or found.stage is not Stage.FULL:
        return _to_sign_in()
    if policy.needs and not principal().may(policy.needs):
        raise Forbidden(permission=policy.needs)
    return None


def _device(policy: Policy) -> Refusal:
    if find_device(bearer() or request.cookies.get(DEVICE_COOKIE, "")) is None:
        raise KeyRefused()
    return None


def _api_key(policy: Policy) -> Refusal:
    deployment = site()
    now = deployment.clock.now()
    g.api_key = known_keys().recognise(deployment.store.look, bearer(), policy.needs, now)
    return None


def _to_sign_in() -> Refusal:
    if request.method != "GET" or errors.wants_document():
        raise SignInNeeded()
    back = request.full_path.rstrip("?")
    return redirect("/console/sign-in?" + urlencode({"next": back}), 303)  # type: ignore[return-value]


def secure() -> bool:
    """Say whether cookies may travel by https only."""
    return bool(site().settings.base_url.startswith("https:"))


_CHECKS: Final[Mapping[Kind, Callable[[Policy], Refusal]]] = MappingProxyType(
    {
        Kind.PUBLIC: _pass,
        Kind.RATER_LINK: _pass,
        Kind.DEVICE: _device,
        Kind.API_KEY: _api_key,
        Kind.SESSION: _session,
        Kind.STAFF: _staff,
        Kind.DENIED: _deny,
    }
)
