"""The coverage ledger: services received, offered an evaluation, rated, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, render_template
from sqlalchemy import Connection

from haochaping.catalog import subjects
from haochaping.coverage import figures, marking
from haochaping.coverage.figures import Covered, Line, Within
from haochaping.coverage.marking import Share
from haochaping.coverage.rules import CoverageRules
from haochaping.grading.formulas import share
from haochaping.hooks.values import Subject
from haochaping.messages import N_
from haochaping.web import sheets
from haochaping.web.console import figure_scope
from haochaping.web.console.figure_rows import Question
from haochaping.web.console.figure_scope import FigureScope
from haochaping.web.console.figures import asked, months
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("coverage", "haochaping.web")
HERE: Final = "/console/coverage"
SHOWN: Final = 500
"""Rows on the page at most; the files have them all."""

HEADS: Final = (
    N_("单位"),
    N_("大厅"),
    N_("窗口"),
    N_("办理渠道"),
    N_("服务次数"),
    N_("已邀评"),
    N_("已评价"),
    N_("默认或补录"),
    N_("未邀评"),
    N_("邀评覆盖率"),
    N_("标注"),
)
CHANNELS: Final = {
    "hall": N_("大厅"),
    "online": N_("网上"),
    "web": N_("网上"),
    "mobile": N_("移动端"),
    "app": N_("移动端"),
    "hotline": N_("热线"),
    "kiosk": N_("自助机"),
}
"""Service channels by name; another is shown as the business system calls it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One window and service channel as the page and the files show it."""

    unit: str
    hall: str
    window: str
    channel: str
    covered: Covered
    share: str
    why: str

    @property
    def cells(self) -> tuple[str | int, ...]:
        """The row of a file."""
        found = self.covered
        counts = (found.served, found.offered, found.rated, found.assumed, found.gap)
        return self.unit, self.hall, self.window, self.channel, *counts, self.share, self.why


@dataclass(frozen=True, slots=True)
class CoveragePage:
    """The ledger of a scope and a month."""

    rows: tuple[Row, ...]
    hidden: int
    total: Covered
    share: str
    marked: int
    rule: str
    scopes: tuple[FigureScope, ...]
    scope: FigureScope
    months: tuple[str, ...]
    month: str
    query: str


@route(pages, HERE)
def show() -> str:
    """Show the ledger, the largest gaps first."""
    question = asked()
    rows = _rows(question)
    total = figures.add_up([row.covered for row in rows])
    page = CoveragePage(
        rows=rows[:SHOWN],
        hidden=max(0, len(rows) - SHOWN),
        total=total,
        share=_share(total),
        marked=sum(1 for row in rows if row.why),
        rule=words(marking.in_words(_rules().marks)),
        scopes=figure_scope.scopes(),
        scope=question.scope,
        months=months(),
        month=question.month.name,
        query=question.query,
    )
    return render_template("console/coverage.html", page=page)


@route(pages, f"{HERE}.csv", "csv")
def as_csv() -> Response:
    """Give the whole ledger of a scope and a month as CSV."""
    question = asked()
    return sheets.csv(_name(question), _table(question))


@route(pages, f"{HERE}.xlsx", "xlsx")
def as_xlsx() -> Response:
    """Give the whole ledger of a scope and a month as XLSX."""
    question = asked()
    return sheets.xlsx(_name(question), _table(question))


def _name(question: Question) -> str:
    return f"coverage-{question.month.name}"


def _table(question: Question) -> list[tuple[str | int, ...]]:
    return [tuple(_(head) for head in HEADS), *(row.cells for row in _rows(question))]


def _rows(question: Question) -> tuple[Row, ...]:
    with site().store.read() as conn:
        within = Within(organizations=question.scope.units())
        lines = figures.lines(conn, question.month, within)
        halls = figures.of(conn, "hall", sorted({one.hall_id for one in lines}), question.month)
        named = _named(conn, lines)
    rows = [_row(line, halls, named) for line in lines]
    return tuple(sorted(rows, key=lambda row: (not row.why, -row.covered.gap)))


def _named(conn: Connection, lines: tuple[Line, ...]) -> dict[str, dict[int, Subject]]:
    return {
        kind: subjects.names(conn, kind, {getattr(one, f"{kind}_id") for one in lines} - {0})
        for kind in ("organization", "hall", "window")
    }


def _row(line: Line, halls: dict[int, Covered], named: dict[str, dict[int, Subject]]) -> Row:
    own, hall = line.covered, halls.get(line.hall_id, line.covered)
    at_window = line.window_id != 0
    why = marking.mark(_of(own), _of(hall), _rules().marks) if at_window else None
    channel = CHANNELS.get(line.channel)
    return Row(
        unit=_title(named["organization"].get(line.organization_id)),
        hall=_title(named["hall"].get(line.hall_id)),
        window=_title(named["window"].get(line.window_id)),
        channel=_(channel) if channel else line.channel,
        covered=own,
        share=_share(own),
        why=words(marking.REASONS[why]) if why else "",
    )


def _of(covered: Covered) -> Share:
    return Share(covered.served, covered.offered)


def _title(subject: Subject | None) -> str:
    return "" if subject is None else words(subject.name)


def _share(covered: Covered) -> str:
    return share(covered.offered, covered.served)


def _rules() -> CoverageRules:
    return CoverageRules.of(site().profile)
