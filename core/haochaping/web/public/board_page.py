"""What the page of a board shows, made from the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from haochaping.catalog import windows
from haochaping.catalog.regions import Region
from haochaping.disclosure import boards
from haochaping.disclosure.boards import Board
from haochaping.disclosure.cells import Cell, counts_cases
from haochaping.grading import periods
from haochaping.hooks.values import Subject
from haochaping.messages import N_
from haochaping.web import correction_notes, formats
from haochaping.web.i18n import _, words
from haochaping.web.public import addresses, came, choices, figures, home, places
from haochaping.web.public.contexts import BoardPage, Head, Link, Option, Row, Span
from haochaping.web.site import site

SUBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "region": N_("地区"),
        "organization": N_("部门"),
        "hall": N_("大厅"),
        "window": N_("窗口"),
        "staff": N_("工号"),
        "item": N_("事项"),
    }
)
"""What a board's lines are, as the head of their column."""


NOTHING: Final = Cell("")
"""The cell of a line whose interval is not drawn."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A board that was asked for: where, on which day, which page of how many lines."""

    board: Board
    region: Region | None
    today: date
    page: int
    rows: int

    @property
    def query(self) -> dict[str, str]:
        """The query that asks for the same board, its first page."""
        board = self.board
        return {
            "period": board.period.name,
            "region": board.region,
            "order": board.order,
            "direction": "desc" if board.descending else "asc",
        }

    def to(self, **changes: str) -> str:
        """Return the address of the same board with some of its query changed."""
        return addresses.board(self.board.name, **{**self.query, **changes})


def board_page(conn: Connection, asked: Asked) -> BoardPage:
    """Return the page of a board."""
    board = asked.board
    rows, cut = _rows(conn, asked), _cut(asked)
    return BoardPage(
        name=board.name,
        title=words(board.title),
        note=words(board.note),
        subject=_(SUBJECTS[board.subject_kind]),
        where=places.where(conn, asked.region, lambda code: asked.to(region=code)),
        period=choices.period_label(board.period),
        as_of=formats.moment(board.as_of),
        closed=board.closed,
        heads=tuple(_heads(asked)),
        ranked=tuple(row for row in rows if row.rank),
        unranked=tuple(row for row in rows if not row.rank),
        unranked_reason=_reason(board),
        single_day=board.subject_kind != "region" and periods.kind(board.period) == "day",
        periods=choices.period_options(conn, board.period, asked.today),
        orders=tuple(
            Option(column.name, words(column.label), column.name == board.order)
            for column in board.columns
        ),
        total=formats.number(board.total),
        k=site().profile.rules.disclosure.k,
        earlier=asked.to(page=str(asked.page - 1)) if asked.page > 1 else "",
        later=asked.to(page=str(asked.page + 1)) if cut else "",
        place=_place(asked),
        permalink=site().settings.base_url + asked.to(),
        json_href=_api(asked),
        csv_href=_api(asked, format="csv"),
        digest=board.profile_digest[:12],
        others=home.board_links(board.region, board.name),
        corrections=correction_notes.lines(board),
        origins=came.shown(board.origins),
    )


def _rows(conn: Connection, asked: Asked) -> list[Row]:
    """Return the lines of this page; the ordered column of ranked ones is drawn on one scale."""
    board = asked.board
    shown = board.rows[(asked.page - 1) * asked.rows :]
    spans = figures.spans(row.cells[board.order] if row.rank else NOTHING for row in shown)
    ids = [row.subject.id for row in shown]
    halls = windows.hall_names(conn, ids) if board.subject_kind == "window" else {}
    return [
        _row(board, row, span, words(halls.get(row.subject.id)))
        for row, span in zip(shown, spans, strict=True)
    ]


def _row(board: Board, row: boards.Row, span: Span | None, under: str) -> Row:
    rated = row.count.text
    cells = [
        figures.figure(column, row.cells[column.name], span if column.name == board.order else None)
        for column in board.columns
    ]
    return Row(
        rank="" if row.rank is None else formats.number(row.rank),
        tied=row.tied,
        band="" if row.band is None else _("第 %(n)s 档", n=row.band),
        name=_name(board, row.subject),
        under=under,
        rated=rated,
        cells=tuple(replace(cell, n="") if cell.n == rated else cell for cell in cells),
        shielded=row.shielded,
        corrected=row.corrected,
        passive=came.passive(row.passive),
    )


def _name(board: Board, subject: Subject) -> Link:
    """Return a line's name; it leads to what the public can read about the subject."""
    name = words(subject.name)
    if board.subject_kind == "region":
        return Link(name, addresses.home(subject.code))
    if board.subject_kind in ("organization", "hall", "item") and subject.code:
        return Link(name, addresses.reviews(**{board.subject_kind: subject.code}))
    return Link(name, "")


def _heads(asked: Asked) -> Sequence[Head]:
    board = asked.board
    heads = []
    for column in board.columns:
        current = column.name == board.order
        turned = "asc" if current and board.descending else "desc" if current else ""
        heads.append(
            Head(
                label=words(column.label),
                definition=words(column.definition),
                href=asked.to(order=column.name, direction=turned),
                sorted=_sorted(board) if current else "",
            )
        )
    return heads


def _sorted(board: Board) -> str:
    return "descending" if board.descending else "ascending"


def _reason(board: Board) -> str:
    """Say why lines are listed without a rank."""
    if counts_cases(site().disclosing.formulas[board.order]):
        return _("本期没有可计算的整改工单，只列出、不排名。")
    return _("评价少于 %(n)s 条，只列出、不排名。", n=formats.number(board.min_n))


def _cut(asked: Asked) -> bool:
    return asked.board.total > asked.page * asked.rows


def _place(asked: Asked) -> str:
    """Say which lines this page shows; empty when it shows them all."""
    total, first = asked.board.total, (asked.page - 1) * asked.rows + 1
    if total <= asked.rows:
        return ""
    last = min(asked.page * asked.rows, total)
    return _(
        "第 %(first)s–%(last)s 行，共 %(total)s 行",
        first=formats.number(first),
        last=formats.number(last),
        total=formats.number(total),
    )


def _api(asked: Asked, **more: str) -> str:
    query = {name: asked.query[name] for name in ("period", "region", "order")}
    return addresses.address(f"/api/v1/boards/{asked.board.name}", **query, **more)
