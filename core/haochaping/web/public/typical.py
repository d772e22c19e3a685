"""`/typical-cases`: what became of closed cases, told without persons; each at its own address."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from haochaping.disclosure import search
from haochaping.disclosure import typical as published
from haochaping.disclosure.typical import Told
from haochaping.disclosure.typical_desk import LABELS
from haochaping.web import formats, i18n
from haochaping.web.errors import NotFound
from haochaping.web.i18n import _, words
from haochaping.web.public import addresses, answers, places
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import Link, TypicalCase, TypicalPage
from haochaping.web.routes import route
from haochaping.web.site import site


@route(public, "/typical-cases")
def typical_cases() -> Response:
    """Show typical cases, narrowed to a region or to words that occur in them."""
    answers.look()
    text = request.args.get("q", "").strip()[: search.LONGEST]
    after = request.args.get("after", "")[:40]
    with site().reading() as conn:
        region = places.asked(conn)
        code = region.code if region else ""
        found = published.recent(conn, code, text, after)
        where = places.where(conn, region, lambda one: addresses.typical(region=one, q=text))
    query = {"region": code, "q": text}
    page = TypicalPage(
        where=where,
        cases=tuple(shown(one) for one in found.cases),
        text=text,
        more=addresses.typical(**query, after=found.next) if found.next else "",
        first=addresses.typical(**query) if after else "",
    )
    return answers.page("public/typical_cases.html", answers.QUIET_SECONDS, page=page)


@route(public, "/typical-cases/<code>")
def typical_case(code: str) -> Response:
    """Show one under its permalink; of a withdrawn one, when and why it was taken down (410)."""
    answers.look()
    with site().reading() as conn:
        found = published.one(conn, code[:40])
    if found is None:
        raise NotFound()
    body = render_template("public/typical_case.html", page=shown(found))
    response = make_response(body, 410 if found.gone else 200)
    return answers.kept(response, answers.QUIET_SECONDS)


def shown(one: Told) -> TypicalCase:
    """Return a typical case with its words; the English summary first where English is read."""
    english = one.english if i18n.language().startswith("en") else ""
    names = ("said", "found", "done", "learnt")
    texts = {name: getattr(one, name) for name in names}
    return TypicalCase(
        href=addresses.typical_case(one.public_id),
        title=one.title or _("典型案例"),
        organization=_link("organization", one),
        item=words(one.item.name) if one.item else "",
        day=formats.day(one.published_at),
        iso_day=site().calendar.local_day(one.published_at).isoformat(),
        english=english,
        parts=tuple((words(LABELS[name]), text) for name, text in texts.items() if text),
        gone=words(published.GONE.get(one.gone, one.gone)),
        gone_day=formats.day(one.gone_at) if one.gone_at else "",
    )


def _link(kind: str, one: Told) -> Link | None:
    unit = one.organization
    if unit is None:
        return None
    return Link(words(unit.name), addresses.reviews(**{kind: unit.code}) if unit.code else "")
