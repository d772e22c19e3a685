"""Checks of the evidence: conservation, cases, tallies, seals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from haochaping import reconciling
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation
from haochaping.examining.findings import Check, Found, fault, warning
from haochaping.hooks.values import Words
from haochaping.journal import sealing
from haochaping.operating import facts, gauges

LATE_SECONDS: Final = 300.0
"""What lies this long is not done by anybody."""


def _conservation(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    counted = conservation.count(conn)
    if not counted.holds:
        yield fault(
            f"收到 {counted.received} 条评价，各状态之和为 {counted.stored}",
            f"{counted.received} ratings were received, {counted.stored} are there",
        )


def _missing(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for kind in reconciling.KINDS:
        number = sum(1 for _ in kind.find(deployment, conn))
        if number:
            yield fault(f"{kind.words.zh}：{number}", f"{kind.words.en}: {number}")


def _tallies(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    lag = gauges.by_name(gauges.measure(conn, deployment.clock.now()))["fold_lag_seconds"]
    if lag > LATE_SECONDS:
        yield warning(
            f"评价已 {int(lag)} 秒未汇总（榜单仍然准确）",
            f"ratings wait {int(lag)} seconds to be folded (boards stay exact)",
        )


def _seal(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    lag = gauges.by_name(gauges.measure(conn, deployment.clock.now()))["seal_lag_seconds"]
    if lag > LATE_SECONDS:
        yield warning("日志未及时封存", "the journal has not been sealed for a while")


def _newest_seal(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for found in sealing.verify_latest(conn):
        yield fault(f"封存 {found.seal}：{found.what}", f"seal {found.seal}: {found.what}")


def _restored(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    restored = facts.last(conn, "restore")
    lost = int(restored.value.get("lost", 0)) if restored else 0
    if lost and not facts.last(conn, "restore_settled"):
        yield warning(
            f"恢复备份后有 {lost} 条已确认的评价不在库中",
            f"{lost} acknowledged ratings were not in the backup that was restored",
        )


_WORKER: Final = Words(
    "检查后台进程：haochaping worker", "is the worker running? haochaping worker"
)

CHECKS: Final = (
    Check(
        "conservation",
        Words("收到的评价一条也不能少", "no rating that was received may disappear"),
        Words("运行 haochaping verify，保留现场", "run haochaping verify and keep the files"),
        _conservation,
    ),
    Check(
        "missing",
        Words("没有任务的事不会发生", "what has no job never happens"),
        Words("运行 haochaping reconcile", "run haochaping reconcile"),
        _missing,
    ),
    Check(
        "tallies",
        Words("未汇总的越多，榜单越慢", "the more waits, the slower the boards"),
        _WORKER,
        _tallies,
    ),
    Check(
        "seal",
        Words("未封存的记录不能证明没有改过", "what is not sealed cannot be proved unchanged"),
        _WORKER,
        _seal,
    ),
    Check(
        "newest_seal",
        Words("封存之后的改动会被发现", "what was changed after it was sealed shows here"),
        Words("停止写入，运行 haochaping verify，保留现场", "stop writing, run haochaping verify"),
        _newest_seal,
    ),
    Check(
        "restored",
        Words("评价人以为已经评过", "their raters believe that they have rated"),
        Words("haochaping restore --report，请评价人再评", "haochaping restore --report"),
        _restored,
    ),
)
