"""`/honours`: the honours of a published period with their reasons."""

from __future__ import annotations

from datetime import date

from flask import Response, request
from sqlalchemy import Connection

from haochaping.appraisal import outcomes, stages
from haochaping.appraisal.stages import Stage
from haochaping.catalog import subjects, windows
from haochaping.grading import appraisal, periods
from haochaping.grading.appraisal import JUDGED, Awarded
from haochaping.hooks.grading import Evidence
from haochaping.hooks.values import Period, Subject, Words
from haochaping.web import formats
from haochaping.web.i18n import _, words
from haochaping.web.public import answers, choices
from haochaping.web.public.blueprint import public
from haochaping.web.public.contexts import Honour, HonourGroup, HonoursPage, Link, Option
from haochaping.web.routes import route
from haochaping.web.site import site


@route(public, "/honours")
def honours() -> Response:
    """Show the honours of a period, by default the newest one that was published."""
    answers.look()
    today = site().calendar.local_day(site().clock.now())
    with site().reading() as conn:
        page = _page(conn, _period(conn, today), today)
    return answers.page("public/honours.html", answers.QUIET_SECONDS, page=page)


def _period(conn: Connection, today: date) -> Period:
    """Return the period of the query. Raises UnknownPeriod."""
    asked = request.args.get("period", "").strip()
    if asked:
        return periods.parse(asked)
    published = stages.published_periods(conn)
    return published[0] if published else periods.last_over(today)[0]


def _page(conn: Connection, period: Period, today: date) -> HonoursPage:
    groups: dict[tuple[str, str], list[Honour]] = {}
    stage = stages.state(conn, period).stage
    shown = JUDGED if stage is Stage.PUBLISHED else ()
    for kind in shown:
        found = outcomes.standing_honours(conn, period, kind)
        for one, honour in zip(found, _honours(conn, kind, found), strict=True):
            groups.setdefault((one.plugin, words(one.award.name)), []).append(honour)
    return HonoursPage(
        month=choices.period_label(period),
        closed=stage is Stage.PUBLISHED,
        frozen=stage is Stage.FROZEN,
        groups=tuple(
            HonourGroup(title, tuple(sorted(each, key=_order)))
            for (_plugin, title), each in groups.items()
        ),
        months=_options(conn, period, today),
        incomplete=stage is Stage.PUBLISHED and bool(appraisal.failures_of(conn, period)),
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
        links=tuple(_link(each) for each in one.award.evidence),
    )


def _link(evidence: Evidence) -> Link:
    """Return the way to what an honour rests on; the console's pages want a sign-in, and say so."""
    label = words(evidence.label)
    if evidence.link.startswith("/console/"):
        label = _("%(what)s（登录后查看）", what=label)
    return Link(label, evidence.link)


def _order(honour: Honour) -> tuple[int, str, str]:
    return -honour.stars, honour.where, honour.who


def _options(conn: Connection, chosen: Period, today: date) -> tuple[Option, ...]:
    """Return what may be chosen: published periods, and months that are over, newest first."""
    over = [each for each in choices.counted_months(conn, today) if each.last < today]
    known = {each.name: each for each in (chosen, *over, *stages.published_periods(conn))}
    ordered = sorted(known.values(), key=lambda each: (each.last, -each.first.toordinal()))
    return tuple(
        Option(each.name, formats.period(each), each.name == chosen.name)
        for each in reversed(ordered)
    )
