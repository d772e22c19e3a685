"""Storing a batch of rows: new ones, changed ones, and those that are as they were."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Column, Connection, Table, select

from haochaping.catalog import bulk
from haochaping.catalog.keys import among
from haochaping.catalog.outcomes import CREATED, UNCHANGED, UPDATED, Outcome, Status
from haochaping.ids import new_id

Row = Mapping[str, Any]
Draft = TypeVar("Draft")
NOTHING: Final[Row] = {}


class Batch:
    """Gathers the changes of one table and writes them in two statements.

    `known` holds the rows that exist, by key; it is kept up to date, so that a key that
    occurs twice in a batch is created once and then changed.
    """

    def __init__(self, table: Table, known: dict[Any, Row]) -> None:
        self.table = table
        self.known = known
        self._primary = [column.name for column in table.primary_key]
        self._has_id = "id" in table.c
        self._new: list[Row] = []
        self._changed: dict[Any, Row] = {}

    def put(self, key: Any, values: Row, *, fixed: Row = NOTHING, stamp: Row = NOTHING) -> Outcome:
        """Take in a row and return what will become of it; a missing `id` is made.

        `fixed` columns are set when the row is created and never again; `stamp` columns
        are set with every change but are no reason for one.
        """
        old = self.known.get(key)
        if old is None:
            made = {} if "id" in values or not self._has_id else {"id": new_id()}
            row = {**made, **fixed, **values, **stamp}
            self._new.append(row)
            self.known[key] = row
            return CREATED
        if all(old[name] == value for name, value in values.items()):
            return UNCHANGED
        changed = {**{name: old[name] for name in self._primary}, **values, **stamp}
        self._changed[key] = changed
        self.known[key] = {**old, **changed}
        return UPDATED

    def write(self, conn: Connection) -> None:
        """Write what was gathered and start anew."""
        bulk.insert_new(conn, self.table, self._new)
        bulk.change(conn, self.table, list(self._changed.values()))
        self._new, self._changed = [], {}


def rows_by(
    conn: Connection, table: Table, column: Column[Any], keys: Collection[Any]
) -> dict[Any, Row]:
    """Return the rows whose `column` is among `keys`, by that column; one statement."""
    if not keys:
        return {}
    found = conn.execute(select(table).where(among(conn, column, keys))).mappings()
    return {row[column.name]: dict(row) for row in found}


def in_rounds(drafts: Sequence[Draft], put: Callable[[Draft], Outcome]) -> list[Outcome]:
    """Put drafts again while that lets further ones in: parents may follow their children."""
    outcomes: list[Outcome] = [UNCHANGED] * len(drafts)
    pending = list(range(len(drafts)))
    while pending:
        for index in pending:
            outcomes[index] = put(drafts[index])
        left = [index for index in pending if outcomes[index].status is Status.WAITING]
        if len(left) == len(pending):
            break
        pending = left
    return outcomes
