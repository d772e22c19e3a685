"""The tables of the analysis as a workbook: the same cells as the page's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from haochaping.analysis.reading import KINDS
from haochaping.web.console.analysis_views import AnalysisPage, Line
from haochaping.web.i18n import _

Cell = str | int
Rows = Sequence[Sequence[Cell]]


def tables(page: AnalysisPage) -> Mapping[str, Rows]:
    """Return the tables by the title of their sheet."""
    drawn = page.drawn
    found: dict[str, Rows] = {
        _("合计"): _table(page, _("范围"), [drawn.total]),
        _("差评原因"): _table(page, _("原因"), drawn.reasons),
    }
    for kind in KINDS:
        title = drawn.title(kind)
        found[title] = _table(page, title, drawn.lines(kind))
    if drawn.by_hour:
        found[_("时段")] = list(_hours(page))
    found[_("原因走势")] = [
        (_("月份"), *drawn.series),
        *((line.month, *(_number(cell.text) for cell in line.counts)) for line in drawn.trend),
    ]
    found[_("异常提示")] = [
        (_("类别"), _("名称"), _("说明")),
        *((card.kind, card.title, card.text) for card in drawn.cards),
        (_("规则"), "", drawn.rule),
    ]
    return found


def _table(page: AnalysisPage, first: str, lines: Sequence[Line]) -> Rows:
    heads = (_("差评"), _("评价"), _("差评率"), _("95% 区间"), page.before, "n", _("变化"))
    return [(first, *heads), *(_row(line) for line in lines)]


def _row(line: Line) -> tuple[Cell, ...]:
    counts = (_number(line.bad), _number(line.rated))
    before = (line.before, _number(line.before_n))
    return (line.name, *counts, line.rate, line.interval, *before, line.change)


def _hours(page: AnalysisPage) -> Iterator[tuple[Cell, ...]]:
    yield (_("时段"), *page.drawn.days)
    for row in page.drawn.hours:
        yield (row.label, *(f"{cell.text} ({cell.n})" if cell.n else "" for cell in row.cells))


def _number(text: str) -> Cell:
    """Return a count as a number, what is withheld as its text."""
    plain = text.replace(",", "")
    return int(plain) if plain.isdecimal() else text
