"""Writing many rows of one table at once, at the drivers' own speed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from psycopg import sql
from sqlalchemy import Connection, Table, bindparam, update

from haochaping.store.types import Flag

Row = Mapping[str, Any]
_FLAGS: Final[Callable[[Any], Any]] = {True: 1, False: 0, None: None}.__getitem__
"""What `store.types.Flag` keeps, at a tenth of its cost."""


def insert_new(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows that are known to be new; every row has the same columns.

    SQLite takes them by executemany, PostgreSQL by COPY. Raises IntegrityError (or the
    driver's UniqueViolation) when another transaction stored one of them meanwhile.
    """
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        _executemany(conn, table, rows)
    else:
        _copy(conn, table, rows)


def insert_columns(conn: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that are known to be new, given column by column. Raises as `insert_new`."""
    names = list(columns)
    if conn.dialect.name == "sqlite":
        compiled = table.insert().compile(dialect=conn.dialect, column_keys=names)
        ordered = list(compiled.positiontup or names)
        rows = _converted(conn, table, {name: columns[name] for name in ordered})
        driver: Any = conn.connection.driver_connection
        driver.executemany(str(compiled), rows)  # row by row: no list of all tuples
        return
    _copy_in(conn, table, names, _converted(conn, table, columns))


def change(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Set the columns of rows found by the primary key; every row has the same columns."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    names = [name for name in rows[0] if name not in keys]
    statement = (
        update(table)
        .where(*(table.c[name] == bindparam(f"key_{name}") for name in keys))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    conn.execute(statement, [_named(row, keys, names) for row in rows])


def _named(row: Row, keys: Sequence[str], names: Sequence[str]) -> Row:
    found_by = {f"key_{name}": row[name] for name in keys}
    return {**found_by, **{f"new_{name}": row[name] for name in names}}


def _executemany(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    names = list(rows[0])
    compiled = table.insert().compile(dialect=conn.dialect, column_keys=names)
    ordered = list(compiled.positiontup or names)
    conn.exec_driver_sql(str(compiled), list(_tuples(conn, table, ordered, rows)))


def _copy(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    names = list(rows[0])
    _copy_in(conn, table, names, _tuples(conn, table, names, rows))


def _copy_in(
    conn: Connection, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    driver: Any = conn.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for values in rows:
            copy.write_row(values)


def _tuples(
    conn: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]
) -> Iterable[tuple[Any, ...]]:
    """Return the rows as tuples, each column as the database keeps it."""
    return _converted(conn, table, {name: [row[name] for row in rows] for name in names})


def _converted(
    conn: Connection, table: Table, columns: Mapping[str, Sequence[Any]]
) -> Iterable[tuple[Any, ...]]:
    """Return columns as rows, each value as the database keeps it."""
    found: list[Iterable[Any]] = []
    for name, values in columns.items():
        kept = table.c[name].type
        convert = _FLAGS if isinstance(kept, Flag) else kept.bind_processor(conn.dialect)
        found.append(values if convert is None else map(convert, values))
    return zip(*found, strict=True)
