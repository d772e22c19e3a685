"""Insert-or-update statements that read the same for both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def insert(conn_or_dialect: Connection | str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    name = conn_or_dialect if isinstance(conn_or_dialect, str) else conn_or_dialect.dialect.name
    return sqlite.insert(table) if name == "sqlite" else postgresql.insert(table)


def insert_or_ignore(conn: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows that meet no unique index; return how many were inserted."""
    if not rows:
        return 0
    statement = insert(conn, table).values(list(rows)).on_conflict_do_nothing()
    return conn.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def upsert(
    conn: Connection, table: Table, rows: Sequence[Row], keys: Iterable[str], update: Iterable[str]
) -> None:
    """Insert rows; where `keys` meet an existing row, set the `update` columns instead."""
    if not rows:
        return
    statement = insert(conn, table)
    changes = {name: statement.excluded[name] for name in update}
    conn.execute(
        statement.on_conflict_do_update(index_elements=list(keys), set_=changes), list(rows)
    )
