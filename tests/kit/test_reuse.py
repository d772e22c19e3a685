"""A database that a test gives back is as empty as its template, or it is thrown away."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from haochaping.testing.postgres import PostgresServer
from haochaping.testing.reuse import Shelf

CHANGES = (
    "ALTER TABLE journal DISABLE TRIGGER journal_append_only",
    "DROP TRIGGER journal_append_only ON journal",
    "ALTER TABLE region ADD COLUMN extra integer",
    "DROP TABLE region CASCADE",
    "ALTER DATABASE {name} SET statement_timeout = '1s'",
)


@pytest.fixture
def shelf(
    postgres: PostgresServer, postgres_admin: psycopg.Connection, postgres_template: str
) -> Iterator[Shelf]:
    """A shelf of this test's own."""
    shelf = Shelf(postgres, postgres_admin, postgres_template)
    yield shelf
    for name in shelf.free:
        postgres_admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_database_is_emptied_and_taken_again(shelf: Shelf) -> None:
    name = shelf.take()
    with psycopg.connect(shelf.server.url(name), autocommit=True) as conn:
        conn.execute("INSERT INTO journal_cursor (name) VALUES ('seals')")
    shelf.give_back(name)
    assert shelf.free == [name]
    assert shelf.take() == name
    with psycopg.connect(shelf.server.url(name), autocommit=True) as conn:
        assert conn.execute("SELECT count(*) FROM journal_cursor").fetchone() == (0,)
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            conn.execute("TRUNCATE journal")
    shelf.give_back(name)


@pytest.mark.parametrize("change", CHANGES)
def test_a_database_that_is_no_longer_ours_is_dropped(shelf: Shelf, change: str) -> None:
    name = shelf.take()
    with psycopg.connect(shelf.server.url(name), autocommit=True) as conn:
        conn.execute(change.format(name=name))
    shelf.give_back(name)
    assert shelf.free == []
    assert shelf.take() != name
