"""Correction notes as sentences, the same on public boards and in the console."""

from __future__ import annotations

from haochaping.disclosure.boards import Board
from haochaping.disclosure.corrected import Figures, Note
from haochaping.web import formats
from haochaping.web.i18n import _, words


def lines(board: Board, subjects: frozenset[int] | None = None) -> tuple[str, ...]:
    """Return a board's correction notes, of some subjects or all, the newest first."""
    return tuple(
        _line(board, note)
        for note in board.corrections
        if subjects is None or note.subject.id in subjects
    )


def _line(board: Board, note: Note) -> str:
    return _(
        "%(day)s %(name)s（%(month)s）：%(reason)s。%(change)s",
        day=formats.day(note.day),
        name=words(note.subject.name),
        month=note.month,
        reason=words(note.why),
        change=_change(board, note),
    )


def _change(board: Board, note: Note) -> str:
    if note.before is not None and note.after is not None:
        return _figures(words(board.columns[0].label), note.before, note.after)
    if note.bad is None or not note.bad:
        return _("数据已调整。")
    if note.bad < 0:
        return _("%(n)s 条差评移出本对象的统计，大厅和地区总数不变。", n=formats.number(-note.bad))
    return _("%(n)s 条差评计入本对象，大厅和地区总数不变。", n=formats.number(note.bad))


def _figures(label: str, before: Figures, after: Figures) -> str:
    counts = _("评价数 %(before)s → %(after)s", before=before.count.text, after=after.count.text)
    if before.cell is None or after.cell is None:
        return counts
    return _(
        "%(counts)s，%(label)s %(before)s → %(after)s",
        counts=counts,
        label=label,
        before=before.cell.text or "—",
        after=after.cell.text or "—",
    )
