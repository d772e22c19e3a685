"""Bringing tables to the version of the code: core first, then each plugin, one at a time.

A migration only adds, so that processes of the version before go on beside the new ones. One
that takes something away says `phase = "contract"` at its top and is applied when those are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from types import ModuleType
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from haochaping.store.engine import Store

_LOCK: Final = 4_771_202_611
"""PostgreSQL advisory lock that keeps two migrations apart."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of migrations: whose it is and the package with its `versions` folder."""

    name: str
    package: str

    @property
    def version_table(self) -> str:
        """The table in which the line keeps its version."""
        return "haochaping_version" if self.name == "core" else f"{self.name}_version"


CORE: Final = Line("core", "haochaping.store.migrations")


CONTRACT: Final = "contract"
"""The phase of a migration that takes away what processes of the version before still use."""


@dataclass(frozen=True, slots=True)
class Step:
    """A migration that is to be run; `contracts` when older processes would not bear it."""

    revision: str
    contracts: bool


@dataclass(frozen=True, slots=True)
class State:
    """Where a line stands, where the code wants it, and the steps between.

    No steps but another revision than the wanted one: the tables are newer than the code.
    """

    line: Line
    current: str | None
    wanted: str | None
    steps: tuple[Step, ...] = ()

    @property
    def pending(self) -> bool:
        """True when `migrate` has work to do."""
        return bool(self.steps)

    @property
    def newer(self) -> bool:
        """True when a newer version has migrated the tables."""
        return not self.steps and self.current != self.wanted

    @property
    def required(self) -> bool:
        """True when the code cannot work before `migrate` has run."""
        return any(not step.contracts for step in self.steps)

    @property
    def bearable(self) -> str | None:
        """The last revision that older processes bear, None when there is none to be run."""
        last = None
        for step in self.steps:
            if step.contracts:
                break
            last = step.revision
        return last


def migrate(
    store: Store, lines: Sequence[Line] = (CORE,), *, expand_only: bool = False
) -> tuple[State, ...]:
    """Bring every line to its head in one transaction; return what each stood at before.

    With `expand_only` no further than processes of the version before can bear. A second
    `migrate` at the same time waits and then finds nothing to do.
    """
    with store.write() as conn:
        if store.dialect == "postgresql":
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = tuple(_state(conn, line) for line in lines)
        for state in before:
            target = state.bearable if expand_only else state.wanted
            if state.pending and target is not None:
                with _config(conn, state.line) as config:
                    command.upgrade(config, target)
    return before


def migrate_to(store: Store, lines: Sequence[Line], revisions: Mapping[str, str]) -> None:
    """Bring empty tables to the revisions that a backup was made at; a line not named to its head.

    Raises CommandError (Alembic) for a revision that this code does not know.
    """
    with store.write() as conn:
        if store.dialect == "postgresql":
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        for line in lines:
            with _config(conn, line) as config:
                command.upgrade(config, revisions.get(line.name, "head"))


def states_in(conn: Connection, lines: Sequence[Line] = (CORE,)) -> tuple[State, ...]:
    """Return where every line stands, as a transaction that is open sees it."""
    return tuple(_state(conn, line) for line in lines)


def states(store: Store, lines: Sequence[Line] = (CORE,)) -> tuple[State, ...]:
    """Return where every line stands; changes nothing."""
    with store.read() as conn:
        return tuple(_state(conn, line) for line in lines)


def is_empty(conn: Connection) -> bool:
    """Say whether a database has no table at all: it is new, or not the one that is meant."""
    return not inspect(conn).get_table_names()


def head(package: str) -> str | None:
    """Return the newest revision of a line's package, None when it has no tables."""
    with as_file(files(package)) as folder:
        versions = folder / "versions"
        if not versions.is_dir():
            return None
        scripts = ((one.name, one.stat().st_mtime_ns) for one in versions.glob("*.py"))
        return _newest(folder, tuple(sorted(scripts)))


@lru_cache(maxsize=64)
def _newest(folder: Path, scripts: tuple[tuple[str, int], ...]) -> str | None:
    """Return the head of a folder whose `versions` holds `scripts`; reading them all is slow."""
    return _scripts(folder).get_current_head() if scripts else None


def knows(line: Line, revision: str) -> bool:
    """Say whether this code has a migration of that name."""
    return any(one.revision == revision for one in _script(line.package).walk_revisions())


def adopt(store: Store, line: Line = CORE) -> None:
    """Note that a line's tables, made in another way, are those of the code."""
    with store.write() as conn, _config(conn, line) as config:
        command.stamp(config, "head")


def downgrade(store: Store, line: Line, revision: str = "base") -> None:
    """Take a line back, for the uninstallation of a plugin and for tests."""
    with store.write() as conn, _config(conn, line) as config:
        command.downgrade(config, revision)


def _state(conn: Connection, line: Line) -> State:
    context = MigrationContext.configure(conn, opts={"version_table": line.version_table})
    current, wanted = context.get_current_revision(), head(line.package)
    return State(line, current, wanted, _steps(line, current, wanted))


def _steps(line: Line, current: str | None, wanted: str | None) -> tuple[Step, ...]:
    if wanted is None or current == wanted:
        return ()
    revisions = _script(line.package).walk_revisions()
    found = [Step(one.revision, _contracts(one.module)) for one in revisions]
    found.reverse()
    names = [step.revision for step in found]
    if current is None:
        return tuple(found)
    return tuple(found[names.index(current) + 1 :]) if current in names else ()


def _contracts(module: ModuleType) -> bool:
    return getattr(module, "phase", None) == CONTRACT


def _script(package: str) -> ScriptDirectory:
    with as_file(files(package)) as folder:
        return _scripts(folder)


def _scripts(folder: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", _plain(folder))
    config.set_main_option("version_locations", _plain(folder / "versions"))
    config.set_main_option("path_separator", "newline")
    return ScriptDirectory.from_config(config)


@contextmanager
def _config(conn: Connection, line: Line) -> Iterator[Config]:
    with as_file(files(line.package)) as folder, as_file(files(CORE.package)) as environment:
        config = Config()
        config.set_main_option("script_location", _plain(environment))
        config.set_main_option("version_locations", _plain(folder / "versions"))
        config.set_main_option("path_separator", "newline")
        config.attributes.update(connection=conn, version_table=line.version_table)
        yield config


def _plain(path: Path) -> str:
    return str(path).replace("%", "%%")
