"""`/boards` and `/boards/<name>`: subjects of one kind, ranked where there is enough to rank."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from flask import Response, make_response, render_template, request
from sqlalchemy import Connection

from haochaping.catalog.regions import Region
from haochaping.disclosure.boards import Ask, UnknownBoard, default_period
from haochaping.disclosure.sight import Audience
from haochaping.grading import periods
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.values import Period
from haochaping.web import errors
from haochaping.web.i18n import _, words
from haochaping.web.public import addresses, answers, places
from haochaping.web.public.blueprint import public
from haochaping.web.public.board_page import Asked, board_page
from haochaping.web.public.contexts import BoardCard, BoardPage
from haochaping.web.public.home import board_links
from haochaping.web.routes import route
from haochaping.web.site import site

ROWS: Final = 25
"""Lines of a page of a board: about 55 KB at seven columns."""
LAST_PAGE: Final = 2000
DIRECTIONS: Final = {"asc": False, "desc": True}


@route(public, "/boards")
def boards() -> Response:
    """Show all boards with what they are ordered by."""
    answers.look()
    listed = site().disclosing.boards.listed(Audience.PUBLIC)
    cards = [_card(spec) for spec in listed]
    return answers.page("public/boards.html", answers.QUIET_SECONDS, cards=cards)


@route(public, "/boards/<name>")
def board(name: str) -> Response:
    """Show a board for a period and region, in the order of a column."""
    answers.look()
    now = site().clock.now()
    try:
        with site().reading() as conn:
            page = _page(conn, name, now)
    except UnknownBoard as problem:
        if errors.wants_document():
            raise
        rendered = render_template("public/no_board.html", name=name[:40], boards=board_links())
        return make_response(rendered, problem.status)
    return answers.page("public/board.html", page=page)


def _page(conn: Connection, name: str, now: datetime) -> BoardPage:
    today = site().calendar.local_day(now)
    region, place = places.asked(conn), page_number()
    ask = _ask(name, region, _period(today), place)
    found = site().disclosing.boards.board(conn, ask, now)
    return board_page(conn, Asked(found, region, today, place, ROWS))


def _ask(name: str, region: Region | None, period: Period, place: int) -> Ask:
    return Ask(
        name,
        period,
        region.code if region else "",
        order=request.args.get("order", ""),
        descending=DIRECTIONS.get(request.args.get("direction", "")),
        limit=place * ROWS,
    )


def page_number() -> int:
    """Return which page of lines is asked for, 1 when that is unreadable."""
    asked = request.args.get("page", "")
    return min(max(int(asked), 1), LAST_PAGE) if asked.isascii() and asked.isdigit() else 1


def _period(today: date) -> Period:
    """Return the period of the query, the running month by default. Raises UnknownPeriod."""
    asked = request.args.get("period", "").strip()
    return periods.parse(asked) if asked else default_period(today)


def _card(spec: BoardSpec) -> BoardCard:
    formula = site().disclosing.formulas[spec.measure]
    about = words(spec.note) or _("按%(measure)s排列", measure=words(formula.label))
    return BoardCard(words(spec.title), addresses.board(spec.name), about)
