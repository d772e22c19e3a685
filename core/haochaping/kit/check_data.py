"""Checks of a plugin in a deployment of its own: tables, migrations, observers, uninstalling."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import yaml
from sqlalchemy import MetaData, func, inspect, select

from haochaping.access import retention
from haochaping.clock import FakeClock
from haochaping.containment import contained
from haochaping.hooks.deployment import TableSet
from haochaping.hooks.kinds import HookKind
from haochaping.hooks.values import Words
from haochaping.isolation.configured import thawed
from haochaping.jobs.slots import enqueue_slots
from haochaping.jobs.tables import job
from haochaping.journal.tables import journal
from haochaping.kit import samples
from haochaping.kit.asking import alone, implementations
from haochaping.kit.contract import BUDGET_MS
from haochaping.kit.findings import Finding, fault, remark
from haochaping.kit.postgres import PostgresMissing, start_postgres
from haochaping.kit.target import Target
from haochaping.kit.town import Place, Town, settle
from haochaping.kit.uninstall import remove
from haochaping.plugins.calls import prepared
from haochaping.plugins.references import load
from haochaping.store import Store, migrating
from haochaping.store.migrating import Line
from haochaping.store.tables import metadata as core

_PROFILE: Final = {
    "extends": "base",
    "jurisdiction": {"code": "110000", "name": {"zh": "示例市", "en": "Sample"}},
}


def prefixed(target: Target) -> Iterator[Finding]:
    """Find tables whose name does not begin with the plugin's."""
    for metadata in _metadata(target):
        for name in metadata.tables:
            if not name.startswith(f"{target.name}_"):
                yield fault(
                    f"表名应以 {target.name}_ 开头", f"must begin with {target.name}_", name
                )


def declared(target: Target) -> Iterator[Finding]:
    """Find columns of words or bytes that are declared neither personal nor neutral."""
    for tables in _tables(target):
        own, register = list(load(tables.metadata).tables.values()), retention.of_plugin(tables)
        for name in register.missing(own):
            yield fault(
                "文字或字节列须在 TableSet 的 personal 或 neutral 中声明",
                "columns of words or bytes are declared in `personal` or `neutral`",
                name,
            )
        for name in register.stale(own):
            yield fault("声明了不存在的列", "is declared and does not exist", name)


def migrates_on_sqlite(target: Target) -> Iterator[Finding]:
    """Find migrations that do not go up, down and up again on SQLite."""
    with tempfile.TemporaryDirectory(prefix="haochaping-check-") as folder:
        yield from _migrates(target, f"sqlite:///{folder}/check.db")


def migrates_on_postgresql(target: Target) -> Iterator[Finding]:
    """Find migrations that do not go up, down and up again on PostgreSQL."""
    if not _tables(target):
        return
    try:
        server = start_postgres()
    except PostgresMissing as missing:
        yield remark(f"没有检查：{missing}", f"not checked: {missing}")
        return
    try:
        yield from _migrates(target, server.url())
    finally:
        server.stop()


def reacts(target: Target) -> Iterator[Finding]:
    """Find hooks that observe and fail, the first time or when the same event comes again."""
    with _town(target) as town:
        loaded = town.deployment.hooks.plugin(target.name)
        for one in implementations(loaded, HookKind.OBSERVES):
            call = partial(prepared(one.spec, loaded), *samples.passed(one.spec).values())
            yield from _reaction(one.spec.name, call)


def _reaction(hook: str, call: Callable[[], object]) -> Iterator[Finding]:
    took = []
    for words in (Words("第一次", "the first time"), Words("重复送达时", "the second time")):
        result = contained(hook, call)
        if not result.ok:
            said = result.message
            yield fault(f"{words.zh}出错：{said}", f"failed {words.en}: {said}", hook)
            return
        took.append(result.seconds * 1000)
    quickest, allowed = min(took), BUDGET_MS[HookKind.OBSERVES]  # the first time imports
    if quickest > allowed:
        yield fault(
            f"用时 {quickest:.0f} 毫秒，允许 {allowed:g} 毫秒",
            f"takes {quickest:.0f} ms, allowed are {allowed:g} ms",
            hook,
        )


