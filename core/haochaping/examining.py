"""Examining a deployment: what is wrong, why it matters, what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, func, select, text

from haochaping.access import grants
from haochaping.access.roles import Role
from haochaping.containment import contained
from haochaping.delivery import messages
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation, held
from haochaping.grading import tallies
from haochaping.hooks.values import Words
from haochaping.jobs.queue import OPEN, PARKED
from haochaping.jobs.tables import job
from haochaping.journal import sealing
from haochaping.journal.tables import journal, journal_parked
from haochaping.profile.production import unconfirmed
from haochaping.store import migrating

LATE_AFTER: Final = timedelta(minutes=5)
"""A worker that leaves due work lying this long is not running."""
_LEAST_FREE_BYTES: Final = 2 * 1024**3


NOTHING_TO_DO: Final = Words("", "")


class Level(StrEnum):
    """How bad a finding is."""

    FINE = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `fix` says what to do, empty when all is well."""

    check: str
    level: Level
    what: Words
    fix: Words = NOTHING_TO_DO


Check = Callable[[Deployment, Connection], Iterator[Finding]]


def examine(deployment: Deployment) -> tuple[Finding, ...]:
    """Run every check; one that fails itself is a fault and keeps no other from running."""
    return tuple(found for name, check in CHECKS for found in _run(deployment, name, check))


def _run(deployment: Deployment, name: str, check: Check) -> tuple[Finding, ...]:
    def call() -> tuple[Finding, ...]:
        with deployment.store.read() as conn:
            return tuple(check(deployment, conn))

    result = contained(f"check {name}", call)
    if result.value is None:
        what = Words(f"检查未能完成：{result.message}", f"the check failed: {result.message}")
        return (Finding(name, Level.FAULT, what),)
    return result.value or (Finding(name, Level.FINE, Words("正常", "fine")),)


