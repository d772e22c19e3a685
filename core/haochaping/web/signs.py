"""What no address and no form may hold, refused once for every view: control signs, giant numbers.

A NUL cannot be stored by PostgreSQL, half a surrogate pair cannot be written as UTF-8, and
an id beyond 63 bits fits no column. Forms may hold line breaks and tabs, also the vertical
ones that word processors paste.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Flask, Request, g
from werkzeug.routing import IntegerConverter

from haochaping.hooks.values import Words
from haochaping.web import site
from haochaping.web.errors import BadRequest, NotFound

ID_MAX: Final = 2**63 - 1
_IN_ADDRESSES: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_IN_FORMS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_IN_BODIES: Final = re.compile("[\x00\ud800-\udfff]")
_NUMBER: Final = re.compile(r"\s*[+-]?[\d_]{19,}\s*")
_FREE_TEXTS: Final = re.compile(r"text|note|reason|comment|wanted|recording|marked|q|[ab]\d+-\w+")
"""Fields that hold sentences, or codes as people write them: long numbers are nothing wrong there.

`wanted`, `recording`, `q` and the rows of the paper clerk's grid hold case numbers and the like.
"""


class Number(IntegerConverter):
    """A number of an address that fits a column; a larger one is no address of ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": ID_MAX, **kwargs})


def check() -> None:
    """Refuse addresses and forms with signs or numbers that no text of ours holds.

    Raises NotFound for a path, BadRequest naming the field for a query, form or JSON body.
    """
    asked = site.asked()
    if asked.view_args and any(map(_IN_ADDRESSES.search, map(str, asked.view_args.values()))):
        raise NotFound()
    if asked.environ.get("QUERY_STRING"):
        _check(asked.args.items(multi=True), _IN_ADDRESSES)
    if asked.method == "GET":
        return
    if asked.is_json:
        _check_body(asked)
    else:
        _check(asked.form.items(multi=True), _IN_FORMS)


def unclean(value: Any) -> str | None:
    """Return where a JSON value holds a NUL or half a surrogate pair, None when nowhere."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        where, one = waiting.pop()
        if isinstance(one, str) and _IN_BODIES.search(one):
            return where.lstrip(".") or "body"
        waiting.extend(_parts(where, one))
    return None


def certainly_clean(raw: bytes) -> bool:
    """Say whether no such sign can be in a JSON body; what this is not sure of is looked at."""
    return raw.isascii() and b"\\u" not in raw and b"\0" not in raw


def install(app: Flask) -> None:
    """Check every request that is let in; numbers of addresses are bounded by their converter."""
    app.url_map.converters["int"] = Number
    app.before_request(check)


def _parts(where: str, one: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(one, Mapping):
        if any(_IN_BODIES.search(str(name)) for name in one):
            return [(where, "\0")]
        return [(f"{where}.{name}", each) for name, each in one.items()]
    if isinstance(one, list):
        return [(f"{where}[{place}]", each) for place, each in enumerate(one)]
    return ()


def _check_body(asked: Request) -> None:
    if certainly_clean(asked.get_data()):
        return
    where = unclean(asked.get_json(silent=True))
    if where is not None:
        raise _refusal(where, _CONTROL)


def _check(pairs: Iterable[tuple[str, str]], refused: re.Pattern[str]) -> None:
    for name, value in pairs:
        if refused.search(name) or refused.search(value):
            raise _refusal(name, _CONTROL)
        if not _FREE_TEXTS.fullmatch(name) and _too_large(value):
            raise _refusal(name, _LARGE)


def _too_large(value: str) -> bool:
    """Say whether a text is a number that fits no column, as `int` would read it."""
    if not _NUMBER.fullmatch(value):
        return False
    try:
        return not -ID_MAX <= int(value) <= ID_MAX
    except ValueError:
        return False


def _refusal(name: str, words: Words) -> BadRequest:
    g.unreadable = True  # the answer must not read the form for the display it asks for
    field = name[:60] if name.isprintable() else "?"
    detail = Words(words.zh.format(field), words.en.format(field))
    return BadRequest(detail, field=field)


_CONTROL: Final = Words(
    "“{}”里有控制字符或残缺的字符；请去掉后重试",
    "“{}” holds control characters or broken signs; remove them and try again",
)
_LARGE: Final = Words(
    "“{}”里的数太大；请核对后重试", "The number in “{}” is too large; check it and try again"
)
