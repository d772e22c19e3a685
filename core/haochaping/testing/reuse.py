"""PostgreSQL databases for tests, emptied and used again: making one costs more than most tests."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Final, LiteralString

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from haochaping.testing.postgres import PostgresServer

_SHAPE: Final = """
SELECT md5(concat(
  (SELECT string_agg(concat_ws(' ', attrelid, attname, atttypid, atttypmod, attnotnull), ','
     ORDER BY attrelid, attnum) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'public'::regnamespace),
  (SELECT string_agg(pg_get_constraintdef(oid), ',' ORDER BY oid) FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace),
  (SELECT string_agg(pg_get_triggerdef(oid) || tgenabled::text, ',' ORDER BY oid) FROM pg_trigger
     WHERE NOT tgisinternal),
  (SELECT string_agg(prosrc, ',' ORDER BY oid) FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace),
  (SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension),
  (SELECT string_agg(array_to_string(setconfig, ' '), ',') FROM pg_db_role_setting
     JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database()),
  (SELECT string_agg(versions::text, ',' ORDER BY versions::text) FROM haochaping_version versions)
))
"""
_TABLES: Final = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
  AND relname <> 'haochaping_version' ORDER BY relname
"""
_RESTART: Final = """
SELECT setval(seqrelid, seqstart, false) FROM pg_sequence
  WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""
_LEAVE: Final = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
  WHERE datname = %s AND pid <> pg_backend_pid()
"""


@dataclass(slots=True)
class Shelf:
    """The databases of one server that are free, all of them as empty as their template."""

    server: PostgresServer
    admin: psycopg.Connection
    template: str
    free: list[str] = field(default_factory=list)
    _shape: str = ""
    _filled: Composed | None = None

    def take(self) -> str:
        """Return the name of an empty database, a new one if none is free."""
        if self.free:
            return self.free.pop()
        name = f"test_{uuid.uuid4().hex}"
        newer = self.admin.info.server_version >= 15_00_00
        copy: LiteralString = " STRATEGY FILE_COPY" if newer else ""  # writes no log: half the time
        make = SQL("CREATE DATABASE {} TEMPLATE {}" + copy)
        self.admin.execute(make.format(Identifier(name), Identifier(self.template)))
        return name

    def give_back(self, name: str) -> None:
        """Empty a database for the next test, or drop it if its tables are no longer ours."""
        self.admin.execute(_LEAVE, [name])
        with psycopg.connect(self.server.url(name), autocommit=True) as conn:
            kept = self._emptied(conn)
        if kept:
            self.free.append(name)
        else:
            self.admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def _emptied(self, conn: psycopg.Connection) -> bool:
        if self._filled is None:
            self._learn()
        assert self._filled is not None
        if conn.execute(_SHAPE).fetchone() != (self._shape,):
            return False
        names = [row[0] for row in conn.execute(self._filled)]
        conn.execute("SET session_replication_role = replica")  # some tables refuse to be emptied
        if names:
            tables = SQL(", ").join(Identifier(name) for name in names)
            conn.execute(SQL("TRUNCATE {} CASCADE").format(tables))
        conn.execute(_RESTART)
        return True

    def _learn(self) -> None:
        with psycopg.connect(self.server.url(self.template), autocommit=True) as conn:
            row = conn.execute(_SHAPE).fetchone()
            assert row is not None
            self._shape = row[0]
            tables = [row[0] for row in conn.execute(_TABLES)]
        one = SQL("(SELECT {} FROM {} LIMIT 1)")
        parts = [one.format(Literal(table), Identifier(table)) for table in tables]
        self._filled = SQL(" UNION ALL ").join(parts)
