"""Exact figures: roll-up and unfolded tail in one statement, whatever the number of ratings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import add
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
    union_all,
)

from haochaping.catalog.tables import region as region_table
from haochaping.grading import folding, months, periods
from haochaping.grading.folding import stored_cursor
from haochaping.grading.months import COLUMNS
from haochaping.grading.periods import Span
from haochaping.grading.rollup import active, counted, is_active, is_given, subject_of
from haochaping.grading.tables import COUNTS, tally, tally_entry, tally_month
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import Period, Provenance
from haochaping.store.types import Id, Words
from haochaping.store.watermark import beyond

Ids = Sequence[int] | Select[Any] | None
"""Which subjects: their ids, a statement that selects them, or all of the kind."""

_Among = Select[Any] | BindParameter[Any] | None

NOTHING: Final = Tally()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for figures.

    `split` is a column that figures are told apart by: `channel`, `provenance`, `month`
    or empty. `round` 2 asks for follow-up evaluations (追评). Default ratings are seen only
    where figures are told apart by provenance: no rate and no sum has them.
    """

    kind: str
    ids: Ids
    span: Span
    split: str = ""
    round: int = 1


def of(conn: Connection, kind: str, ids: Ids, period: Period) -> dict[int, Tally]:
    """Return the figures of subjects in a period; subjects without any are left out."""
    return {subject: figures for (subject, _), figures in answer(conn, _asked(kind, ids, period))}


def total(conn: Connection, kind: str, ids: Ids, span: Period | Span) -> Tally:
    """Return the summed figures of subjects in a period or span."""
    return add_up(each for _, each in answer(conn, _asked(kind, ids, span)))


def split(
    conn: Connection, kind: str, ids: Ids, period: Period, by: str
) -> dict[int, dict[str, Tally]]:
    """Return the figures of subjects told apart `by` channel, provenance or month."""
    found: dict[int, dict[str, Tally]] = {}
    asked = Asked(kind, ids, periods.span(period), by)
    for (subject, part), figures in answer(conn, asked):
        found.setdefault(subject, {})[part] = figures
    return found


def by_provenance(conn: Connection, kind: str, ids: Ids, span: Period | Span) -> dict[str, int]:
    """Return how many ratings of subjects came which way, by provenance; defaults too."""
    counts: dict[str, int] = {}
    asked = Asked(kind, ids, _asked(kind, ids, span).span, "provenance")
    for (_, name), figures in answer(conn, asked):
        if name and figures.rated:
            counts[name] = counts.get(name, 0) + figures.rated
    return counts


def defaults(conn: Connection, kind: str, ids: Ids, period: Period) -> dict[int, int]:
    """Return how many default ratings subjects have in a period; those without are left out."""
    name = str(Provenance.SYSTEM_DEFAULT)
    parts = split(conn, kind, ids, period, "provenance")
    return {each: found[name].rated for each, found in parts.items() if name in found}


def trend(conn: Connection, kind: str, ids: Ids, months: Sequence[Period]) -> dict[str, Tally]:
    """Return the summed figures of subjects for each of consecutive months, by month name."""
    names = tuple(month.name for month in months)
    span = Span(names, months[0].first, months[-1].last)
    parts: dict[str, list[Tally]] = {name: [] for name in names}
    for (_, month), figures in answer(conn, Asked(kind, ids, span, "month")):
        parts[month].append(figures)
    return {month: add_up(tallies) for month, tallies in parts.items()}


def lifetime(conn: Connection, today: date) -> Span:
    """Return the span that holds everything counted so far."""
    return periods.everything(conn.execute(select(func.min(tally.c.period))).scalar(), today)


def within_region(code: str) -> Select[Any]:
    """Return the statement that selects, as figures know them, the counties of a subtree.

    :param code: any region code: its parts, or the county it lies in; empty means all.
    """
    return _counties(cast(region_table.c.county, Id()), code)


def counties_within(code: str) -> Select[Any]:
    """Return the statement that selects the county codes of a subtree, as texts."""
    return _counties(region_table.c.county, code)


def _counties(column: ColumnElement[Any], code: str) -> Select[Any]:
    counties = select(column).distinct()
    if not code:
        return counties.where(region_table.c.county != "")
    own = select(region_table.c.path).where(region_table.c.code == code).scalar_subquery()
    inside = func.substr(region_table.c.path, 1, func.length(own)) == own
    return counties.where(inside, region_table.c.county != "")


def answer(conn: Connection, asked: Asked) -> list[tuple[tuple[int, str], Tally]]:
    """Return figures by (subject, part); the part is empty when nothing is told apart."""
    found: dict[tuple[int, str], Sequence[int]] = {}
    for row in conn.execute(*statement(conn, asked)):
        key, counts = (row[0], row[1]), row[2:]
        known = found.get(key)
        found[key] = counts if known is None else tuple(map(add, known, counts))
    return [(key, tally_of(counts)) for key, counts in found.items()]


def statement(conn: Connection, asked: Asked) -> tuple[CompoundSelect[Any], dict[str, Any]]:
    """Return the one statement that answers and its values: subject, part, counts of `tally_of`.

    A subject may have several rows, to be added up: one of each source. Adding them up in the
    database would sort 50,000 rows for the sake of those few that have a tail.

    Making a statement costs ten times what running it on a small ledger does, so one is kept
    for every shape of question; subjects that a statement of their own selects have none.
    """
    span, ids = asked.span, asked.ids
    values: dict[str, Any] = {"keys": span.keys, "first": span.first, "last": span.last}
    narrow = min(len(span.keys), 2) if _enough(asked) else 0
    shape = _Shape(conn.dialect.name, asked.kind, ids is None, narrow, asked.split, asked.round)
    if isinstance(ids, Select):
        return _made(conn, shape, ids), values
    if ids is not None:
        values["ids"] = ids
    made = _MADE.get(shape)
    if made is None:
        made = _MADE[shape] = _made(conn, shape, None if ids is None else _IDS)
    return made, values


