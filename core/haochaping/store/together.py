"""INSERTs of one transaction, sent to PostgreSQL as one statement: one round trip for all.

Between a transaction's BEGIN and COMMIT the process waits for the database once a statement,
and is woken by it once a statement: dearer than the rows themselves. Inside `Store.together`
prepared INSERTs are therefore kept until the end and sent as

    WITH part_0 AS (INSERT … SELECT … FROM json_to_recordset($1) …), … INSERT …

which is one transaction by itself, whatever the number of rows: the database commits all of
it or nothing. Any other statement first sends what was kept, so that it sees those rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from psycopg import RawCursor
from sqlalchemy import (
    Connection,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

from haochaping.store.types import Blob, canonical_json

GATHERING: Final = "haochaping.gathering"
"""Where a connection keeps what it gathers."""

Row = Mapping[str, Any]
Part = tuple[Table, tuple[str, ...]]
"""A table and the columns that an INSERT writes."""


class Together:
    """What one transaction has gathered, and whether it has been begun by a statement."""

    def __init__(self, conn: Connection, run: Callable[[Connection, str], None]) -> None:
        self._conn = conn
        self._run = run
        self._parts: list[tuple[Part, list[Row]]] = []
        self.begun = False

    def add(self, part: Part, rows: Sequence[Row]) -> None:
        """Keep the rows of an INSERT; those of the same table join those before."""
        if self._parts and self._parts[-1][0] == part:
            self._parts[-1][1].extend(rows)
        else:
            self._parts.append((part, list(rows)))

    def give_way(self) -> None:
        """Send what was kept, inside a transaction: another statement is about to run."""
        if not self.begun:
            self.begun = True
            self._run(self._conn, "BEGIN")
        self.send()

    def send(self) -> None:
        """Send what was kept. Raises the driver's errors."""
        parts, self._parts = self._parts, []
        if not parts:
            return
        texts = [_document(part, rows) for part, rows in parts]
        driver: Any = self._conn.connection.dbapi_connection
        RawCursor(driver).execute(statement(tuple(p for p, _ in parts)), texts, prepare=True)


@cache
def statement(parts: tuple[Part, ...]) -> str:
    """Return the statement that inserts all parts, a JSON document a parameter."""
    texts = [_insert(part) for part in parts]
    named = [f"part_{place} AS ({text})" for place, text in enumerate(texts[:-1])]
    whole = f"WITH {', '.join(named)} {texts[-1]}" if named else texts[0]
    pieces = whole.split("%s")
    numbered = (f"{piece}${place}" for place, piece in enumerate(pieces[:-1], 1))
    return "".join([*numbered, pieces[-1]])


def _insert(part: Part) -> str:
    table, names = part
    columns = [
        column(name, Text() if _is_blob(table, name) else table.c[name].type) for name in names
    ]
    document = cast(bindparam("rows", type_=Text()), postgresql.JSON())
    given = func.json_to_recordset(document).table_valued(*columns).render_derived("r", True)
    values = [
        func.decode(given.c[name], literal_column("'hex'"))
        if _is_blob(table, name)
        else given.c[name]
        for name in names
    ]
    made = insert(table).from_select(list(names), select(*values), include_defaults=False)
    made_by: Any = postgresql.psycopg.dialect
    dialect = made_by(paramstyle="format")
    return str(made.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))


def _document(part: Part, rows: Sequence[Row]) -> str:
    converts = _converts(part)
    return canonical_json(
        [
            {name: row[name] if turn is None else turn(row[name]) for name, turn in converts}
            for row in rows
        ]
    )


@cache
def _converts(part: Part) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    table, names = part
    return tuple((name, _convert(table, name)) for name in names)


def _convert(table: Table, name: str) -> Callable[[Any], Any] | None:
    kind: Any = table.c[name].type
    if _is_blob(table, name):
        return lambda value: None if value is None else value.hex()
    if type(kind).process_bind_param is TypeDecorator.process_bind_param:
        return None
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return lambda value: kind.process_bind_param(value, dialect)


def _is_blob(table: Table, name: str) -> bool:
    return isinstance(table.c[name].type, Blob)
