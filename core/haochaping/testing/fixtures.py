"""Fixtures: both databases, a clock that stands, keys, a recording emit."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection

import haochaping
from haochaping.clock import FakeClock
from haochaping.crypto import Keyring
from haochaping.journal import Event
from haochaping.store import Store, migrating
from haochaping.store.tables import metadata
from haochaping.testing.postgres import PostgresServer, start_postgres
from haochaping.testing.reuse import Shelf

MONDAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
"""Monday 10:00 in Shanghai."""


def _declare_all_tables() -> None:
    for room in pkgutil.iter_modules(haochaping.__path__):
        name = f"haochaping.{room.name}.tables"
        if room.ispkg and find_spec(name) is not None:
            importlib.import_module(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server for the session."""
    server = start_postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_admin(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    """Yield a connection on which databases are made and dropped."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer, postgres_admin: psycopg.Connection) -> str:
    """Make a database with all core tables; return its name."""
    _declare_all_tables()
    postgres_admin.execute("CREATE DATABASE haochaping_template")
    store = Store.open(postgres.url("haochaping_template"))
    with store.write() as connection:
        metadata.create_all(connection)
    migrating.adopt(store)
    store.close()
    return "haochaping_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a file with all core tables; return its path."""
    _declare_all_tables()
    path = tmp_path_factory.mktemp("template") / "template.db"
    store = Store.open(f"sqlite:///{path}")
    with store.write() as connection:
        metadata.create_all(connection)
    migrating.adopt(store)
    with store.engine.connect() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the address of an empty SQLite database with all core tables."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(scope="session")
def postgres_shelf(
    postgres: PostgresServer, postgres_admin: psycopg.Connection, postgres_template: str
) -> Shelf:
    """Return the databases that tests of this session give back."""
    return Shelf(postgres, postgres_admin, postgres_template)


@pytest.fixture
def postgres_url(postgres: PostgresServer, postgres_shelf: Shelf) -> Iterator[str]:
    """Yield the address of an empty PostgreSQL database with all core tables."""
    name = postgres_shelf.take()
    yield postgres.url(name)
    postgres_shelf.give_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database with all core tables, of both kinds in turn."""
    wanted = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(wanted)
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Yield an empty database with all core tables, on both kinds in turn."""
    store = Store.open(store_url)
    yield store
    store.close()


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that stands at Monday 2026-11-16 10:00 in Shanghai."""
    return FakeClock(MONDAY)


@pytest.fixture
def keyring() -> Keyring:
    """Keys that are the same in every run."""
    return Keyring.from_bytes(bytes(range(32)))


@dataclass
class RecordingEmit:
    """An emit that keeps what it was given and runs no steps."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, conn: Connection, event: Event, at: datetime) -> None:
        """Keep the event."""
        self.events.append(event)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the events kept, in order."""
        return [event.kind for event in self.events]

    def payloads(self, kind: str) -> list[dict[str, Any]]:
        """Return the payloads of all events of a kind."""
        return [dict(event.payload) for event in self.events if event.kind == kind]


@pytest.fixture
def emit() -> RecordingEmit:
    """Return a recording emit without steps."""
    return RecordingEmit()
