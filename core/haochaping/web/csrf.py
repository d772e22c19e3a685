"""Session tokens in the forms of signed-in people (Flask-WTF): `{{ csrf_token() }}`.

Forms that act by a code they carry have their own tokens (`web.tokens`); answers to API
keys need none.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response
from flask_wtf.csrf import CSRFError, CSRFProtect

from haochaping.web.errors import answer
from haochaping.web.tokens import ForeignForm


def install(app: Flask) -> None:
    """Ask every post for its token unless its blueprint is exempt."""
    app.extensions["haochaping.csrf"] = CSRFProtect(app)
    app.register_error_handler(CSRFError, _stale)


def exempt(app: Flask, blueprint: Blueprint) -> None:
    """Let a blueprint do without session tokens."""
    app.extensions["haochaping.csrf"].exempt(blueprint)


def _stale(error: CSRFError) -> Response:
    return answer(ForeignForm())
