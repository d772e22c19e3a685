"""The supervisor's six figures: live, within one's grants, each with definition and rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template, request

from haochaping.grading import periods
from haochaping.hooks.values import Period
from haochaping.web import timetable
from haochaping.web.console import figure_rows, figure_scope, origins
from haochaping.web.console.figure_rows import Figure, FigureRow, Question
from haochaping.web.console.figure_scope import FigureScope
from haochaping.web.console.origins import Origin
from haochaping.web.errors import NotFound
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("figures", "haochaping.web")
HERE: Final = "/console/figures"
MONTHS: Final = 12
"""Months that can be chosen, the running one included."""


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """The six figures of a scope and a month."""

    figures: tuple[Figure, ...]
    scopes: tuple[FigureScope, ...]
    scope: FigureScope
    months: tuple[str, ...]
    month: str
    query: str
    provenances: tuple[Origin, ...] = ()
    channels: tuple[Origin, ...] = ()
    overdue: tuple[tuple[str, str], ...] = ()
    """What the timetable promised to the public and is not there: where it would be, in words."""


@dataclass(frozen=True, slots=True)
class FigurePage:
    """One figure: its definition and the rows it is made of."""

    figure: Figure
    scope: FigureScope
    month: str
    query: str
    rows: tuple[FigureRow, ...]


@route(pages, HERE)
def overview() -> str:
    """Show the six figures."""
    return render_template("console/figures.html", page=overview_page())


@route(pages, f"{HERE}/<name>")
def one(name: str) -> str:
    """Show one figure with its definition and rows."""
    question = asked()
    with site().store.read() as conn:
        found = {figure.name: figure for figure in figure_rows.figures(conn, question)}
        if name not in found:
            raise NotFound()
        rows = figure_rows.rows(conn, question, name)
    page = FigurePage(found[name], question.scope, question.month.name, question.query, rows)
    return render_template("console/figure.html", page=page)


def overview_page() -> FiguresPage:
    """Return the six figures as the reader asked for them."""
    question = asked()
    with site().store.read() as conn:
        found = figure_rows.figures(conn, question)
        provenances = origins.by_provenance(conn, question)
        channels = origins.by_channel(conn, question)
        overdue = timetable.overdue(conn)
    return FiguresPage(
        figures=found,
        scopes=figure_scope.scopes(),
        scope=question.scope,
        months=months(),
        month=question.month.name,
        query=question.query,
        provenances=provenances,
        channels=channels,
        overdue=overdue,
    )


def months() -> tuple[str, ...]:
    """Return the names of the months that can be chosen, the running one first."""
    return tuple(month.name for month in reversed(_months()))


def asked() -> Question:
    """Return which scope and month the reader asked for; the first and the running one else."""
    months = {month.name: month for month in _months()}
    running = list(months.values())[-1]
    month = months.get(request.args.get("month", ""), running)
    return Question(figure_scope.chosen(request.args.get("scope", type=int)), month)


def _months() -> tuple[Period, ...]:
    today = site().calendar.local_day(site().clock.now())
    return periods.months_until(periods.of_month(today), MONTHS)
