"""Migrations make the tables the code declares, once, and take them back."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import inspect, text

from haochaping.containment import contained
from haochaping.store import Store, migrating
from haochaping.store.migrating import CORE, Line
from haochaping.testing.postgres import PostgresServer

REGISTRY = Line("inner_mongolia", "haochaping_inner_mongolia.migrations")


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path) -> Iterator[Store]:
    """A database without any tables."""
    if request.param == "sqlite":
        store = Store.open(f"sqlite:///{tmp_path / 'bare.db'}")
    else:
        store = Store.open(_bare_postgres(request.getfixturevalue("postgres")))
    yield store
    store.close()


def _bare_postgres(server: PostgresServer) -> str:
    name = f"bare_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return server.url(name)


def shape(store: Store) -> dict[str, object]:
    """Everything that defines the tables, by table."""
    found = inspect(store.engine)
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(name)],
            found.get_pk_constraint(name)["constrained_columns"],
            sorted((i["name"], i["column_names"], i["unique"]) for i in found.get_indexes(name)),
            sorted(str(u["column_names"]) for u in found.get_unique_constraints(name)),
            sorted(str(c["sqltext"]) for c in found.get_check_constraints(name)),
            sorted(str(f["constrained_columns"]) for f in found.get_foreign_keys(name)),
        )
        for name in found.get_table_names()
        if not name.endswith("_version")
    }


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_migrations_make_exactly_the_declared_tables(
    kind: str, request: pytest.FixtureRequest, tmp_path
) -> None:
    declared = Store.open(request.getfixturevalue(f"{kind}_url"))
    if kind == "sqlite":
        migrated = Store.open(f"sqlite:///{tmp_path / 'migrated.db'}")
    else:
        migrated = Store.open(_bare_postgres(request.getfixturevalue("postgres")))
    migrating.migrate(migrated)
    assert shape(migrated) == shape(declared)
    declared.close()
    migrated.close()


def test_a_second_migration_finds_nothing_to_do(bare: Store) -> None:
    first = migrating.migrate(bare, (CORE, REGISTRY))
    second = migrating.migrate(bare, (CORE, REGISTRY))
    assert all(state.pending for state in first)
    assert not any(state.pending for state in second)


def test_two_migrations_at_once_do_not_disturb_each_other(bare: Store) -> None:
    failures: list[str] = []

    def run() -> None:
        other = Store.open(str(bare.engine.url.render_as_string(hide_password=False)))
        result = contained("migrate", lambda: migrating.migrate(other))
        failures.append(result.message)
        other.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == ["", ""]
    assert not migrating.states(bare)[0].pending


def test_a_plugin_takes_its_tables_away_and_leaves_the_others(bare: Store) -> None:
    migrating.migrate(bare, (CORE, REGISTRY))
    before = set(shape(bare))
    migrating.downgrade(bare, REGISTRY)
    gone = before - set(shape(bare))
    names = ("entry", "listed", "restored", "candidate")
    assert gone == {f"inner_mongolia_{name}" for name in names}


def test_the_core_can_be_taken_back_entirely(bare: Store) -> None:
    migrating.migrate(bare)
    migrating.downgrade(bare, CORE)
    assert shape(bare) == {}


def test_migrated_journals_are_guarded_too(bare: Store) -> None:
    migrating.migrate(bare)
    with bare.write() as conn:
        conn.execute(
            text(
                "INSERT INTO journal (at, kind, subject, payload, digest)"
                " VALUES (1, 'k', 's', '{}', :digest)"
            ),
            {"digest": b"x"},
        )
    with pytest.raises(Exception, match="append-only"), bare.write() as conn:
        conn.execute(text("DELETE FROM journal"))


def test_business_served_elsewhere_gets_its_row_there_and_loses_it_again(bare: Store) -> None:
    migrating.migrate_to(bare, [CORE], {CORE.name: "m0115"})
    served = (
        "INSERT INTO occurrence (region, served_month, id, case_id, no, stage, service_channel,"
        " organization_id, created_at) VALUES (:region, 202611, :no, 1, :no, 'accepted', 'hall',"
        " 1, 5)"
    )
    with bare.write() as conn:
        conn.execute(
            text(
                "INSERT INTO service_case (id, region, served_month, case_no, organization_id,"
                " status, created_at, updated_at) VALUES (1, '990108', 202611, 'C-1', 1,"
                " 'accepted', 5, 5)"
            )
        )
        for no, region in enumerate(("990108", "990106", "990106"), 1):
            conn.execute(text(served), {"no": no, "region": region})
    migrating.migrate(bare)
    rows = text("SELECT region, id, case_no, created_at FROM service_case ORDER BY region")
    with bare.read() as conn:
        assert list(conn.execute(rows)) == [("990106", 1, "C-1", 6), ("990108", 1, "C-1", 5)]
    migrating.downgrade(bare, CORE, "m0115")
    with bare.read() as conn:
        assert list(conn.execute(rows)) == [("990108", 1, "C-1", 5)], "the row that was there"
