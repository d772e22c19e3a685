"""The frame around every page: language, elder mode, where we are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request

from haochaping.hooks.values import Words
from haochaping.web import i18n
from haochaping.web.languages import LANGUAGES, Language

MODE: Final = "mode"
STANDARD: Final = "standard"
ELDER: Final = "elder"
YEAR_SECONDS: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Repost:
    """How a page that was posted is asked for again: address and hidden fields."""

    action: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame templates show."""

    language: Language
    mode: str
    place: str
    path: str
    query: tuple[tuple[str, str], ...]
    offered: tuple[Language, ...]
    repost: Repost | None = None

    @property
    def html_lang(self) -> str:
        """The language tag of the page."""
        return self.language.html_lang

    @property
    def other_mode(self) -> str:
        """The display that the switch leads to."""
        return STANDARD if self.mode == ELDER else ELDER

    @property
    def other_languages(self) -> tuple[Language, ...]:
        """The languages that the switch leads to."""
        return tuple(one for one in self.offered if one.code != self.language.code)

    def here(self, **changes: str) -> str:
        """Return the address of this page with some of its query changed."""
        query = urlencode({**dict(self.query), **changes})
        return f"{self.path}?{query}" if query else self.path


def repost(action: str, values: Mapping[str, str | Sequence[str]]) -> None:
    """Say how to get this posted page again, so that the display switches keep it."""
    pairs = [
        (name, one)
        for name, value in values.items()
        for one in ([value] if isinstance(value, str) else value)
    ]
    g.repost = Repost(action, tuple(pairs))


def frame() -> Frame:
    """Return the frame of this request."""
    switches = (i18n.COOKIE, MODE)
    return Frame(
        language=LANGUAGES[i18n.language()],
        mode=mode(),
        place=i18n.words(current_app.extensions.get("haochaping.place", "")),
        path=request.path,
        query=tuple((k, v) for k, v in request.args.items() if k not in switches),
        offered=i18n.catalogues().offered,
        repost=g.get("repost"),
    )


def mode() -> str:
    """Return the display the reader chose: standard or elder."""
    wish = i18n.asked(MODE) or request.cookies.get(MODE)
    return ELDER if wish == ELDER else STANDARD


def remember(response: Response) -> Response:
    """Keep the reader's choice of language and display for a year."""
    if not i18n.asks():
        return response
    for name, value in ((i18n.COOKIE, i18n.language), (MODE, mode)):
        wish = i18n.asked(name)
        if wish and wish == value():
            response.set_cookie(
                name, wish, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure
            )
    return response


def install(app: Flask, place: Words) -> None:
    """Put the frame into every page and keep the reader's choices."""
    app.extensions["haochaping.place"] = place
    app.after_request(remember)
    app.context_processor(lambda: {"frame": frame()})
