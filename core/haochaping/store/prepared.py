"""Statements of the hottest paths: compiled once, then handed to the driver as they are.

SQLAlchemy's way of executing costs some 50 µs a statement, more than the databases need for
a row. A submission runs its few statements through this door instead, inside the same
connection and transaction; values are converted by the same column types.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Table, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from haochaping.store.together import GATHERING, Part, Together

_VALUES: Final = " VALUES "
_AT_ONCE: Final = 128
"""Rows that go into one statement on PostgreSQL, which takes 65,535 values at most."""
Convert = Callable[[Any], Any] | None
Row = Mapping[str, Any]
Build = Callable[[str], Any]
"""Makes a Core statement for a dialect's name."""


class Prepared:
    """A Core statement for repeated use, compiled at its first use with each dialect."""

    def __init__(
        self, build: Build, columns: Sequence[str] | None = None, part: Part | None = None
    ) -> None:
        """Take the statement; `columns` names what an INSERT writes, None for all.

        `part` says that it is a plain INSERT, which may be sent together with others.
        """
        self._build = build
        self._columns = columns
        self._part = part
        self._ready: dict[str, _Ready] = {}

    def run(self, conn: Connection, rows: Sequence[Row]) -> None:
        """Execute the statement once for every row of parameters. Raises DBAPIError."""
        gathering: Together | None = conn.info.get(GATHERING) if self._part else None
        if gathering is not None and self._part is not None:
            gathering.add(self._part, rows)
            return
        ready = self._for(conn)
        cursor, parameters = _cursor(conn, ready.sql), [ready.bound(row) for row in rows]
        with _translated(conn, ready.sql):
            if len(parameters) == 1:
                cursor.execute(ready.sql, parameters[0])
            elif conn.dialect.name == "sqlite" or len(parameters) > _AT_ONCE:
                cursor.executemany(ready.sql, parameters)
            else:
                cursor.execute(ready.repeated(len(rows)), list(chain(*parameters)))

    def first(self, conn: Connection, parameters: Row) -> Any:
        """Return the first row found as a named tuple, None when there is none."""
        ready = self._for(conn)
        cursor = _cursor(conn, ready.sql)
        with _translated(conn, ready.sql):
            row = cursor.execute(ready.sql, ready.bound(parameters)).fetchone()
        return None if row is None else ready.read(row)

    @classmethod
    def insert(cls, table: Table, columns: Sequence[str]) -> Prepared:
        """Return an INSERT of `columns`; numbers that the database gives are not asked back."""
        part = (table, tuple(columns))
        return cls(lambda dialect: insert(table).inline(), columns, part)

    def returned(self, conn: Connection, rows: Sequence[Row]) -> list[Any]:
        """Execute an INSERT for every row and return all rows that it returned."""
        ready = self._for(conn)
        cursor, parameters = _cursor(conn, ready.sql), [ready.bound(row) for row in rows]
        with _translated(conn, ready.sql):
            if conn.dialect.name == "sqlite":
                found = [row for each in parameters for row in cursor.execute(ready.sql, each)]
            else:
                cursor.execute(ready.repeated(len(rows)), list(chain(*parameters)))
                found = cursor.fetchall()
        return [ready.read(row) for row in found]

    def _for(self, conn: Connection) -> _Ready:
        name = conn.dialect.name
        found = self._ready.get(name)
        if found is None:
            found = self._ready[name] = _compiled(self._build(name), self._columns, conn.dialect)
        return found