def _tables(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    for state in migrating.states(deployment.store, deployment.migration_lines()):
        if state.pending:
            yield Finding(
                "tables",
                Level.FAULT,
                Words(
                    f"{state.line.name} 的表版本不符", f"tables of {state.line.name} are outdated"
                ),
                Words("运行 haochaping migrate", "run haochaping migrate"),
            )


def _durability(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    if deployment.store.dialect == "sqlite":
        level = conn.execute(text("PRAGMA synchronous")).scalar_one()
        sound = int(level) >= 2
    else:
        sound = conn.execute(text("SHOW fsync")).scalar_one() == "on"
    if not sound:
        yield Finding(
            "durability",
            Level.FAULT,
            Words("数据库不保证断电后不丢数据", "the database may lose what it acknowledged"),
            Words("打开 fsync", "switch fsync on"),
        )


def _integrity(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    if deployment.store.dialect != "sqlite":
        return
    found = conn.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if found != "ok":
        yield Finding(
            "integrity",
            Level.FAULT,
            Words(f"数据库文件损坏：{found}", f"the database file is damaged: {found}"),
            Words("停止服务，从备份恢复", "stop the service and restore the backup"),
        )


def _calendar(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    now = deployment.clock.now()
    for problem in deployment.calendar.problems:
        yield Finding("calendar", Level.FAULT, problem.message)
    if deployment.calendar.horizon_near(now):
        left = deployment.calendar.horizon(now)
        yield Finding(
            "calendar",
            Level.WARNING,
            Words(
                f"工作日历只到 {left} 天后，之后的到期日是暂定的",
                f"the calendar ends in {left} days; due dates beyond are provisional",
            ),
            Words(
                "节假日通知发布后运行 haochaping calendar load 文件",
                "once the holidays are published: haochaping calendar load FILE",
            ),
        )


def _late_work(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    since = deployment.clock.now() - LATE_AFTER
    late = _count(conn, job, job.c.state == OPEN, job.c.ready_at < since)
    if late:
        yield Finding(
            "worker",
            Level.FAULT,
            Words(f"{late} 项后台任务逾时未处理", f"{late} background jobs are late"),
            Words("检查后台进程：haochaping worker", "is the worker running? haochaping worker"),
        )


def _parked(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    counts = (
        (_count(conn, job, job.c.state == PARKED), Words("后台任务", "jobs")),
        (
            _count(conn, journal_parked, journal_parked.c.state == PARKED),
            Words("插件事件", "plugin events"),
        ),
        (len(messages.parked(conn)), Words("消息", "messages")),
    )
    for count, noun in counts:
        if count:
            yield Finding(
                "parked",
                Level.WARNING,
                Words(f"{count} 项{noun.zh}多次失败后搁置", f"{count} {noun.en} were given up"),
                Words("在控制台“运行状态”中查看并重试", "see and retry them in the console"),
            )


def _conservation(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    if not conservation.count(conn).holds:
        yield Finding(
            "conservation",
            Level.FAULT,
            Words(
                "收到的评价数与各状态之和不符", "received ratings are not the sum of their states"
            ),
            Words("运行 haochaping verify，保留现场", "run haochaping verify and keep the files"),
        )


def _ledger(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    if tallies.waiting(conn):
        yield Finding(
            "tallies",
            Level.WARNING,
            Words(
                "有评价尚未汇总（榜单仍然准确）", "ratings wait to be folded (boards stay exact)"
            ),
            Words("后台进程会自动处理", "the worker does it"),
        )


def _seal(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    seal = sealing.latest(conn)
    unsealed = select(func.min(journal.c.at))
    if seal is not None:
        unsealed = unsealed.where(journal.c.at > seal.at)
    oldest = conn.execute(unsealed).scalar_one()
    if oldest is not None and deployment.clock.now() - oldest > LATE_AFTER:
        yield Finding(
            "seal",
            Level.WARNING,
            Words("日志未及时封存", "the journal has not been sealed for a while"),
            Words("检查后台进程：haochaping worker", "is the worker running? haochaping worker"),
        )


def _held(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    waiting = held.count_held(conn)
    if waiting:
        yield Finding(
            "held",
            Level.WARNING,
            Words(f"{waiting} 条评价待裁定", f"{waiting} ratings are on hold"),
            Words("由监督人员在控制台裁定", "a supervisor decides in the console"),
        )


def _people(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    for role in (Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR):
        if not grants.anybody_with(conn, role):
            yield Finding(
                "people",
                Level.WARNING,
                Words(f"没有人担任 {role}", f"nobody is {role}"),
                Words("haochaping user add", "haochaping user add"),
            )


def _disk(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    free = shutil.disk_usage(deployment.home).free
    if free < _LEAST_FREE_BYTES:
        yield Finding(
            "disk",
            Level.FAULT,
            Words(f"磁盘只剩 {free >> 20} MiB", f"only {free >> 20} MiB of disk are free"),
            Words("清理或扩容", "free or add space"),
        )


def _secrets(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    for path in sorted((deployment.home / "secrets").iterdir()):
        if path.stat().st_mode & 0o077:
            yield Finding(
                "secrets",
                Level.FAULT,
                Words(f"{path.name} 可被其他用户读取", f"others may read {path.name}"),
                Words(f"chmod 600 {path.name}", f"chmod 600 {path.name}"),
            )


def _production(deployment: Deployment, conn: Connection) -> Iterator[Finding]:
    settings = deployment.settings
    if settings.production and not settings.base_url.startswith("https:"):
        yield Finding(
            "production",
            Level.FAULT,
            Words("正式环境未使用 https", "production without https"),
            Words("设置 base_url", "set base_url"),
        )
    open_questions = len(unconfirmed(deployment.profile))
    if open_questions:
        level = Level.FAULT if settings.production else Level.WARNING
        yield Finding(
            "profile",
            level,
            Words(
                f"配置档有 {open_questions} 项假定未经确认",
                f"{open_questions} assumptions of the profile are unconfirmed",
            ),
            Words("haochaping check --production", "haochaping check --production"),
        )


def _count(conn: Connection, table: Any, *conditions: Any) -> int:
    statement = select(func.count()).select_from(table).where(*conditions)
    return int(conn.execute(statement).scalar_one())


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("tables", _tables),
    ("durability", _durability),
    ("integrity", _integrity),
    ("disk", _disk),
    ("secrets", _secrets),
    ("calendar", _calendar),
    ("worker", _late_work),
    ("parked", _parked),
    ("conservation", _conservation),
    ("tallies", _ledger),
    ("seal", _seal),
    ("held", _held),
    ("people", _people),
    ("production", _production),
)
"""Every check by name, the most basic first."""
