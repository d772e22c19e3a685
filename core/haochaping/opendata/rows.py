"""The rows of each data set, read from what the public sees anyway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.disclosure import reviews
from haochaping.disclosure.boards import Ask, Board, Boards, Row
from haochaping.disclosure.cells import Cell
from haochaping.disclosure.narrowing import Filter
from haochaping.disclosure.reviews import CaseNotes, PublicReview
from haochaping.disclosure.sight import Audience
from haochaping.hooks.values import Period, Subject
from haochaping.opendata.dictionary import FIGURES, MEASURES, REVIEWS

Rows = Iterator[Mapping[str, Any]]
ALL: Final = 10_000_000
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from: the public's own boards and comments."""

    boards: Boards
    notes: CaseNotes

    def rows(self, conn: Connection, name: str, period: Period, at: datetime) -> Rows:
        """Yield the rows of a data set for a month. Raises KeyError for an unknown name."""
        if name == FIGURES.name:
            return self._figures(conn, period, at)
        return {REVIEWS.name: self._reviews, MEASURES.name: self._measures}[name](conn, period)

    def _figures(self, conn: Connection, period: Period, at: datetime) -> Rows:
        boards = self.boards.listed(Audience.PUBLIC)
        asks = (Ask(name, period, limit=ALL) for name in sorted(spec.name for spec in boards))
        return chain.from_iterable(map(_board_rows, self.boards.each(conn, asks, at)))

    def _measures(self, conn: Connection, period: Period) -> Rows:
        shown = {
            column
            for spec in self.boards.listed(Audience.PUBLIC)
            for column in self.boards.columns(spec)
        }
        for name in sorted(shown):
            formula = self.boards.formulas[name]
            yield {
                "measure": name,
                "label": formula.label.zh,
                "label_en": formula.label.en,
                "definition": formula.definition.zh,
                "definition_en": formula.definition.en,
                "unit": "%" if formula.is_ratio else "",
            }

    def _reviews(self, conn: Connection, period: Period) -> Rows:
        wanted, mark = Filter(days=(period.first, period.last)), ""
        while True:
            page = reviews.recent(conn, self.notes, wanted, mark, _BATCH)
            yield from (_review(one, period) for one in page.reviews if one.gone is None)
            mark = page.next
            if not mark:
                return


def _board_rows(board: Board) -> Rows:
    known = sorted(board.rows, key=lambda row: (row.subject.code, row.subject.name.zh))
    for line, row in enumerate(known, start=1):
        facts = {"line": line, **_facts(board, row)}
        for column in board.columns:
            yield {**facts, "measure": column.name, **_cell(row.cells[column.name])}


def _facts(board: Board, row: Row) -> dict[str, Any]:
    return {
        "period": board.period.name,
        "board": board.name,
        "subject_kind": board.subject_kind,
        "subject_code": row.subject.code,
        "subject_name": row.subject.name.zh,
        "region": row.subject.region,
        "ratings": row.count.count,
        "ratings_withheld": row.count.count is None,
        "place": row.rank,
        "corrected": row.corrected,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    low, high = cell.interval or ("", "")
    return {
        "value": None if cell.withheld else _number(cell.text),
        "n": None if cell.withheld else cell.n,
        "low": None if cell.withheld else _number(low),
        "high": None if cell.withheld else _number(high),
        "withheld": cell.withheld,
    }


def _number(shown: str) -> str | None:
    """Return a figure exactly as the board rounds it, without its sign of percent."""
    return shown.removesuffix("%") or None


def _review(one: PublicReview, period: Period) -> dict[str, Any]:
    note = one.note
    return {
        "period": period.name,
        "mark": one.mark,
        "day": one.day,
        "grade": int(one.grade),
        "text": one.text,
        **_named("organization", one.organization),
        **_named("hall", one.hall),
        **_named("item", one.item),
        "case_state": note.state if note else None,
        "reply": note.reply if note else None,
    }


def _named(kind: str, subject: Subject | None) -> dict[str, str | None]:
    return {
        f"{kind}_code": subject.code if subject else None,
        f"{kind}_name": subject.name.zh if subject else None,
    }
