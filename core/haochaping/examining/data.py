"""Checks of the database: its tables, its durability, its guards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select, text

from haochaping.catalog.tables import service_case
from haochaping.deployment import Deployment
from haochaping.examining.findings import Check, Found, fault, warning
from haochaping.grading.tables import tally_entry
from haochaping.hooks.values import Words
from haochaping.journal.tables import journal
from haochaping.operating import beats, partitions
from haochaping.store import migrating
from haochaping.store.watermark import CurrentTransaction

_APART: Final = timedelta(seconds=5)
_WAL_BYTES: Final = 512 * 1024**2
_NEAR_FULL: Final = 0.8


def count(conn: Connection, table: Any, *conditions: Any) -> int:
    """Return how many rows of a table meet the conditions."""
    return int(
        conn.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
    )


def _tables(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for state in migrating.states(deployment.store, deployment.migration_lines()):
        if state.required:
            yield fault(
                f"{state.line.name} 的表版本不符", f"tables of {state.line.name} are outdated"
            )
        elif state.pending:
            yield warning(
                f"{state.line.name} 还有旧列未移除",
                f"{state.line.name} still has what only the version before used",
            )


def _durability(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.store.dialect == "sqlite":
        sound = int(conn.execute(text("PRAGMA synchronous")).scalar_one()) >= 2
        wal = conn.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        unsafe = [] if sound else ["synchronous"]
        unsafe += [] if wal else ["journal_mode"]
    else:
        names = ("fsync", "full_page_writes", "synchronous_commit")
        unsafe = [name for name in names if _setting(conn, name) == "off"]
    for name in unsafe:
        yield fault(
            f"数据库设置 {name} 不保证断电后不丢数据",
            f"with the setting {name} the database may lose what it acknowledged",
        )


def _setting(conn: Connection, name: str) -> str:
    return str(conn.execute(select(func.current_setting(name))).scalar_one())


def _integrity(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.store.dialect == "sqlite":
        found = conn.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if found != "ok":
            yield fault(f"数据库文件损坏：{found}", f"the database file is damaged: {found}")
        return
    broken = text(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE NOT i.indisvalid"
    )
    for name in conn.execute(broken).scalars():
        yield fault(
            f"索引 {name} 未建成",
            f"the index {name} is not valid",
            Words(f"运行 REINDEX INDEX {name}", f"run REINDEX INDEX {name}"),
        )


def _foreign_keys(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.store.dialect != "sqlite":
        return
    broken = len(conn.execute(text("PRAGMA foreign_key_check")).all())
    if broken:
        yield fault(f"{broken} 行指向不存在的记录", f"{broken} rows point to rows that are gone")


def _guards(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.store.dialect == "sqlite":
        wanted = {"journal_no_update", "journal_no_delete"}
        names = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        wanted = {"journal_append_only"}
        names = text("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
    for name in sorted(wanted - set(conn.execute(names).scalars())):
        yield fault(f"日志的防改触发器 {name} 不在", f"the journal's guard {name} is missing")


def _order(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.store.dialect != "postgresql":
        return
    now = int(conn.execute(select(CurrentTransaction())).scalar_one())
    tables: tuple[Table, ...] = (journal, tally_entry)
    for table in tables:
        newest = conn.execute(select(func.max(table.c.xid))).scalar_one()
        if newest is not None and newest > now:
            yield fault(
                f"{table.name} 的事务号大于数据库的当前事务号，后台读不到新记录",
                f"transaction numbers in {table.name} are ahead of the database:"
                " readers pass new rows by",
            )


def _database_clock(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    ours = deployment.clock.now()
    if deployment.store.dialect == "postgresql":
        theirs = conn.execute(select(func.clock_timestamp())).scalar_one()
        apart = abs(theirs - ours)
        if apart > _APART:
            seconds = int(apart.total_seconds())
            yield warning(
                f"本机与数据库的时钟相差 {seconds} 秒",
                f"this machine and the database are {seconds} seconds apart",
            )


def _future(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    newest = conn.execute(select(journal.c.at).order_by(journal.c.seq.desc()).limit(1)).scalar()
    if newest is not None and newest - deployment.clock.now() > timedelta(minutes=2):
        yield fault(
            f"最新的日志记录在未来：{newest:%Y-%m-%d %H:%M}Z",
            f"the newest journal row lies in the future: {newest:%Y-%m-%d %H:%M}Z",
        )


def _log_size(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.store.dialect != "sqlite":
        return
    wal = Path(f"{deployment.store.engine.url.database}-wal")
    size = wal.stat().st_size if wal.exists() else 0
    if size > _WAL_BYTES:
        yield warning(f"预写日志已有 {size >> 20} MiB", f"the write-ahead log has {size >> 20} MiB")


def _connections(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.store.dialect != "postgresql":
        return
    used = int(conn.execute(text("SELECT count(*) FROM pg_stat_activity")).scalar_one())
    most = int(_setting(conn, "max_connections"))
    if used > most * _NEAR_FULL:
        yield warning(
            f"数据库连接已用 {used}/{most}", f"{used} of {most} database connections are in use"
        )


def _pool(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.store.dialect != "postgresql":
        return
    at, most = deployment.clock.now(), int(_setting(conn, "max_connections"))
    alive = sum(one.alive(at) for one in beats.processes(conn))
    wanted = deployment.settings.limits.most * max(alive, 1)
    if wanted > most:
        yield warning(
            f"{max(alive, 1)} 个进程最多会打开 {wanted} 个连接，数据库只允许 {most} 个",
            f"{max(alive, 1)} processes may open {wanted} connections, the database takes {most}",
        )


def _months(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    today = deployment.clock.now().astimezone(deployment.zone).date()
    for log in partitions.LOGS:
        for month in (today, partitions.following(today)):
            if partitions.missing(conn, log, month, deployment.zone):
                yield fault(
                    f"{log.name} 没有 {month:%Y-%m} 的分区",
                    f"{log.name} has no part for {month:%Y-%m}",
                )
        rest = partitions.rest_rows(conn, log)
        if rest:
            yield warning(
                f"{log.name} 有 {rest} 行不在任何月份的分区中",
                f"{rest} rows of {log.name} lie in no month's part",
            )


def _long_transactions(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.store.dialect != "postgresql":
        return
    long = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND xact_start < now() - interval '10 minutes' AND pid <> pg_backend_pid()"
    )
    open_ = int(conn.execute(long).scalar_one())
    if open_:
        yield warning(
            f"{open_} 个事务已持续 10 分钟以上，后台读不到更新的记录",
            f"{open_} transactions run for more than 10 minutes; readers wait for them",
        )


def _writing(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    """Somebody else who holds what every rating has to write to."""
    if deployment.store.dialect == "postgresql":
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND state_change < now() - interval '5 seconds'"
        )
        number = int(conn.execute(waiting).scalar_one())
        if number:
            yield fault(f"{number} 个写入在等锁", f"{number} writes wait for a lock", _BLOCKED)
        return
    place = deployment.store.engine.url.database or ""
    with closing(sqlite3.connect(place, timeout=_PATIENCE, isolation_level=None)) as asked:
        try:
            asked.execute("BEGIN IMMEDIATE")
            asked.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            yield fault(
                f"{_PATIENCE} 秒内写不进去：{error}",
                f"no write in {_PATIENCE} s: {error}",
                Words(
                    f"fuser {place} 查明占用的进程（常见：开着事务的 sqlite3 命令行），结束它",
                    f"fuser {place} names who holds it (often a sqlite3 shell in a transaction)",
                ),
            )


def _case_numbers(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    """Two cases under one number: uniqueness holds in a county, locks see to it between them."""
    ids = service_case.c.id
    twice = (
        select(service_case.c.case_no)
        .group_by(service_case.c.case_no)
        .having(func.min(ids) != func.max(ids))
        .order_by(service_case.c.case_no)
        .limit(1)
    )
    number = conn.execute(twice).scalar_one_or_none()
    if number is not None:
        yield fault(f"办件编号 {number} 对应两件办件", f"two cases bear the case number {number}")


_PATIENCE: Final = 3
"""Seconds; a rating needs some milliseconds."""
_BLOCKED: Final = Words(
    "SELECT pid, pg_blocking_pids(pid), query FROM pg_stat_activity，再 pg_terminate_backend",
    "SELECT pid, pg_blocking_pids(pid), query FROM pg_stat_activity, then pg_terminate_backend",
)
_POOL: Final = Words(
    "减小 pool.size 与 pool.extra，或增大 max_connections",
    "lower pool.size and pool.extra, or raise max_connections",
)
_BACKUP: Final = Words("停止服务，从备份恢复", "stop the service and restore the backup")

CHECKS: Final = (
    Check(
        "writing",
        Words("写不进去时，评价收到 503，一条也存不下", "ratings get a 503 and none is stored"),
        Words("查明是谁占着数据库，结束它", "find out who holds the database and end it"),
        _writing,
    ),
    Check(
        "case_numbers",
        Words("这些编号的推送会被拒绝", "what is pushed under such a number is refused"),
        Words(
            "从备份恢复；或查明是谁绕过程序写了 service_case，把多出的一件改用另一个编号",
            "restore the backup, or find out who wrote service_case past the program and give the"
            " case that is too many a number of its own",
        ),
        _case_numbers,
    ),
    Check(
        "tables",
        Words("旧表上的新程序会出错", "new code fails on old tables"),
        Words("运行 haochaping migrate", "run haochaping migrate"),
        _tables,
    ),
    Check(
        "durability",
        Words("已确认的评价可能在断电时丢失", "acknowledged ratings may be lost with the power"),
        Words("打开 fsync、同步提交", "switch fsync and synchronous commits on"),
        _durability,
    ),
    Check(
        "integrity",
        Words("损坏会蔓延到备份", "damage spreads into the backups"),
        _BACKUP,
        _integrity,
    ),
    Check(
        "foreign_keys",
        Words("缺行的记录无法显示", "rows that point to nothing cannot be shown"),
        _BACKUP,
        _foreign_keys,
    ),
    Check(
        "guards",
        Words("没有触发器，日志可被改写", "without it the journal can be rewritten"),
        Words(
            "查明谁删除了触发器，再运行 haochaping migrate", "find out who dropped it, restore it"
        ),
        _guards,
    ),
    Check(
        "order",
        Words("恢复备份后事务号从头计数", "after a restore transaction numbers begin anew"),
        Words("运行 haochaping reconcile", "run haochaping reconcile"),
        _order,
    ),
    Check(
        "database_clock",
        Words("期限由服务器时间决定", "deadlines follow the servers' time"),
        Words("让各机器与同一时间源对时", "let all machines follow one time source"),
        _database_clock,
    ),
    Check(
        "future",
        Words("时钟曾走快，期限会提前触发", "the clock was ahead: deadlines fire early"),
        Words("校准时钟，核对近期到期的整改件", "set the clock, look at cases that fell due"),
        _future,
    ),
    Check(
        "log_size",
        Words("预写日志过大会拖慢读取、占满磁盘", "a long log slows reading and fills the disk"),
        Words("找出长时间不结束的读事务并重启它", "find the reader that does not end, restart it"),
        _log_size,
    ),
    Check(
        "connections",
        Words("连接用尽时评价会收到“稍后再试”", "without connections raters are told to wait"),
        Words("减少 threads 或提高 max_connections", "lower threads or raise max_connections"),
        _connections,
    ),
    Check(
        "pool",
        Words("高峰时会有进程连不上数据库", "in a rush some process gets no connection"),
        _POOL,
        _pool,
    ),
    Check(
        "months",
        Words("没有分区的月份以后不能归档", "months without a part cannot be archived later"),
        Words("运行 haochaping partitions make", "run haochaping partitions make"),
        _months,
    ),
    Check(
        "long_transactions",
        Words(
            "统计与观察者只读到最早未结束的事务", "readers stop at the oldest running transaction"
        ),
        Words("在 pg_stat_activity 中查明并结束它", "find it in pg_stat_activity and end it"),
        _long_transactions,
    ),
)
