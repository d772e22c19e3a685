"""The Flask application: assembled from a deployment, one blueprint an audience.

`create_app(deployment)` for tests and the command line; granian serves
`haochaping.web.opened:application`, which opens the deployment at `HAOCHAPING_HOME` when a
process starts.

To add a room of pages: write a package with a `blueprint`, name it in `ROOMS`, give each
view a row in `haochaping.access.policies.POLICIES` and register it with `routes.route`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from haochaping.containment import contained
from haochaping.logs import log
from haochaping.renewing import Following
from haochaping.web import (
    assets,
    compiled,
    csrf,
    errors,
    formats,
    frame,
    guard,
    headers,
    i18n,
    languages,
    limits,
    metrics,
    plugin_pages,
    reading,
    requestlog,
    signs,
    site,
    surfaces,
    tracing,
)
from haochaping.web.api import express
from haochaping.web.proxies import TrustedProxies
from haochaping.web.public import remembered

if TYPE_CHECKING:
    from haochaping.deployment import Deployment
    from haochaping.settings import Settings

ROOMS: Final = ("health", "citizen", "device", "api", "console", "public")
"""Modules of `haochaping.web` with `blueprints`.

`CSRF_EXEMPT = True` beside them says that no page of the room acts by a cookie of this site.
"""
BODY_BYTES: Final = 64 * 1024
"""Limit of a request's body; a view that takes files raises `request.max_content_length`."""


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie; who brings none is given an empty one without further ado."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a request."""
        brings = "HTTP_COOKIE" in request.environ
        if not brings or self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep a session; one that is empty and was so before needs no cookie."""
        if session or session.modified:
            super().save_session(app, session, response)


class Application(Flask):
    """Flask with plain views only."""

    session_interface = Sessions()

    def ensure_sync(self, func: Any) -> Any:
        """Return the function: none of ours is a coroutine, and asking each time takes its time."""
        return func


def create_app(
    deployment: Deployment, served: Collection[str] = surfaces.ALL, *, remember: bool = False
) -> Flask:
    """Return the application of a deployment, or of some surfaces of it.

    Imports no room before it is asked for. `remember` lets it serve a public page again for
    a moment, as web processes do.
    """
    app = Application("haochaping.web", static_folder="static", template_folder="templates")
    _configure(app, deployment)
    reading.install(app)
    requestlog.install(app)
    if surfaces.API in served:
        express.install(app, deployment)
    metrics.install(app, deployment.meters)
    tracing.install(app)
    site.install(app, deployment)
    i18n.install(app, _catalogues(deployment))
    formats.install(app, deployment.profile.rules.calendar.time_zone)
    headers.install(app)  # answers pass the rooms backwards: its headers come last
    frame.install(app, deployment.profile.jurisdiction.name)
    limits.install(app, deployment.clock.now)
    assets.install(app)
    guard.install(app, deployment.keyring)
    errors.install(app)
    csrf.install(app)
    signs.install(app)
    for name in ROOMS:
        _open(app, name)
    plugin_pages.install(app, deployment.hooks)
    surfaces.install(app, served, app.extensions["haochaping.rooms"])
    if remember:
        remembered.install(app)
    _behind(app, deployment.settings)
    return app


def _configure(app: Flask, deployment: Deployment) -> None:
    app.config.update(
        SECRET_KEY=deployment.keyring.mac("web.cookie", b"session"),
        SESSION_COOKIE_NAME="haochaping",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=deployment.settings.base_url.startswith("https:"),
        MAX_CONTENT_LENGTH=BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=BODY_BYTES,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    compiled.install(app)


def _behind(app: Flask, settings: Settings) -> None:
    """Believe what trusted proxies in front say of a request, before anybody looks at it."""
    if settings.trusted_proxies:
        app.wsgi_app = TrustedProxies(  # type: ignore[method-assign]
            app.wsgi_app, settings.trusted_proxies, settings.proxies_from
        )


def _catalogues(deployment: Deployment) -> i18n.Catalogues:
    packages, home = tuple(_packages(deployment)), deployment.settings.home
    rules = deployment.profile.rules.languages
    offered = languages.shown(rules, i18n.roots_of(packages, home))
    return i18n.Catalogues(packages, offered, home)


def _packages(deployment: Deployment) -> Iterable[str]:
    return ("haochaping", *(loaded.package for loaded in deployment.hooks.plugins))


def _open(app: Flask, name: str) -> None:
    room = import_module(f"haochaping.web.{name}")
    for blueprint in room.blueprints:
        app.register_blueprint(blueprint)
        app.extensions.setdefault("haochaping.rooms", {})[blueprint.name] = name
        if getattr(room, "CSRF_EXEMPT", False):
            csrf.exempt(app, blueprint)


class Renewed:
    """The application of a deployment, made anew when changes of the profile begin.

    Requests that are on their way end by the rules they began with.
    """

    def __init__(self, deployment: Deployment, served: Collection[str] = surfaces.ALL) -> None:
        self.rules = Following(deployment)
        self._served = served
        self._made = deployment
        self._app = create_app(deployment, served, remember=True)
        self._making = threading.Lock()

    def app(self) -> Flask:
        """Return the application by the rules that stand now."""
        wanted = self.rules.look()
        if wanted is not self._made and self._making.acquire(blocking=False):
            try:
                self._make(wanted)
            finally:
                self._making.release()
        return self._app

    def _make(self, wanted: Deployment) -> None:
        """Make the application anew; one that cannot be made leaves the old one in place."""
        result = contained("new rules", lambda: create_app(wanted, self._served, remember=True))
        self._made = wanted  # not tried again with every request
        if result.value is None:
            log("profile.pages_not_renewed", error=result.message, trace=result.trace)
        else:
            self._app = result.value

    def deployment(self) -> Deployment:
        """Return the deployment by the rules that were found last."""
        return self.rules.current


def from_home() -> Renewed:
    """Open the deployment at `HAOCHAPING_HOME` and return its application.

    Raises what refuses the deployment or the application; nothing is left open then.
    """
    from haochaping import logs
    from haochaping.deployment import Deployment

    logs.configure_process("web")
    served = surfaces.parse(os.environ.get(surfaces.VARIABLE, ""))
    deployment = Deployment.open()
    with ExitStack() as refused:
        refused.callback(deployment.close)
        renewed = Renewed(deployment, served)
        refused.pop_all()
    return renewed
