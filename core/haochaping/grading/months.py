"""The roll-up as boards read it, one narrow row a subject and month; and adding to all of it.

What `tally` holds by channel, provenance and round is added up here for first ratings that
somebody gave, so that a month of 50,000 subjects is 50,000 rows in the order of their key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    func,
    literal,
    select,
    union_all,
)

from haochaping.grading.folding import (
    BATCH,
    Folded,
    hold_cursor,
    move_cursor,
    next_batch,
    within,
)
from haochaping.grading.rollup import Key, Sums, active, counted, is_given, levels, subject_of
from haochaping.grading.tables import COUNTS, KINDS, tally, tally_entry, tally_month
from haochaping.hooks.values import ACTIVE_PROVENANCES, Provenance
from haochaping.store.types import Words
from haochaping.store.upsert import insert
from haochaping.store.watermark import Cursor

NAME: Final = "tally_month"
"""Name of the months' cursor."""

COLUMNS: Final = (*COUNTS, "active")
"""The count columns, in the order of `figures.tally_of`."""


class MonthKey(NamedTuple):
    """Key of a row."""

    period: str
    subject_kind: str
    subject_id: int


MonthSums = dict[MonthKey, tuple[int, ...]]
"""Counts in the order of `COLUMNS` by key."""


def fold(conn: Connection, limit: int = BATCH) -> Folded:
    """Take up to `limit` settled ledger rows into the months and move their own cursor along.

    Their own, because a process of an older release beside this one folds `tally` alone.
    """
    batch = next_batch(conn, hold_cursor(conn, NAME), limit)
    if batch is None:
        return Folded(0, False)
    condition = within(conn, batch)
    rows = insert(conn, tally_month).from_select(
        [*MonthKey._fields, *COLUMNS], union_all(*(_sums(kind, condition) for kind in KINDS))
    )
    conn.execute(_upsert(rows, tally_month, MonthKey._fields))
    move_cursor(conn, NAME, batch.end)
    return Folded(batch.entries, batch.entries == limit)


def of_tallies(sums: Sums) -> MonthSums:
    """Return the rows that belong to those of `tally`; those without counts are left out."""
    found: dict[MonthKey, list[int]] = defaultdict(lambda: [0] * len(COLUMNS))
    for key, counts in sums.items():
        if len(key.period) == len("2026-11") and key.round == 1 and key.provenance != _DEFAULT:
            parts = list(counts)
            parts.append(sum(parts[:5]) if key.provenance in ACTIVE_PROVENANCES else 0)
            row = found[MonthKey(*key[:3])]
            row[:] = (a + b for a, b in zip(row, parts, strict=True))
    return {key: tuple(counts) for key, counts in found.items() if any(counts)}


def add(conn: Connection, sums: Sums) -> None:
    """Add counts to the whole roll-up; the caller holds its cursors, which stand alike."""
    tallies = {key: counts for key, counts in sums.items() if any(counts)}
    for table, keys, found in (
        (tally, Key._fields, tallies),
        (tally_month, MonthKey._fields, of_tallies(sums)),
    ):
        names = [each.name for each in table.columns]
        rows = [dict(zip(names, (*key, *counts), strict=True)) for key, counts in found.items()]
        if rows:
            conn.execute(_upsert(insert(conn, table), table, keys), rows)


def clear(conn: Connection, cursor: Cursor) -> None:
    """Empty the whole roll-up, whose cursor stands there; the months' cursor is put there too."""
    hold_cursor(conn, NAME)
    for table in (tally, tally_month):
        conn.execute(delete(table))
    move_cursor(conn, NAME, cursor)


def stored(conn: Connection) -> MonthSums:
    """Return all rows that count anything."""
    rows = ((MonthKey(*row[:3]), tuple(row[3:])) for row in conn.execute(select(tally_month)))
    return {key: counts for key, counts in rows if any(counts)}


def differences(
    wanted: MonthSums, found: MonthSums
) -> Iterator[tuple[MonthKey, tuple[int, ...], tuple[int, ...]]]:
    """Yield the keys whose counts differ, with both counts."""
    nothing = (0,) * len(COLUMNS)
    for key in sorted(wanted.keys() | found.keys()):
        pair = wanted.get(key, nothing), found.get(key, nothing)
        if pair[0] != pair[1]:
            yield key, *pair


_DEFAULT: Final = str(Provenance.SYSTEM_DEFAULT)


def _sums(kind: str, condition: ColumnElement[bool]) -> Select[Any]:
    rows, subject, month = tally_entry.c, subject_of(kind), levels()[1]
    counts = (func.sum(each) for each in (*counted(), active()))
    keys: list[ColumnElement[Any]] = [month, literal(kind, Words()), subject]
    sums = select(*keys, *counts)
    first = (rows.round == 1) & is_given(rows.provenance)
    return sums.where(condition, first, subject.is_not(None)).group_by(month, subject)


def _upsert(rows: Any, table: Table, keys: Iterable[str]) -> Any:
    """Return the statement that adds rows to those of the same key."""
    counts = [each.name for each in table.columns if each.name not in keys]
    more = {name: table.c[name] + rows.excluded[name] for name in counts}
    return rows.on_conflict_do_update(index_elements=list(keys), set_=more)
