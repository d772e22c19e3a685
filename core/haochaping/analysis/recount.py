"""Counting anew, out of the journal or out of the stored ratings, to rebuild or check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, select

from haochaping.analysis.counting import KINDS, NAME, Cell, Sums, add, count, sums_of
from haochaping.analysis.rules import AnalysisRules
from haochaping.analysis.tables import COUNTS, KEY, SHOWN, analysis_count
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import EvaluationStatus
from haochaping.journal.reading import entry_of, locked_cursor
from haochaping.journal.tables import journal
from haochaping.store.upsert import upsert
from haochaping.store.watermark import up_to

_BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that is not what it should be, rated and bad."""

    key: Cell
    expected: tuple[int, ...]
    found: tuple[int, ...]


def compare(conn: Connection, rules: AnalysisRules) -> tuple[Difference, ...]:
    """Return where the counts differ from the journal as far as it was read; none is right."""
    wanted = _kept(_by_journal(conn, rules))
    return _differences(wanted, _stored(conn))


def rebuild(conn: Connection, rules: AnalysisRules) -> int:
    """Write the counts anew in the caller's transaction; return the number of cells.

    What the rated units have seen stays as they have seen it.
    """
    sums = _by_journal(conn, rules)
    rows = analysis_count.c
    shown = [
        dict(zip((*KEY, *SHOWN), row, strict=True))
        for row in conn.execute(select(*(rows[name] for name in (*KEY, *SHOWN))))
        if any(row[len(KEY) :])
    ]
    conn.execute(delete(analysis_count))
    add(conn, sums)
    for start in range(0, len(shown), _BATCH):
        upsert(conn, analysis_count, shown[start : start + _BATCH], KEY, SHOWN)
    return len(_kept(sums))


def by_ratings(conn: Connection, rules: AnalysisRules) -> dict[Cell, tuple[int, ...]]:
    """Return the counts that the stored ratings give, without the journal."""
    zone = ZoneInfo(rules.time_zone)
    sums: Sums = defaultdict(lambda: [0] * len(COUNTS))
    rows = select(evaluation).where(evaluation.c.status == EvaluationStatus.EFFECTIVE)
    for row in conn.execute(rows).mappings():
        count(sums, {**row, "bad": row["grade"] in rules.bad_grades}, zone, 1)
    return _kept(sums)


def stored(conn: Connection) -> dict[Cell, tuple[int, ...]]:
    """Return the counts as they are stored."""
    return _stored(conn)


def _by_journal(conn: Connection, rules: AnalysisRules) -> Sums:
    cursor = locked_cursor(conn, NAME)
    wanted = select(journal).where(up_to(conn, journal, cursor), journal.c.kind.in_(KINDS))
    return sums_of(rules, _payloads(conn, wanted))


def _payloads(conn: Connection, wanted: Any) -> Iterator[Any]:
    rows = conn.execute(wanted.execution_options(yield_per=2000)).mappings()
    return (entry_of(row).payload for row in rows)


def _stored(conn: Connection) -> dict[Cell, tuple[int, ...]]:
    rows = analysis_count.c
    found = conn.execute(select(*(rows[name] for name in (*KEY, *COUNTS))))
    return {Cell._make(row[:6]): tuple(row[6:]) for row in found if any(row[6:])}


def _kept(sums: Sums) -> dict[Cell, tuple[int, ...]]:
    return {cell: tuple(counts) for cell, counts in sums.items() if any(counts)}


def _differences(
    wanted: dict[Cell, tuple[int, ...]], found: dict[Cell, tuple[int, ...]]
) -> tuple[Difference, ...]:
    nothing = (0,) * len(COUNTS)
    cells = sorted(wanted.keys() | found.keys())
    pairs = ((cell, wanted.get(cell, nothing), found.get(cell, nothing)) for cell in cells)
    return tuple(Difference(*pair) for pair in pairs if pair[1] != pair[2])
