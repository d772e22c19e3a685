"""Figures as the public reads them: value, n, 95 % interval, definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from haochaping.disclosure.cells import Cell, Column
from haochaping.web import formats
from haochaping.web.i18n import words
from haochaping.web.public import addresses
from haochaping.web.public.contexts import Figure, Span

NONE = "—"


def figures(columns: Iterable[Column], cells: Mapping[str, Cell]) -> tuple[Figure, ...]:
    """Return the figures of a row or a page, in the order of its columns."""
    return tuple(figure(column, cells[column.name]) for column in columns)


def figure(column: Column, cell: Cell, span: Span | None = None) -> Figure:
    """Return one figure; what is withheld or missing has neither n nor interval."""
    bare = cell.withheld or not cell.text
    return Figure(
        label=words(column.label),
        value=cell.told or NONE,
        n="" if bare else formats.number(cell.n),
        interval="" if bare else interval(cell),
        number="" if bare else str(plain(cell.text)),
        definition=words(column.definition),
        href=addresses.method(column.name),
        withheld=cell.withheld,
        span=span,
    )


def interval(cell: Cell) -> str:
    """Return the 95 % interval as `0.31–1.20%`; empty for what is no ratio."""
    bounds = cell.brief_interval or cell.interval
    if bounds is None:
        return ""
    low, high = bounds
    return f"{low.removesuffix('%')}–{high}"


def plain(text: str) -> float:
    """Return a figure's text as a number, without its percent sign."""
    return float(text.removesuffix("%"))


def spans(cells: Iterable[Cell]) -> list[Span | None]:
    """Return the cells' intervals drawn on one scale; None where there is none."""
    bounds = [_bounds(cell) for cell in cells]
    known = [one for one in bounds if one is not None]
    if not known:
        return [None] * len(bounds)
    low, high = min(one[0] for one in known), max(one[2] for one in known)
    reach = (high - low) or 1.0
    return [None if one is None else _span(one, low, reach) for one in bounds]


def _bounds(cell: Cell) -> tuple[float, float, float] | None:
    if cell.interval is None or cell.withheld or not cell.text:
        return None
    return plain(cell.interval[0]), plain(cell.text), plain(cell.interval[1])


def _span(bounds: tuple[float, float, float], low: float, reach: float) -> Span:
    start, at, end = ((one - low) * 100 / reach for one in bounds)
    return Span(round(start, 2), round(max(end - start, 1), 2), round(at, 2))
