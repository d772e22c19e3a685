"""Keeping the ledger by the journal: constant work an event, exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from haochaping.coverage.marks import KINDS, Cell, Key, Mark, key_of, moved
from haochaping.coverage.rules import CoverageRules
from haochaping.coverage.tables import COUNTS, PLACE, coverage, coverage_mark
from haochaping.evaluation.tables import invitation
from haochaping.journal import Entry, Reader
from haochaping.store.among import among
from haochaping.store.upsert import insert, upsert

NAME: Final = "coverage"
"""Name of the ledger's cursor in the journal."""

_KEY: Final = ("region", "served_month", "occurrence_id")
_STATE: Final = (
    "day", "organization_id", "hall_id", "window_id", "channel", "offered", "rated", "assumed",
)  # fmt: skip
Marks = dict[Key, Mark]
Sums = dict[Cell, list[int]]


def reader(rules: CoverageRules) -> Reader:
    """Return the reader of the journal that keeps the ledger."""
    return Reader(NAME, partial(take, rules), KINDS)


def take(rules: CoverageRules, conn: Connection, entries: Sequence[Entry]) -> None:
    """Take a batch of events into the ledger, in the caller's transaction."""
    zone = ZoneInfo(rules.time_zone)
    before = load(conn, {_key(entry) for entry in entries})
    after = dict(before)
    for entry in entries:
        key = _key(entry)
        after[key] = moved(after.get(key, Mark()), entry.kind, entry.payload, zone)
    linked = _linked(conn, rules, after)
    for key in linked:
        after[key] = moved(after[key], "occurrence.offered", {}, zone)
    _write(conn, before, after)


def load(conn: Connection, keys: Iterable[Key]) -> Marks:
    """Return the marks of services that have one."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    columns = [coverage_mark.c[name] for name in _KEY]
    rows = conn.execute(select(coverage_mark).where(among(columns, wanted)))
    return {row[:3]: Mark(*row[3:]) for row in map(tuple, rows)}


def write_marks(conn: Connection, marks: Mapping[Key, Mark]) -> None:
    """Store marks, whether they are new or not."""
    rows = [_row(key, mark) for key, mark in marks.items()]
    upsert(conn, coverage_mark, rows, _KEY, _STATE)


def add(conn: Connection, sums: Mapping[Cell, Sequence[int]]) -> None:
    """Add counts to the ledger's cells."""
    rows = [
        dict(zip((*PLACE, *COUNTS), (*cell, *counts), strict=True))
        for cell, counts in sorted(sums.items())
        if any(counts)
    ]
    if not rows:
        return
    statement = insert(conn, coverage)
    more = {name: coverage.c[name] + statement.excluded[name] for name in COUNTS}
    conn.execute(statement.on_conflict_do_update(index_elements=list(PLACE), set_=more), rows)


def _write(conn: Connection, before: Marks, after: Marks) -> None:
    changed = {key: mark for key, mark in after.items() if before.get(key) != mark}
    sums: Sums = defaultdict(lambda: [0] * len(COUNTS))
    for key, mark in changed.items():
        _count(sums, key, before.get(key, Mark()), -1)
        _count(sums, key, mark, 1)
    write_marks(conn, changed)
    add(conn, sums)


def _count(sums: Sums, key: Key, mark: Mark, sign: int) -> None:
    cell = mark.cell(key[0])
    if cell is not None:
        counted = sums[cell]
        counted[:] = [old + sign * more for old, more in zip(counted, mark.counts, strict=True)]


def _linked(conn: Connection, rules: CoverageRules, marks: Marks) -> list[Key]:
    """Return the services whose link, given to the business system, is their offer."""
    keys = sorted(
        key
        for key, mark in marks.items()
        if mark.channel in rules.link_channels and not mark.offered
    )
    if not keys:
        return []
    columns = (invitation.c.region, invitation.c.served_month, invitation.c.occurrence_id)
    return [tuple(row) for row in conn.execute(select(*columns).where(among(columns, keys)))]


def _key(entry: Entry) -> Key:
    return key_of(entry.kind, entry.region, entry.payload)


def _row(key: Key, mark: Mark) -> dict[str, Any]:
    state = {name: getattr(mark, name) for name in _STATE}
    return {**dict(zip(_KEY, key, strict=True)), **state}
