"""Atom feeds (RFC 4287) of the public pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Response, request

from haochaping.web import i18n
from haochaping.web.i18n import words
from haochaping.web.languages import LANGUAGES
from haochaping.web.public import answers
from haochaping.web.site import site

ATOM: Final = "http://www.w3.org/2005/Atom"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `key` is unique on this site for ever, `href` an address here."""

    key: str
    title: str
    href: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its title, its page here and its entries, the newest first."""

    key: str
    title: str
    href: str
    entries: Sequence[Entry]


def answer(feed: Feed) -> Response:
    """Return a feed that caches may keep."""
    text = tostring(_feed(feed), "utf-8", xml_declaration=True)
    return answers.kept(Response(text, content_type="application/atom+xml"), answers.QUIET_SECONDS)


def midnight(day: str) -> datetime:
    """Return the local midnight of an ISO day, where a date is all that is told."""
    return datetime.combine(date.fromisoformat(day), time(), site().zone)


def _feed(feed: Feed) -> Element:
    top = Element("feed", {"xmlns": ATOM, "xml:lang": LANGUAGES[i18n.language()].html_lang})
    _put(top, "title", feed.title)
    _put(top, "id", _id(feed.key))
    _put(top, "updated", _moment(max((one.at for one in feed.entries), default=_LONG_AGO)))
    _put(SubElement(top, "author"), "name", words(site().profile.jurisdiction.name))
    base = site().settings.base_url
    SubElement(top, "link", {"rel": "self", "href": base + request.full_path.rstrip("?")})
    SubElement(top, "link", {"href": base + feed.href})
    for one in feed.entries:
        entry = SubElement(top, "entry")
        _put(entry, "title", one.title)
        _put(entry, "id", _id(one.key))
        _put(entry, "updated", _moment(one.at))
        SubElement(entry, "link", {"href": base + one.href})
        _put(entry, "content", one.text)
    return top


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _id(what: str) -> str:
    host = urlsplit(site().settings.base_url).hostname or "haochaping"
    return f"tag:{host},2026:{what}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
