"""All rows of all tables, read at one instant and written into empty tables.

Rows travel as the database keeps them (numbers, texts, bytes), so they fit both kinds of
databases. Transaction numbers are moved below zero on the way: see `store.rebasing`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql
from sqlalchemy import Column, Connection, LargeBinary, MetaData, Table, func, inspect, select, text

from haochaping.disclosure import search
from haochaping.store import rebasing
from haochaping.store.migrating import Line

BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its name, columns in order, and which of them hold bytes."""

    name: str
    columns: tuple[str, ...]
    blobs: tuple[int, ...]


def at_one_instant(conn: Connection) -> None:
    """Let a reading transaction see one instant until its end; call it first."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        conn.execute(text("SET LOCAL statement_timeout = 0"))


def tables(conn: Connection, lines: Iterable[Line]) -> tuple[Table, ...]:
    """Return the tables as they are, those that others point to first; version tables left out."""
    versions = {line.version_table for line in lines}
    found = MetaData()
    names = [name for name in inspect(conn).get_table_names() if name not in versions]
    left_out = _partitions(conn) | _index_tables(conn)
    found.reflect(conn, only=[name for name in names if name not in left_out])
    return tuple(found.sorted_tables)


def shape(table: Table) -> Shape:
    """Return the shape of a table."""
    columns = tuple(column.name for column in table.columns)
    blobs = (at for at, column in enumerate(table.columns) if isinstance(column.type, LargeBinary))
    return Shape(table.name, columns, tuple(blobs))


def read(conn: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """Yield the rows of a table, by its primary key, a few thousand at a time."""
    plain = Table(table.name, MetaData(), *(Column(column.name) for column in table.columns))
    statement = select(plain).order_by(*(plain.c[key.name] for key in table.primary_key))
    options = {"yield_per": BATCH}
    yield from conn.execute(statement, execution_options=options)


def packed(found: Shape, row: Sequence[Any]) -> list[Any]:
    """Return a row as JSON can hold it: bytes as base64."""
    values = list(row)
    for at in found.blobs:
        if values[at] is not None:
            values[at] = base64.b64encode(values[at]).decode("ascii")
    return values


def unpacked(found: Shape, values: list[Any]) -> list[Any]:
    """Return the row that `packed` packed."""
    for at in found.blobs:
        if values[at] is not None:
            values[at] = base64.b64decode(values[at])
    return values


def highest(conn: Connection) -> int:
    """Return the highest transaction number that is stored."""
    found = MetaData()
    found.reflect(conn, only=list(rebasing.COLUMNS))
    numbers = (found.tables[name].c[number] for name, number in rebasing.COLUMNS.items())
    return max((conn.execute(select(func.max(each))).scalar() or 0) for each in numbers)


class Loader:
    """Writes rows into empty tables, in the caller's transaction."""

    def __init__(self, conn: Connection, highest_number: int) -> None:
        self._conn = conn
        self._by = rebasing.offset(highest_number) if conn.dialect.name == "postgresql" else 0
        if conn.dialect.name == "postgresql":
            conn.execute(text("SET LOCAL statement_timeout = 0"))
        else:
            conn.execute(text("PRAGMA defer_foreign_keys = ON"))  # checked at the commit

    def load(self, found: Shape, rows: Iterable[list[Any]]) -> int:
        """Write the rows of one table; return how many."""
        shifted = self._shifted(found, rows)
        if self._conn.dialect.name == "postgresql":
            return self._copy(found, shifted)
        return self._insert(found, shifted)

    def finish(self, found: Iterable[Table]) -> None:
        """Let given numbers go on after the highest that was loaded, and make the search anew."""
        for index in search.INDEXES:
            if inspect(self._conn).has_table(index.words.name):  # an older backup has none yet
                search.rebuild(self._conn, index)
        if self._conn.dialect.name != "postgresql":
            return
        for table in found:
            for column in table.primary_key:
                self._go_on(table.name, column.name)

    def _go_on(self, table: str, column: str) -> None:
        name = self._conn.execute(
            select(func.pg_get_serial_sequence(f'"{table}"', column))
        ).scalar_one()
        if name is None:
            return
        plain = Table(table, MetaData(), Column(column))
        top = select(func.max(plain.c[column])).scalar_subquery()
        self._conn.execute(select(func.setval(name, func.coalesce(top, 1), top.is_not(None))))

    def _shifted(self, found: Shape, rows: Iterable[list[Any]]) -> Iterable[list[Any]]:
        number = rebasing.COLUMNS.get(found.name)
        if number not in found.columns or not self._by:
            return rows
        at = found.columns.index(str(number))
        return ([*row[:at], row[at] - self._by, *row[at + 1 :]] for row in rows)

    def _copy(self, found: Shape, rows: Iterable[list[Any]]) -> int:
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(found.name), sql.SQL(", ").join(map(sql.Identifier, found.columns))
        )
        driver: Any = self._conn.connection.driver_connection
        number = 0
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
                number += 1
        return number

    def _insert(self, found: Shape, rows: Iterable[list[Any]]) -> int:
        plain = Table(found.name, MetaData(), *(Column(name) for name in found.columns))
        statement = str(plain.insert().compile(dialect=self._conn.dialect))
        number, some = 0, list[tuple[Any, ...]]()
        for row in rows:
            some.append(tuple(row))
            if len(some) == BATCH:
                self._conn.exec_driver_sql(statement, some)
                number, some = number + len(some), []
        if some:
            self._conn.exec_driver_sql(statement, some)
        return number + len(some)


def _index_tables(conn: Connection) -> set[str]:
    """Return what the search consists of: each database has its own, made anew."""
    found = {index.words.name for index in search.INDEXES}
    if conn.dialect.name == "sqlite":
        own = text("SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow')")
        found |= set(conn.execute(own).scalars())
    return found


def _partitions(conn: Connection) -> set[str]:
    """Return tables that are parts of others: their rows come with the whole."""
    if conn.dialect.name != "postgresql":
        return set()
    parts = text("SELECT relname FROM pg_class WHERE relispartition AND relkind IN ('r', 'p')")
    return set(conn.execute(parts).scalars())