def uninstalls(target: Target) -> Iterator[Finding]:
    """Find tables or jobs that stay when the plugin is removed, or a journal that does not."""
    with _town(target) as town:
        deployment, store = town.deployment, town.deployment.store
        town.plugin_called(target.name).services.audit("checked", "it", {})
        town.clock.advance(timedelta(days=2))
        enqueue_slots(store, deployment.periodic, town.clock.now(), deployment.zone)
        packages = [one.migrations for one in _tables(target)]
        removed = contained(
            "remove", lambda: remove(store, target.name, next(iter(packages), None))
        )
        if not removed.ok:
            yield fault(f"卸载出错：{removed.message}", f"removing it failed: {removed.message}")
            return
        yield from _remains(store, target)


def _remains(store: Store, target: Target) -> Iterator[Finding]:
    for name in inspect(store.engine).get_table_names():
        if name.startswith(f"{target.name}_"):
            yield fault("卸载后表还在", "is still there after the plugin was removed", name)
    mine = f"plugin.{target.name}."
    with store.read() as conn:
        jobs = conn.execute(
            select(func.count()).where(job.c.kind.startswith(f"plugin:{target.name}:"))
        ).scalar()
        entries = conn.execute(select(func.count()).where(journal.c.kind.startswith(mine))).scalar()
    if jobs:
        yield fault(f"卸载后还有 {jobs} 个任务", f"{jobs} jobs are left after it was removed")
    if not entries:
        yield fault("卸载删掉了日志", "removing it took entries from the journal")


def _migrates(target: Target, url: str) -> Iterator[Finding]:
    for tables in _tables(target):
        store, line = Store.open(url), Line(target.name, tables.migrations)
        try:
            for step in ("up", "down", "up"):
                done = contained(step, partial(_step, store, line, step))
                if not done.ok:
                    said = done.message.splitlines()[0]
                    yield fault(
                        f"迁移（{step}）出错：{said}", f"{step} failed: {said}", line.package
                    )
                    return
                if step == "down":
                    yield from _left(store, target)
            yield from _other(store, load(tables.metadata))
        finally:
            store.close()


def _step(store: Store, line: Line, way: str) -> None:
    if way == "up":
        migrating.migrate(store, (line,))
    else:
        migrating.downgrade(store, line)


def _left(store: Store, target: Target) -> Iterator[Finding]:
    version = f"{target.name}_version"
    for name in inspect(store.engine).get_table_names():
        if name.startswith(f"{target.name}_") and name != version:
            yield fault("downgrade 之后表还在", "is left after the downgrade", name)


def _other(store: Store, metadata: MetaData) -> Iterator[Finding]:
    """Find tables that the migrations make otherwise than the metadata says."""
    made = inspect(store.engine)
    for name, table in metadata.tables.items():
        if not made.has_table(name):
            yield fault("迁移没有建这张表", "is not made by the migrations", name)
            continue
        there = {column["name"] for column in made.get_columns(name)}
        for column in sorted(there ^ set(table.columns.keys())):
            yield fault(
                "迁移建的列与 MetaData 不同",
                "differs between migrations and metadata",
                f"{name}.{column}",
            )


def _tables(target: Target) -> tuple[TableSet, ...]:
    hooks = contained("assemble", lambda: alone(target.plugin, target.settings)).value
    found = hooks.contributions("database_tables") if hooks is not None else ()
    return tuple(item for name, item in found if name == target.name)


def _metadata(target: Target) -> Iterator[MetaData]:
    for tables in _tables(target):
        yield load(tables.metadata)


@contextmanager
def _town(target: Target) -> Iterator[Town]:
    """Yield a deployment of the plugin in a folder of its own."""
    needed: dict[str, object] = {name: {} for name in target.plugin.needs}
    plugins = {**needed, target.name: thawed(target.settings)}
    profile = yaml.safe_dump({**_PROFILE, "plugins": plugins}, allow_unicode=True)
    with tempfile.TemporaryDirectory(prefix="haochaping-check-") as folder:
        url = f"sqlite:///{folder}/check.db"
        store = Store.open(url)
        with store.write() as conn:
            core.create_all(conn)
        migrating.adopt(store)
        store.close()
        clock = FakeClock(samples.AT)
        town = settle(_CheckTown, Path(folder) / "home", url, clock, profile, target.manager)
        try:
            for tables in _tables(target):
                migrating.adopt(town.deployment.store, Line(target.name, tables.migrations))
            yield town
        finally:
            town.deployment.close()


class _CheckTown(Town):
    """A town with a hall, an item and somebody at the window, as in the samples."""

    place = Place(halls={5: "区政务服务中心"}, items={7: "居住证办理"}, staff={8: "0007"})
