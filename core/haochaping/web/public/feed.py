"""`/reviews.atom`: published comments as a feed, with the same narrowing as the page."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Response, request

from haochaping.disclosure import reviews as published
from haochaping.web import i18n
from haochaping.web.i18n import _, words
from haochaping.web.languages import LANGUAGES
from haochaping.web.public import addresses, answers, opinions
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import Opinion
from haochaping.web.public.reviews import wish
from haochaping.web.routes import route
from haochaping.web.site import site

ATOM: Final = "http://www.w3.org/2005/Atom"


@route(public, "/reviews.atom")
def feed() -> Response:
    """Answer the newest comments as an Atom feed."""
    answers.look()
    with site().reading() as conn:
        wanted = wish(conn)
        found = published.recent(conn, site().case_counts.notes, wanted.filter)
    text = tostring(
        _feed(opinions.opinions(found.reviews), wanted.query), "utf-8", xml_declaration=True
    )
    return answers.kept(Response(text, content_type="application/atom+xml"), answers.QUIET_SECONDS)


def _feed(shown: tuple[Opinion, ...], query: dict[str, str]) -> Element:
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": LANGUAGES[i18n.language()].html_lang})
    place = words(site().profile.jurisdiction.name)
    _put(feed, "title", _("%(place)s政务服务评价与答复", place=place))
    _put(feed, "id", _id(addresses.address("reviews", **query)))
    _put(
        feed, "updated", max((_moment(one.iso_day) for one in shown), default=_moment("1970-01-01"))
    )
    author = SubElement(feed, "author")
    _put(author, "name", place)
    base = site().settings.base_url
    SubElement(feed, "link", {"rel": "self", "href": base + request.full_path.rstrip("?")})
    SubElement(feed, "link", {"href": base + addresses.reviews(**query)})
    for one in shown:
        feed.append(_entry(one))
    return feed


def _entry(one: Opinion) -> Element:
    entry = Element("entry")
    title = " · ".join(filter(None, (one.grade_label, one.item.label if one.item else "")))
    _put(entry, "title", title)
    _put(entry, "id", _id(one.anchor))
    _put(entry, "updated", _moment(one.iso_day))
    SubElement(entry, "link", {"href": site().settings.base_url + addresses.reviews()})
    reply = _("官方答复：%(reply)s", reply=one.reply) if one.reply else one.state
    _put(entry, "content", "\n\n".join(filter(None, (one.gone or one.text, reply))))
    return entry


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _id(what: str) -> str:
    host = urlsplit(site().settings.base_url).hostname or "haochaping"
    return f"tag:{host},2026:{what}"


def _moment(day: str) -> str:
    """Return the local midnight of a day: of comments the date is all that is told."""
    local = datetime.combine(date.fromisoformat(day), time(), site().zone)
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
