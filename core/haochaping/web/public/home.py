"""`/`: the public home of the jurisdiction or of one of its regions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from flask import Response, redirect
from sqlalchemy import Connection

from haochaping.catalog.regions import Region
from haochaping.disclosure import narrowing, reviews
from haochaping.disclosure.home import STATES, Home
from haochaping.disclosure.sight import Audience
from haochaping.disclosure.trend import Trend, months_shown
from haochaping.grading import periods
from haochaping.hooks.values import Grade, Period
from haochaping.indicators import scale
from haochaping.web import formats
from haochaping.web.i18n import _, words
from haochaping.web.public import addresses, answers, came, figures, opinions, places, sealing
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import (
    GradeBar,
    HomePage,
    Link,
    Opinion,
    State,
    TrendRow,
    TrendTable,
)
from haochaping.web.public.remembered import remembered
from haochaping.web.routes import route
from haochaping.web.site import site

LATEST: Final = 4
"""Comments on the home."""
TREND: Final = ("satisfaction", "bad_rate", "on_time_rate")
"""Columns of the trend, as far as the profile has the formula."""


@route(public, "/")
def home() -> Response:
    """Show totals, figures, the trend, the newest comments and the way to every board."""
    answers.look()
    return answers.again(remembered(_home))


def _home() -> Response:
    now = site().clock.now()
    today = site().calendar.local_day(now)
    with site().reading() as conn:
        region = places.asked(conn)
        if region is not None and places.counted(region) != region.code:
            return _to(places.counted(region))
        page = _page(conn, region, today, now)
    return answers.live("public/home.html", page=page)


def _to(region: str) -> Response:
    return redirect(addresses.home(region))  # type: ignore[return-value]


def _page(conn: Connection, region: Region | None, today: date, now: datetime) -> HomePage:
    code = region.code if region else ""
    shown = site().disclosing.homes.home(conn, code, today, now)
    month = periods.of_month(today)
    return HomePage(
        where=places.where(conn, region, addresses.home),
        month=formats.month(today),
        as_of=formats.moment(now),
        totals=_totals(shown),
        rated=formats.number(shown.totals.month.rated),
        grades=_grades(shown),
        figures=figures.figures(shown.columns, shown.cells),
        states=tuple(
            State(name, words(STATES[name]), count.text) for name, count in shown.cases.items()
        ),
        trend=_trend(_trend_of(conn, code, month)),
        reviews=_latest(conn, code),
        reviews_href=addresses.reviews(region=code),
        bad_href=addresses.reviews(region=code, bad="1"),
        below=site().profile.rules.disclosure.suppress_below,
        boards=board_links(code),
        seal=sealing.seal_line(conn),
        digest=shown.profile_digest[:12],
        empty=shown.totals.all.rated == 0,
        origins=came.shown(shown.origins),
    )


def board_links(region: str = "", current: str = "") -> tuple[Link, ...]:
    """Return the links to all public boards, within a region."""
    listed = site().disclosing.boards.listed(Audience.PUBLIC)
    return tuple(
        Link(words(one.title), addresses.board(one.name, region=region), one.name == current)
        for one in listed
    )


def _totals(shown: Home) -> tuple[tuple[str, str], ...]:
    totals = shown.totals
    return (
        (_("今日评价"), formats.number(totals.today.rated)),
        (_("本月评价"), formats.number(totals.month.rated)),
        (_("累计评价"), formats.number(totals.all.rated)),
    )


def _grades(shown: Home) -> tuple[GradeBar, ...]:
    return tuple(
        GradeBar(
            each.grade,
            words(scale.label(Grade(each.grade))),
            each.count.text,
            each.share,
            each.share.removesuffix("%"),
        )
        for each in shown.grades
    )


def _latest(conn: Connection, region: str) -> tuple[Opinion, ...]:
    notes, wanted = site().case_counts.notes, narrowing.Filter(region=region)
    return opinions.opinions(reviews.recent(conn, notes, wanted, limit=LATEST).reviews)


def _trend_of(conn: Connection, region: str, month: Period) -> Trend:
    disclosing = site().disclosing
    months = months_shown(month, site().profile.rules.disclosure.trend_months)
    names = [name for name in TREND if name in disclosing.formulas]
    return disclosing.trends.trend(conn, region, months, names)


def _trend(trend: Trend) -> TrendTable:
    return TrendTable(
        columns=tuple(words(column.label) for column in trend.columns),
        rows=tuple(_months(trend)),
    )


def _months(trend: Trend) -> Sequence[TrendRow]:
    return [
        TrendRow(
            month=formats.month(point.month.first),
            short=point.month.name,
            rated=formats.number(point.rated),
            number=point.rated,
            figures=figures.figures(trend.columns, point.cells),
        )
        for point in trend.points
    ]
