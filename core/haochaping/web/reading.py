"""Bodies in JSON, read strictly: what no sender means and no view expects is refused.

A body nested thousands deep, NaN, or a moment outside the calendar are mistakes of the
sender's: they are answered in words, not as faults of ours.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from flask import Flask, Response, g
from flask.json.provider import DefaultJSONProvider

from haochaping.web.errors import BadRequest, answer


class StrictJson(DefaultJSONProvider):
    """JSON as the standard has it, and no deeper than Python can follow."""

    ensure_ascii = False

    def dumps(self, obj: Any, **more: Any) -> str:
        """Return a value as text; answers are written by one encoder made once."""
        return _ANSWERS.encode(obj) if more == _COMPACT else super().dumps(obj, **more)

    def loads(self, s: str | bytes, **more: Any) -> Any:
        """Return the value of a text. Raises ValueError."""
        return read(s) if not more else json.loads(s, parse_constant=_refuse, **more)


_COMPACT: Final = {"separators": (",", ":")}
_ANSWERS: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, default=DefaultJSONProvider.default, separators=(",", ":")
)


def install(app: Flask) -> None:
    """Let an application read JSON strictly."""
    app.json = StrictJson(app)
    app.register_error_handler(OverflowError, _beyond)


def read(text: str | bytes) -> Any:
    """Return the value of a JSON text. Raises ValueError."""
    try:
        given = text if isinstance(text, str) else text.decode(json.detect_encoding(text))
        return _DECODER.decode(given)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def written(value: Any) -> str:
    """Return an answer's JSON text, as `jsonify` writes it."""
    return f"{_ANSWERS.encode(value)}\n"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _beyond(error: OverflowError) -> Response:
    """Answer a number or moment that nothing can hold, such as year 9999 west of Greenwich."""
    g.unreadable = True
    return answer(BadRequest())


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)
