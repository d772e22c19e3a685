"""`/reviews.atom` and `/boards.atom`: published comments and final boards as feeds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from flask import Response
from sqlalchemy import select

from haochaping.disclosure import reviews as published
from haochaping.disclosure.sight import Audience
from haochaping.grading import periods
from haochaping.grading.tables import period_closing
from haochaping.hooks.values import Period
from haochaping.web.i18n import _, words
from haochaping.web.public import addresses, answers, atom, choices, opinions, places
from haochaping.web.public.atom import Entry, Feed
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import Opinion
from haochaping.web.public.reviews import wish
from haochaping.web.routes import route
from haochaping.web.site import site

PERIODS: Final = 6
"""Closed periods whose boards the feed tells of."""


@route(public, "/reviews.atom")
def feed() -> Response:
    """Answer the newest comments as an Atom feed, with the same narrowing as the page."""
    answers.look()
    with site().reading() as conn:
        wanted = wish(conn)
        found = published.recent(conn, site().case_counts.notes, wanted.filter)
    query = wanted.query
    place = words(site().profile.jurisdiction.name)
    return atom.answer(
        Feed(
            addresses.address("reviews", **query),
            _("%(place)s政务服务评价与答复", place=place),
            addresses.reviews(**query),
            [_of_review(one) for one in opinions.opinions(found.reviews)],
        )
    )


@route(public, "/boards.atom")
def boards_feed() -> Response:
    """Answer the boards of the periods closed last: each once, when its figures are final."""
    answers.look()
    with site().reading() as conn:
        region = places.asked(conn)
        rows = period_closing.c
        closed = select(rows.period, rows.closed_at).order_by(rows.closed_at.desc())
        found = [(periods.parse(row[0]), row[1]) for row in conn.execute(closed.limit(PERIODS))]
    code = region.code if region else ""
    place = words(region.name if region else site().profile.jurisdiction.name)
    return atom.answer(
        Feed(
            addresses.address("boards", region=code),
            _("%(place)s政务服务榜单", place=place),
            addresses.address("/boards"),
            list(_of_boards(found, code)),
        )
    )


def _of_review(one: Opinion) -> Entry:
    title = " · ".join(filter(None, (one.grade_label, one.item.label if one.item else "")))
    reply = _("官方答复：%(reply)s", reply=one.reply) if one.reply else one.state
    text = "\n\n".join(filter(None, (one.gone or one.text, reply)))
    return Entry(one.anchor, title, one.href, atom.midnight(one.iso_day), text)


def _of_boards(closed: Iterable[tuple[Period, datetime]], region: str) -> Iterable[Entry]:
    for period, at in closed:
        label = choices.period_label(period)
        for spec in site().disclosing.boards.listed(Audience.PUBLIC):
            about = words(spec.note) or words(site().disclosing.formulas[spec.measure].label)
            href = addresses.board(spec.name, period=period.name, region=region)
            text = _("%(period)s的数据已定稿。%(about)s", period=label, about=about)
            title = f"{words(spec.title)} · {label}"
            yield Entry(href.lstrip("/"), title, href, at, text)
