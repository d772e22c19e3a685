"""A unit's own figures: for leaders, hall managers and liaisons, as published; exact above.

Windows, staff members and small halls are seen in batches only, answers to local questions
up to yesterday: reloading the page after a customer tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Blueprint, render_template
from sqlalchemy import Connection

from haochaping.catalog import subjects
from haochaping.disclosure import answered, summed
from haochaping.disclosure.answered import Answered
from haochaping.disclosure.sight import Audience, Wanted
from haochaping.grading import answers, figures
from haochaping.grading.answers import Asked
from haochaping.hooks.values import Period
from haochaping.web import formats
from haochaping.web.console import staff_boards
from haochaping.web.console.staff_boards import View
from haochaping.web.i18n import words
from haochaping.web.public import came, choices
from haochaping.web.public import figures as shown
from haochaping.web.public.contexts import Figure
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("unit_figures", "haochaping.web")
HERE: Final = "/console/unit"


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer of a question."""

    label: str
    count: str
    share: str


@dataclass(frozen=True, slots=True)
class QuestionTable:
    """One local question with its answers."""

    code: str
    text: str
    n: str
    lines: tuple[AnswerLine, ...]
    current: bool


@dataclass(frozen=True, slots=True)
class UnitPage:
    """The figures of a place in a period."""

    views: tuple[View, ...]
    view: View
    periods: choices.Groups
    period: str
    exact: bool
    until: str
    rated: str
    passive: str
    shielded: bool
    figures: tuple[Figure, ...]
    questions: tuple[QuestionTable, ...]


@route(pages, HERE)
def show() -> str:
    """Show the figures of one's own place."""
    with site().store.read() as conn:
        page = _page(conn, staff_boards.view_asked(), staff_boards.period_asked())
    return render_template("console/unit_figures.html", page=page)


def _page(conn: Connection, view: View, period: Period) -> UnitPage:
    today = site().calendar.local_day(site().clock.now())
    exact = view.audience is Audience.SUPERVISOR
    kind, ids = _subjects(view, "region")
    total = summed.of_place(
        conn, site().disclosing.boards, Wanted(kind, ids, period), view.audience
    )
    last = today if exact else today - timedelta(days=1)
    return UnitPage(
        views=staff_boards.views(),
        view=view,
        periods=choices.period_options(conn, period, today),
        period=choices.period_label(period),
        exact=exact,
        until=formats.day(min(last, period.last)),
        rated=total.count.text,
        passive=came.passive(total.passive),
        shielded=total.shielded,
        figures=shown.figures(total.columns, total.cells),
        questions=_questions(conn, view, period, last),
    )


def _questions(
    conn: Connection, view: View, period: Period, last: date
) -> tuple[QuestionTable, ...]:
    kind, ids = _subjects(view, "organization")
    counts = answers.counts(conn, Asked.of(kind, ids, period, last))
    exact = view.audience is Audience.SUPERVISOR
    below = 0 if exact else site().profile.rules.disclosure.suppress_below
    return tuple(_table(one) for one in answered.tables(site().desk.rules, counts, below))


def _table(one: Answered) -> QuestionTable:
    lines = (
        AnswerLine(words(each.label), each.count.text, each.share or shown.NONE)
        for each in one.answers
    )
    return QuestionTable(one.code, words(one.text), one.n.text, tuple(lines), one.current)


def _subjects(view: View, widest: str) -> tuple[str, figures.Ids]:
    """Return which subjects a grant is about; a region's are its counties or its units."""
    grant = view.grant
    if grant.hall_id is not None:
        return "hall", [grant.hall_id]
    if grant.organization_id is not None:
        path = grant.organization_path or "/0/"  # a unit that is gone holds nothing
        return "organization", subjects.in_organization("organization", path)
    if not grant.region:
        return widest, None
    if widest == "region":
        return "region", figures.within_region(grant.region)
    return "organization", subjects.in_region("organization", grant.region_path)