def tally_of(counts: Sequence[int]) -> Tally:
    """Return counts in the order of `COUNTS`, then the active ones, as a Tally."""
    g1, g2, g3, g4, g5, served, first_bad, active = counts
    return Tally((0, g1, g2, g3, g4, g5), active, served, first_bad)


def add_up(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies."""
    grades, active, served, first_bad = [0] * 6, 0, 0, 0
    for each in tallies:
        grades = [a + b for a, b in zip(grades, each.grades, strict=True)]
        active, served = active + each.active, served + each.served
        first_bad += each.bad_at_first
    g0, g1, g2, g3, g4, g5 = grades
    return Tally((g0, g1, g2, g3, g4, g5), active, served, first_bad)


def _asked(kind: str, ids: Ids, span: Period | Span) -> Asked:
    return Asked(kind, ids, periods.span(span) if isinstance(span, Period) else span)


def _enough(asked: Asked) -> bool:
    """Say whether the narrow months of the roll-up tell all that is asked for."""
    months = all(len(key) == len("2026-11") for key in asked.span.keys)
    return months and asked.round == 1 and asked.split in {"", "month"}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What statements of figures differ by, apart from their values.

    `months` is how many narrow months are read, 2 for several, 0 when the wide rows are.
    """

    dialect: str
    kind: str
    everybody: bool
    months: int
    split: str
    round: int


def _made(conn: Connection, shape: _Shape, ids: _Among) -> CompoundSelect[Any]:
    if shape.months:
        return union_all(_narrow(shape, ids), _added(_unfolded(conn, shape, ids, months.NAME)))
    return union_all(_added(_wide(shape, ids)), _added(_unfolded(conn, shape, ids, folding.NAME)))


def _narrow(shape: _Shape, ids: _Among) -> Select[Any]:
    rows = tally_month.c
    part = rows.period if shape.split else _NO_PART
    found: Select[Any] = select(
        rows.subject_id, part.label("part"), *(rows[each] for each in COLUMNS)
    ).where(
        rows.period.in_(_KEYS),
        rows.subject_kind == shape.kind,
        _among(rows.subject_id, ids),
    )
    return found if shape.split or shape.months == 1 else _added(found)


def _wide(shape: _Shape, ids: _Among) -> Select[Any]:
    rows = tally.c
    parts: Mapping[str, ColumnElement[str]] = {
        "channel": rows.channel,
        "provenance": rows.provenance,
        "month": func.substr(rows.period, 1, 7),
    }
    grades = rows.g1 + rows.g2 + rows.g3 + rows.g4 + rows.g5
    return select(
        rows.subject_id,
        parts.get(shape.split, _NO_PART).label("part"),
        *(rows[name] for name in COUNTS),
        case((is_active(rows.provenance), grades), else_=0).label("active"),
    ).where(
        rows.period.in_(_KEYS),
        rows.subject_kind == shape.kind,
        rows.round == shape.round,
        _given(rows.provenance, shape.split),
        _among(rows.subject_id, ids),
    )


def _unfolded(conn: Connection, shape: _Shape, ids: _Among, cursor: str) -> Select[Any]:
    rows = tally_entry.c
    subject = subject_of(shape.kind)
    parts: Mapping[str, ColumnElement[str]] = {
        "channel": rows.channel,
        "provenance": rows.provenance,
        "month": func.substr(rows.day, 1, 7),
    }
    keys: list[ColumnElement[Any]] = [
        subject.label("subject_id"),
        parts.get(shape.split, _NO_PART).label("part"),
    ]
    named = zip(COLUMNS, (*counted(), active()), strict=True)
    return select(*keys, *(each.label(name) for name, each in named)).where(
        beyond(conn, tally_entry, stored_cursor(cursor)),
        rows.day.between(bindparam("first", type_=Words()), bindparam("last", type_=Words())),
        rows.round == shape.round,
        _given(rows.provenance, shape.split),
        subject.is_not(None),
        _among(subject, ids),
    )


def _given(provenance: ColumnElement[str], split: str) -> ColumnElement[bool]:
    """Leave out what nobody gave, unless figures are told apart by provenance."""
    return true() if split == "provenance" else is_given(provenance)


def _among(column: ColumnElement[int], ids: _Among) -> ColumnElement[bool]:
    return true() if ids is None else column.in_(ids)


def _added(rows: Select[Any]) -> Select[Any]:
    """Return rows added up by subject and part."""
    found = rows.subquery()
    sums = (cast(func.sum(found.c[name]), Id()) for name in COLUMNS)  # PostgreSQL: a decimal
    return select(found.c.subject_id, found.c.part, *sums).group_by(
        found.c.subject_id, found.c.part
    )


_NO_PART: Final[ColumnElement[str]] = literal_column("''", Words())
_KEYS: Final[BindParameter[Any]] = bindparam("keys", expanding=True)
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_MADE: Final[dict[_Shape, CompoundSelect[Any]]] = {}
