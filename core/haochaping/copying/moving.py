"""Moving a deployment from SQLite to PostgreSQL: all rows, in one transaction, counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select, table, text

from haochaping.clock import stopwatch
from haochaping.copying import rows
from haochaping.copying.restoring import RestoreRefused, require_empty
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation
from haochaping.hooks.values import Words
from haochaping.operating import beats, facts
from haochaping.settings import FILE
from haochaping.store import Store, migrating

_LINE: Final = re.compile(r"^database:.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: rows by table, ratings received, and how long it took."""

    rows: dict[str, int]
    received: int
    seconds: float


def move(deployment: Deployment, url: str) -> Moved:
    """Copy everything into the empty PostgreSQL database at `url` and let the settings name it.

    Nobody can write meanwhile, nor into the old file afterwards. Raises RestoreRefused,
    StoreUnavailable; then both databases are as before.
    """
    started = stopwatch()
    _require_still(deployment)
    target = Store.open(url)
    try:
        if target.dialect != "postgresql" or deployment.store.dialect != "sqlite":
            raise _refused("只能从 SQLite 迁到 PostgreSQL", "only from SQLite to PostgreSQL")
        lines = deployment.migration_lines()
        migrating.migrate(target, lines)
        with deployment.store.write() as old:
            with target.write() as new:
                require_empty(new, lines)
                counted = _copy(old, new, lines)
                received = _compare(old, new, counted)
                facts.note(new, "moved", {"rows": sum(counted.values())}, deployment.clock.now())
            _close(old)
            _name(deployment, url)
    finally:
        target.close()
    return Moved(counted, received, stopwatch() - started)


def _copy(old: Connection, new: Connection, lines: tuple[migrating.Line, ...]) -> dict[str, int]:
    loader = rows.Loader(new, rows.highest(old))
    found = rows.tables(old, lines)
    counted = {}
    for one in found:
        some = (list(row) for row in rows.read(old, one))
        counted[one.name] = loader.load(rows.shape(one), some)
    loader.finish(found)
    return counted


def _compare(old: Connection, new: Connection, counted: dict[str, int]) -> int:
    """Return the ratings received. Raises RestoreRefused when anything is not as it was."""
    for name, number in counted.items():
        there = new.execute(select(func.count()).select_from(table(name))).scalar_one()
        if there != number:
            raise _refused(f"{name} 行数不符", f"{name} has not as many rows")
    before, after = conservation.count(old), conservation.count(new)
    if before != after or not after.holds:
        raise _refused("评价数不守恒，未迁移", "ratings are not conserved; nothing was moved")
    return after.received


def _close(old: Connection) -> None:
    """Let nobody write into the old file: every change writes to the journal."""
    old.execute(
        text(
            "CREATE TRIGGER moved BEFORE INSERT ON journal"
            " BEGIN SELECT RAISE(ABORT, 'this database was moved to PostgreSQL'); END"
        )
    )


def _name(deployment: Deployment, url: str) -> None:
    file = deployment.home / FILE
    before = file.read_text(encoding="utf-8")
    line = f"database: {url}"
    after = _LINE.sub(lambda _: line, before) if _LINE.search(before) else f"{before}{line}\n"
    fresh = file.with_suffix(".new")
    fresh.write_text(after, encoding="utf-8")
    fresh.chmod(file.stat().st_mode & 0o777)
    fresh.replace(file)


def _require_still(deployment: Deployment) -> None:
    at = deployment.clock.now()
    with deployment.store.read() as conn:
        alive = [each for each in beats.processes(conn) if each.alive(at)]
    if alive:
        names = ", ".join(f"{each.kind} {each.name}" for each in alive)
        raise _refused(f"请先停止各进程（{names}）", f"stop the processes first ({names})")


def _refused(zh: str, en: str) -> RestoreRefused:
    return RestoreRefused(Words(zh, en))
