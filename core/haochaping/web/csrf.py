"""Session tokens in the forms of signed-in people (Flask-WTF): `{{ csrf_token() }}`.

Forms that act by a code they carry have their own tokens (`web.tokens`); answers to API
keys need none.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Flask, Response, current_app
from flask_wtf.csrf import CSRFError, CSRFProtect

from haochaping.web.errors import answer
from haochaping.web.site import asked
from haochaping.web.tokens import ForeignForm

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Ask every post for its token unless its blueprint is exempt."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # `_check` asks, when there is something to ask
    app.extensions["haochaping.csrf"] = CSRFProtect(app)
    app.extensions["haochaping.csrf_exempt"] = set()
    app.register_error_handler(CSRFError, _stale)
    app.before_request(_check)


def exempt(app: Flask, blueprint: Blueprint) -> None:
    """Let a blueprint do without session tokens."""
    app.extensions["haochaping.csrf_exempt"].add(blueprint.name)


def _check() -> None:
    posted = asked()
    if posted.method in _READS or posted.endpoint is None:
        return
    known = current_app.extensions
    exempt_too = posted.blueprint in known["haochaping.csrf_exempt"]
    if not exempt_too and current_app.config["WTF_CSRF_ENABLED"]:
        known["haochaping.csrf"].protect()


def _stale(error: CSRFError) -> Response:
    return answer(ForeignForm())
