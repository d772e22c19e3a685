"""Public pages read the replica, and the database itself while the replica is away."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, text

from haochaping.deployment import Deployment
from haochaping.evaluation.tables import evaluation
from haochaping.store import Store


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
