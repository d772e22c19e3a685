"""Bodies in JSON, read strictly: what no sender means and no view expects is refused.

A body nested thousands deep, NaN, or a moment outside the calendar are mistakes of the
sender's: they are answered in words, not as faults of ours.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import Flask, Response, g
from flask.json.provider import DefaultJSONProvider

from haochaping.web.errors import BadRequest, answer


class StrictJson(DefaultJSONProvider):
    """JSON as the standard has it, and no deeper than Python can follow."""

    ensure_ascii = False

    def loads(self, s: str | bytes, **more: Any) -> Any:
        """Return the value of a text. Raises ValueError."""
        try:
            return json.loads(s, parse_constant=_refuse, **more)
        except RecursionError as error:
            raise ValueError("nested too deep") from error


def install(app: Flask) -> None:
    """Let an application read JSON strictly."""
    app.json = StrictJson(app)
    app.register_error_handler(OverflowError, _beyond)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _beyond(error: OverflowError) -> Response:
    """Answer a number or moment that nothing can hold, such as year 9999 west of Greenwich."""
    g.unreadable = True
    return answer(BadRequest())
