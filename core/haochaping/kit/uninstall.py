"""Taking a plugin out of a deployment: its tables and jobs go, what the journal says remains."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import MetaData, Table, delete, inspect

from haochaping.jobs.tables import job
from haochaping.store import Store, migrating
from haochaping.store.migrating import Line


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed: tables by name, and the number of jobs."""

    tables: tuple[str, ...]
    jobs: int


def remove(store: Store, plugin: str, migrations: str | None) -> Removed:
    """Drop a plugin's tables and jobs. Running it again removes nothing more.

    `migrations` is the package of its migrations, None when it has no tables. The journal is
    append-only: what it says of the plugin remains.
    """
    tables: tuple[str, ...] = ()
    if migrations is not None:
        line = Line(plugin, migrations)
        before = set(_tables(store))
        if line.version_table in before:
            migrating.downgrade(store, line)
            with store.write() as conn:
                Table(line.version_table, MetaData()).drop(conn, checkfirst=True)
        tables = tuple(sorted(before - set(_tables(store))))
    return Removed(tables, _jobs(store, plugin))


def _tables(store: Store) -> list[str]:
    return inspect(store.engine).get_table_names()


def _jobs(store: Store, plugin: str) -> int:
    mine = f"plugin:{plugin}:"
    with store.write() as conn:
        done = conn.execute(delete(job).where(job.c.kind.startswith(mine, autoescape=True)))
    return done.rowcount