@dataclass(frozen=True, slots=True)
class _Ready:
    """SQL text, its parameters in order and how each is converted; the same for results."""

    sql: str
    parameters: tuple[tuple[str, Convert], ...]
    constants: Row
    record: Any
    results: tuple[tuple[int, Callable[[Any], Any]], ...]

    def bound(self, row: Row) -> Any:
        """Return the parameters as the driver wants them."""
        if self.constants:
            row = {**self.constants, **row}
        return [
            row[name] if convert is None else convert(row[name])
            for name, convert in self.parameters
        ]

    def repeated(self, count: int) -> str:
        """Return an INSERT with the values of `count` rows: one round trip for all."""
        head, mark, rest = self.sql.partition(_VALUES)
        end = _closing(rest)
        return head + mark + ", ".join([rest[:end]] * count) + rest[end:]

    def read(self, row: Sequence[Any]) -> Any:
        """Return a named tuple of a row, its values converted."""
        if not self.results:
            return self.record._make(row)
        values = list(row)
        for place, convert in self.results:
            values[place] = convert(values[place])
        return self.record._make(values)


def tell(conn: Connection, sql: str) -> None:
    """Execute a statement without parameters and results. Raises DBAPIError."""
    with _translated(conn, sql):
        _cursor(conn, sql).execute(sql)


def _compiled(statement: Any, written: Sequence[str] | None, dialect: Dialect) -> _Ready:
    compiled: SQLCompiler = statement.compile(dialect=_in_order(dialect), column_keys=written)
    names = compiled.positiontup or ()
    columns = [(column.key, column.type) for column in _results(statement)]
    converts = [_reading(kind, dialect) for _, kind in columns]
    return _Ready(
        sql=str(compiled),
        parameters=tuple((name, _binding(compiled, name, dialect)) for name in names),
        constants={name: one.value for name, one in compiled.binds.items() if not one.required},
        record=namedtuple("Found", [name for name, _ in columns]),
        results=tuple((at, one) for at, one in enumerate(converts) if one is not None),
    )


def _results(statement: Any) -> Sequence[Any]:
    return tuple(getattr(statement, "exported_columns", ()))


def _binding(compiled: SQLCompiler, name: str, dialect: Dialect) -> Convert:
    return _implementation(compiled.binds[name].type, dialect).bind_processor(dialect)


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return _implementation(kind, dialect).result_processor(dialect, None)


def _implementation(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)


def _cursor(conn: Connection, sql: str) -> Any:
    """Return a cursor; who listens to the engine's statements hears of this one too."""
    driver: Any = conn.connection.dbapi_connection
    cursor = driver.cursor()
    for listener in conn.dispatch.before_cursor_execute:
        listener(conn, cursor, sql, (), None, False)
    return cursor


def _closing(text: str) -> int:
    """Return the place behind the bracket that closes the first one."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place + 1
    raise ValueError("a statement whose brackets do not close")


def _in_order(dialect: Dialect) -> Dialect:
    """Return the dialect with parameters by place, which drivers bind quicker than names."""
    made: Any = type(dialect)
    return dialect if dialect.positional else made(paramstyle="format")


@contextmanager
def gathered(conn: Connection) -> Iterator[None]:
    """Send the plain INSERTs of the block together, as one transaction (PostgreSQL only).

    Raises DBAPIError at the end of the block what each of them would have raised.
    """
    together = conn.info[GATHERING] = Together(conn, tell)
    try:
        yield
    finally:
        conn.info.pop(GATHERING, None)
    with _translated(conn, "INSERT"):
        together.send()


def give_way(conn: Connection, *details: object) -> None:
    """Send what a connection has gathered before another statement runs on it."""
    together: Together | None = conn.info.pop(GATHERING, None)
    if together is not None:
        with _translated(conn, "INSERT"):
            together.give_way()
        conn.info[GATHERING] = together


@contextmanager
def _translated(conn: Connection, sql: str) -> Iterator[None]:
    """Raise the driver's faults as SQLAlchemy's; a broken connection is not used again."""
    dialect = conn.dialect
    errors: Any = dialect.dbapi
    try:
        yield
    except errors.Error as error:
        gone = dialect.is_disconnect(error, conn.connection.dbapi_connection, None)
        if gone:
            conn.invalidate(error)
        raise DBAPIError.instance(
            sql, None, error, errors.Error, connection_invalidated=gone, dialect=dialect
        ) from error
