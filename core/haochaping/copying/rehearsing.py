"""A drill: a backup is restored aside, checked like a real one, and removed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psycopg import sql
from sqlalchemy.engine import make_url

from haochaping.clock import stopwatch
from haochaping.copying import restoring
from haochaping.copying.backing import check
from haochaping.deployment import Deployment
from haochaping.ids import random_code
from haochaping.operating import facts
from haochaping.store import Store, migrating

_PREFIX: Final = "haochaping_drill_"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a drill showed: rows, seconds, and whether all was as it had been written."""

    rows: int
    seconds: float
    sound: bool


def rehearse(deployment: Deployment, path: Path, key: bytes) -> Rehearsed:
    """Restore a backup into a database of its own, verify it, and note the drill.

    On PostgreSQL the account must be allowed to make databases. Raises BackupUnreadable,
    StoreUnavailable.
    """
    started, checked = stopwatch(), check(path, key)
    with _aside(deployment) as url:
        store = Store.open(url)
        try:
            lines = deployment.migration_lines()
            migrating.migrate_to(store, lines, checked.header.revisions)
            with store.write() as conn:
                restoring.load(conn, path, key)
            sound = restoring.sound(store)
        finally:
            store.close()
    done = Rehearsed(sum(checked.rows.values()), stopwatch() - started, sound)
    if done.sound:
        told = {"id": checked.header.id, "rows": done.rows, "seconds": round(done.seconds, 1)}
        with deployment.store.write() as conn:
            facts.note(conn, "drill", told, deployment.clock.now())
    return done


@contextmanager
def _aside(deployment: Deployment) -> Iterator[str]:
    """Yield the address of an empty database that is removed afterwards."""
    if deployment.store.dialect == "sqlite":
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=deployment.home / "data") as folder:
            yield f"sqlite:///{folder}/drill.db"
        return
    name = f"{_PREFIX}{random_code(10).lower()}"
    _tell(deployment, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        url = make_url(deployment.settings.database).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        _tell(deployment, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _tell(deployment: Deployment, statement: sql.Composed) -> None:
    """Run a statement that takes names instead of parameters, outside of any transaction."""
    with deployment.store.look() as conn:
        driver: Any = conn.connection.driver_connection
        driver.execute(statement)
