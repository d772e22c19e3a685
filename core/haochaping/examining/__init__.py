"""Examining a deployment: what is wrong, why it matters, what to do."""

from __future__ import annotations

from typing import Final

from haochaping.containment import contained
from haochaping.deployment import Deployment
from haochaping.examining import (
    apart,
    data,
    evidence,
    exchanging,
    keys,
    machine,
    outside,
    people,
    publishing,
    work,
)
from haochaping.examining.findings import FINE, Check, Finding, Found, Level
from haochaping.hooks.values import Words
from haochaping.store import StoreUnavailable, migrating

__all__ = ["CHECKS", "Check", "Finding", "Found", "Level", "examine"]

CHECKS: Final[tuple[Check, ...]] = (
    *data.CHECKS,
    *machine.CHECKS,
    *keys.CHECKS,
    *evidence.CHECKS,
    *work.CHECKS,
    *outside.CHECKS,
    *exchanging.CHECKS,
    *people.CHECKS,
    *apart.CHECKS,
    *publishing.CHECKS,
)
"""Every check, the most basic first."""


def examine(deployment: Deployment) -> tuple[Finding, ...]:
    """Run every check; one that fails itself is a fault and keeps no other from running.

    Where the database is away or empty that is all there is to say: every check would only
    repeat it, with advice that makes it worse.
    """
    gone = contained("database", lambda: _missing(deployment))
    if isinstance(gone.error, StoreUnavailable):
        return (Finding("database", Level.FAULT, _AWAY, _NOBODY, _BRING_BACK),)
    if gone.value:
        return (Finding("database", Level.FAULT, _EMPTY, _ANOTHER, _DO_NOT_MIGRATE),)
    return tuple(found for check in CHECKS for found in run(deployment, check))


def _missing(deployment: Deployment) -> bool:
    """Say whether the database has no tables of ours. Raises StoreUnavailable."""
    with deployment.store.read() as conn:
        return migrating.is_empty(conn)


def run(deployment: Deployment, check: Check) -> tuple[Finding, ...]:
    """Run one check in a transaction of its own."""

    def call() -> tuple[Found, ...]:
        with deployment.store.read() as conn:
            return tuple(check.look(deployment, conn))

    result = contained(f"check {check.name}", call)
    if result.value is None:
        what = Words(f"检查未能完成：{result.message}", f"the check failed: {result.message}")
        return (Finding(check.name, Level.FAULT, what, check.why, check.fix),)
    return tuple(_finding(check, found) for found in result.value) or (
        Finding(check.name, Level.FINE, FINE),
    )


_AWAY: Final = Words("数据库没有应答", "the database does not answer")
_NOBODY: Final = Words(
    "没有人能评价；其余检查都要用数据库", "nobody can rate; all other checks need the database"
)
_BRING_BACK: Final = Words(
    "查看磁盘（df -h）和数据库服务；见 docs/runbooks/HaochapingDatabaseDown",
    "look at the disk (df -h) and the database's service; see docs/runbooks/HaochapingDatabaseDown",
)
_EMPTY: Final = Words("数据库是空的，没有任何表", "the database is empty: it has no tables")
_ANOTHER: Final = Words(
    "若不是新部署，原来的数据库就不在这里：磁盘没有挂上，或地址写错了",
    "unless the deployment is new, its database is elsewhere: a disk is not mounted, or the"
    " address is wrong",
)
_DO_NOT_MIGRATE: Final = Words(
    "不要运行 migrate；先挂上磁盘、改正 database，或用 haochaping restore 恢复。"
    "只有新部署才运行 haochaping init",
    "do not migrate; mount the disk, correct `database`, or haochaping restore. Only a new"
    " deployment: haochaping init",
)


def _finding(check: Check, found: Found) -> Finding:
    return Finding(check.name, found.level, found.what, check.why, found.fix or check.fix)
