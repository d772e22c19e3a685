"""`/honours`: the honours of a closed month with their reasons, as the plugins awarded them."""

from __future__ import annotations

from datetime import date

from flask import Response, request
from sqlalchemy import Connection

from haochaping.catalog import subjects, windows
from haochaping.grading import appraisal, closing, periods
from haochaping.grading.appraisal import JUDGED, Awarded
from haochaping.hooks.values import Period, Subject, Words
from haochaping.web import formats
from haochaping.web.i18n import words
from haochaping.web.public import answers, choices
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import Honour, HonourGroup, HonoursPage, Option
from haochaping.web.routes import route
from haochaping.web.site import site

HONOUR = "honour"
"""Kind of the awards that are shown; points and penalties are the unit's matter."""


@route(public, "/honours")
def honours() -> Response:
    """Show the honours of a month, the last one that is over by default."""
    answers.look()
    today = site().calendar.local_day(site().clock.now())
    with site().store.read() as conn:
        page = _page(conn, _month(today), today)
    return answers.page("public/honours.html", answers.QUIET_SECONDS, page=page)


def _month(today: date) -> Period:
    """Return the month of the query. Raises UnknownPeriod."""
    asked = request.args.get("period", "").strip()
    return periods.parse(asked) if asked else closing.last_month_over(today)


def _page(conn: Connection, month: Period, today: date) -> HonoursPage:
    groups: dict[tuple[str, str], list[Honour]] = {}
    for kind in JUDGED:
        found = [one for one in appraisal.awards_of(conn, month, kind) if one.award.kind == HONOUR]
        for one, honour in zip(found, _honours(conn, kind, found), strict=True):
            groups.setdefault((one.plugin, words(one.award.name)), []).append(honour)
    return HonoursPage(
        month=choices.period_label(month),
        closed=closing.is_closed(conn, month),
        groups=tuple(
            HonourGroup(title, tuple(sorted(each, key=_order)))
            for (_plugin, title), each in groups.items()
        ),
        months=_months(conn, month, today),
        incomplete=bool(appraisal.failures_of(conn, month)),
    )


def _honours(conn: Connection, kind: str, found: list[Awarded]) -> list[Honour]:
    ids = [one.subject_id for one in found]
    names = subjects.names(conn, kind, ids)
    halls = windows.hall_names(conn, ids) if kind == "window" else {}
    return [_honour(one, names.get(one.subject_id), halls.get(one.subject_id)) for one in found]


def _honour(one: Awarded, subject: Subject | None, hall: Words | None) -> Honour:
    return Honour(
        who=words(subject.name) if subject else "",
        where=words(hall),
        award=words(one.award.name),
        stars=one.award.level,
        reason=words(one.award.reason),
    )


def _order(honour: Honour) -> tuple[int, str, str]:
    return -honour.stars, honour.where, honour.who


def _months(conn: Connection, chosen: Period, today: date) -> tuple[Option, ...]:
    over = [each for each in choices.counted_months(conn, today) if each.last < today]
    known = {each.name: each for each in (chosen, *over)}
    return tuple(
        Option(name, formats.month(each.first), name == chosen.name)
        for name, each in sorted(known.items(), reverse=True)
    )
