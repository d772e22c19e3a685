"""Reading a growing table up to what can no longer change: the watermark.

A cursor that is a bare sequence number skips a slow PostgreSQL transaction for ever:
it took its number early and became visible late. There a reader therefore takes only
rows of transactions older than every running one, in order of (transaction, sequence),
and its cursor is that pair. SQLite has one writer at a time, so its sequence is enough
and the transaction column stays 0. A table read this way has the columns `xid` and `seq`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Table,
    and_,
    literal,
    select,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from haochaping.store.types import Id


class CurrentTransaction(FunctionElement[int]):
    """The number of the running transaction; 0 where writers take turns (SQLite)."""

    type = Id()
    inherit_cache = True


class OldestRunning(FunctionElement[int]):
    """The number below which every transaction is over (PostgreSQL only)."""

    type = Id()
    inherit_cache = True


@compiles(CurrentTransaction)
def _turns(element: CurrentTransaction, compiler: SQLCompiler, **options: object) -> str:
    return "0"


@compiles(CurrentTransaction, "postgresql")
def _number(element: CurrentTransaction, compiler: SQLCompiler, **options: object) -> str:
    return "((pg_current_xact_id()::text)::bigint)"


@compiles(OldestRunning, "postgresql")
def _oldest(element: OldestRunning, compiler: SQLCompiler, **options: object) -> str:
    return "((pg_snapshot_xmin(pg_current_snapshot())::text)::bigint)"


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """How far a reader has come: the pair of the last row it took."""

    xid: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True)
class StoredCursor:
    """A cursor that is read in the same statement: two scalar expressions."""

    xid: ColumnElement[int]
    seq: ColumnElement[int]


FIRST_XID: Final = -(2**62)
"""Below every transaction number: rows that were restored carry negative ones (`rebasing`)."""

_LAST_XID: Final = 2**63 - 1

START: Final = Cursor(FIRST_XID, 0)
"""The cursor of a reader that has read nothing."""


def xid_column() -> Column[int]:
    """Return the column that the database fills with the writing transaction."""
    return Column("xid", Id, nullable=False, server_default=CurrentTransaction())


def order_index(table_name: str) -> Index:
    """Return the index of (xid, seq), made on PostgreSQL only; SQLite reads by its key."""
    return Index(f"ix_{table_name}_xid_seq", "xid", "seq").ddl_if(dialect="postgresql")


def beyond(conn: Connection, table: Table, cursor: Cursor | StoredCursor) -> ColumnElement[bool]:
    """Return the condition of all visible rows after `cursor`, settled or not.

    `cursor` is a value, or the expressions that read it in the same statement.
    """
    if conn.dialect.name != "postgresql":
        return table.c.seq > cursor.seq
    after = tuple_(table.c.xid, table.c.seq) > tuple_(cursor.xid, cursor.seq)
    if isinstance(cursor, Cursor):
        return after
    # Of a cursor that it cannot know, the planner thinks a third of the table lies behind it,
    # and reads all of that. Between two such bounds it thinks of a two-hundredth, by the index.
    return and_(
        after, table.c.xid.between(cursor.xid, select(literal(_LAST_XID, Id())).scalar_subquery())
    )


def up_to(conn: Connection, table: Table, cursor: Cursor | StoredCursor) -> ColumnElement[bool]:
    """Return the condition of the rows at or before `cursor`."""
    if conn.dialect.name == "postgresql":
        return tuple_(table.c.xid, table.c.seq) <= tuple_(cursor.xid, cursor.seq)
    return table.c.seq <= cursor.seq


def settled(conn: Connection, table: Table, cursor: Cursor | StoredCursor) -> ColumnElement[bool]:
    """Return the condition of the rows after `cursor` before which none can still appear."""
    after = beyond(conn, table, cursor)
    if conn.dialect.name == "postgresql":
        return and_(after, table.c.xid < OldestRunning())
    return after


def in_order(conn: Connection, table: Table) -> tuple[Column[Any], ...]:
    """Return the columns by which a reader must order its rows."""
    if conn.dialect.name == "postgresql":
        return table.c.xid, table.c.seq
    return (table.c.seq,)
