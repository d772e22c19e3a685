"""Reading a growing table to the end that can no longer change: the watermark.

A cursor that is a bare sequence number skips a slow PostgreSQL transaction for ever:
it took its number early and became visible late. There a reader therefore takes only
rows of transactions older than every running one, in order of (transaction, sequence),
and its cursor is that pair. SQLite has one writer at a time, so its sequence is enough
and the transaction column stays 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, or_, text, true, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import FetchedValue
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from haochaping.store.types import Id


class CurrentTransaction(FunctionElement[int]):
    """The number of the running transaction; 0 where writers take turns (SQLite)."""

    type = Id()
    inherit_cache = True


@compiles(CurrentTransaction)
def _no_number(element: CurrentTransaction, compiler: SQLCompiler, **options: Any) -> str:
    return "0"


@compiles(CurrentTransaction, "postgresql")
def _its_number(element: CurrentTransaction, compiler: SQLCompiler, **options: Any) -> str:
    return "((pg_current_xact_id()::text)::bigint)"


class OldestRunning(FunctionElement[int]):
    """The number below which every transaction is over (PostgreSQL)."""

    type = Id()
    inherit_cache = True


@compiles(OldestRunning)
def _none_runs(element: OldestRunning, compiler: SQLCompiler, **options: Any) -> str:
    return "9223372036854775807"


@compiles(OldestRunning, "postgresql")
def _snapshot_xmin(element: OldestRunning, compiler: SQLCompiler, **options: Any) -> str:
    return "((pg_snapshot_xmin(pg_current_snapshot())::text)::bigint)"


EXPRESSION: Final = CurrentTransaction()
