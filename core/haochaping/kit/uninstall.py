"""Taking a plugin out of a deployment: its tables and jobs go, what the journal says remains."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, MetaData, Table, delete, func, inspect, select

from haochaping.containment import contained
from haochaping.deployment import Deployment
from haochaping.hooks.deployment import TableSet
from haochaping.hooks.plugin import Plugin
from haochaping.jobs.tables import job
from haochaping.journal import Event
from haochaping.plugins.implementations import implemented
from haochaping.store import Store, migrating
from haochaping.store.migrating import Line


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed: tables by name, and the number of jobs."""

    tables: tuple[str, ...]
    jobs: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A table of a plugin and its rows."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What uninstalling would remove."""

    plugin: str
    migrations: str | None
    tables: tuple[Counted, ...]
    jobs: int

    @property
    def nothing(self) -> bool:
        """True when there is nothing to remove."""
        return not self.tables and not self.jobs


def migrations_of(plugin: type[Plugin]) -> str | None:
    """Return the package of a plugin's migrations, None when it has no tables."""
    if "database_tables" not in implemented(plugin):
        return None

    def ask() -> str | None:
        services: Any = None
        made: Any = plugin(MappingProxyType({}), services)
        found: list[TableSet] = list(made.database_tables())
        return found[0].migrations if found else None

    return contained(plugin.name, ask).unwrap()


def plan(store: Store, plugin: str, migrations: str | None) -> Planned:
    """Return what `remove` would remove; the table of versions goes with the others."""
    names = [one for one in _tables(store) if one.startswith(f"{plugin}_")] if migrations else []
    with store.read() as conn:
        tables = tuple(
            Counted(name, conn.execute(select(func.count()).select_from(_table(name))).scalar_one())
            for name in sorted(names)
        )
        jobs = conn.execute(select(func.count()).select_from(job).where(_mine(plugin))).scalar_one()
    return Planned(plugin, migrations, tables, jobs)


def carry_out(deployment: Deployment, planned: Planned) -> Removed:
    """Remove what was planned, and write into the journal that it was."""
    removed = remove(deployment.store, planned.plugin, planned.migrations)
    told = {"tables": list(removed.tables), "jobs": removed.jobs}
    event = Event("plugin.uninstalled", f"plugin:{planned.plugin}", told)
    with deployment.store.write() as conn:
        deployment.journal.emit(conn, event, deployment.clock.now())
    return removed


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
                _table(line.version_table).drop(conn, checkfirst=True)
        tables = tuple(sorted(before - set(_tables(store))))
    return Removed(tables, _jobs(store, plugin))


def _tables(store: Store) -> list[str]:
    return inspect(store.engine).get_table_names()


def _table(name: str) -> Table:
    return Table(name, MetaData())


def _mine(plugin: str) -> ColumnElement[bool]:
    return job.c.kind.startswith(f"plugin:{plugin}:", autoescape=True)


def _jobs(store: Store, plugin: str) -> int:
    with store.write() as conn:
        return conn.execute(delete(job).where(_mine(plugin))).rowcount
