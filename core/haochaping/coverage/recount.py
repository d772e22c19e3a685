"""Counting coverage anew from services, offers and ratings, to rebuild or check the ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, select

from haochaping.catalog.tables import occurrence
from haochaping.coverage.counting import NAME, Marks, Sums, add, write_marks
from haochaping.coverage.marks import Cell, Mark, rated
from haochaping.coverage.rules import CoverageRules
from haochaping.coverage.tables import COUNTS, PLACE, coverage, coverage_mark
from haochaping.evaluation.tables import evaluation, invitation, offer
from haochaping.journal.reading import locked_cursor

_BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell of the ledger that is not what the stored rows say."""

    cell: Cell
    expected: tuple[int, ...]
    found: tuple[int, ...]


def rebuild(conn: Connection, rules: CoverageRules) -> int:
    """Write the ledger anew in the caller's transaction; return the number of services.

    The cursor stays: events told again only set what the rows say already.
    """
    locked_cursor(conn, NAME)
    marks = _marks(conn, rules)
    conn.execute(delete(coverage_mark))
    conn.execute(delete(coverage))
    keys = sorted(marks)
    for start in range(0, len(keys), _BATCH):
        write_marks(conn, {key: marks[key] for key in keys[start : start + _BATCH]})
    add(conn, _sums(marks))
    return len(marks)


def compare(conn: Connection, rules: CoverageRules) -> tuple[Difference, ...]:
    """Return where the ledger differs from the stored rows; events still unread count as well."""
    locked_cursor(conn, NAME)
    wanted = {cell: tuple(counts) for cell, counts in _sums(_marks(conn, rules)).items()}
    columns = [coverage.c[name] for name in (*PLACE, *COUNTS)]
    rows = [tuple(row) for row in conn.execute(select(*columns))]
    found = {row[:6]: row[6:] for row in rows if any(row[6:])}
    nothing = (0,) * len(COUNTS)
    cells = sorted(wanted.keys() | found.keys())
    pairs = ((cell, wanted.get(cell, nothing), found.get(cell, nothing)) for cell in cells)
    return tuple(Difference(*pair) for pair in pairs if pair[1] != pair[2])


def _marks(conn: Connection, rules: CoverageRules) -> Marks:
    marks = _served(conn, rules)
    for found in conn.execute(select(offer.c.region, offer.c.served_month, offer.c.occurrence_id)):
        key = (found.region, found.served_month, found.occurrence_id)
        marks[key] = replace(marks.get(key, Mark()), offered=True)
    first = (evaluation.c.supersedes_id == 0) & (evaluation.c.round == 1)
    rows = evaluation.c
    query = select(rows.region, rows.served_month, rows.occurrence_id, rows.provenance)
    for row in conn.execute(query.where(first)):
        key = (row.region, row.served_month, row.occurrence_id)
        marks[key] = rated(marks.get(key, Mark()), row.provenance)
    return marks


def _served(conn: Connection, rules: CoverageRules) -> Marks:
    zone, rows, asked = ZoneInfo(rules.time_zone), occurrence.c, invitation.c
    linked = (
        (asked.region == rows.region)
        & (asked.served_month == rows.served_month)
        & (asked.occurrence_id == rows.id)
    )
    query = select(occurrence, asked.via).outerjoin(invitation, linked)
    return {
        (row.region, row.served_month, row.id): Mark(
            None if row.served_at is None else row.served_at.astimezone(zone).date(),
            row.organization_id,
            row.hall_id or 0,
            row.window_id or 0,
            row.service_channel,
            offered=row.service_channel in rules.link_channels and row.via is not None,
        )
        for row in conn.execute(query)
    }


def _sums(marks: Marks) -> Sums:
    sums: Sums = defaultdict(lambda: [0] * len(COUNTS))
    for key, mark in marks.items():
        cell = mark.cell(key[0])
        if cell is not None:
            counted = sums[cell]
            counted[:] = [a + b for a, b in zip(counted, mark.counts, strict=True)]
    return sums
