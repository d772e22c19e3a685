"""Public pages read the replica, and the database itself while the replica is away."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import event, select, text

from haochaping.deployment import Deployment
from haochaping.evaluation.tables import evaluation
from haochaping.opendata import releases
from haochaping.opendata.packages import File
from haochaping.store import Store
from haochaping.web.app import create_app


def test_public_pages_read_the_replica(rated: Deployment) -> None:
    """An empty database of its own shows which one is read."""
    other = Store.open("sqlite://")
    deployment = replace(rated, replica=other)
    with deployment.reading() as conn:
        assert conn.engine is other.engine
        assert conn.execute(text("SELECT 1")).scalar() == 1
    other.close()


def test_while_it_is_away_they_read_the_database(rated: Deployment) -> None:
    away = Store.open("postgresql://nobody@127.0.0.1:9/none")
    deployment = replace(rated, replica=away)
    with deployment.reading() as conn:
        assert len(conn.execute(select(evaluation.c.id)).all()) == 12
    away.close()
    with rated.reading() as conn:
        assert conn.engine is rated.store.engine


PUBLIC = ("/", "/reviews", "/open-data", "/open-data/catalog.jsonld", "/api/v1/boards/staff")


def test_no_public_page_asks_the_database_while_there_is_a_replica(
    rated: Deployment, sqlite_template: Path, tmp_path: Path
) -> None:
    """An empty one stands for the replica, so that what is read there can be told apart."""
    copied = tmp_path / "replica.db"
    shutil.copy(sqlite_template, copied)
    replica = Store.open(f"sqlite:///{copied}")
    deployment = replace(rated, replica=replica)
    release(rated.store, tmp_path, rated.clock.now())
    client = create_app(deployment).test_client()
    asked: list[str] = []
    event.listen(rated.store.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    for path in PUBLIC:
        assert client.get(path).status_code in (200, 404), path
    assert client.get("/open-data/catalog.jsonld").json["dcat:dataset"] == []
    assert asked == []
    assert client.get("/open-data/files/2026-10/x.csv").data == b"a,b\n", "not there yet: the main"
    assert asked
    replica.close()


def test_a_file_comes_whole_from_the_replica(rated: Deployment, tmp_path: Path) -> None:
    release(rated.store, tmp_path, rated.clock.now())
    assert rated.readable() is rated.store
    again = replace(rated, replica=rated.store)
    assert again.readable() is again.replica
    away = Store.open("postgresql://nobody@127.0.0.1:9/none")
    assert replace(rated, replica=away).readable() is rated.store
    away.close()


def release(store: Store, folder: Path, at: datetime) -> None:
    """Store a month's open data of one file."""
    path = folder / "x.csv"
    path.write_bytes(b"a,b\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    releases.keep(store, "2026-10", [File(path, "text/csv", 0, digest)], at)
