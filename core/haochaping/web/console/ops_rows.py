"""What the page of the system's state shows of ages and processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from haochaping.messages import N_
from haochaping.operating import beats, gauges
from haochaping.web import formats
from haochaping.web.console.wording import Tag
from haochaping.web.i18n import _

HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Age:
    """An age as people know it: its words, and from how many seconds on it is bad."""

    words: str
    bad: float


AGES: Final[Mapping[str, Age]] = MappingProxyType(
    {
        "oldest_held_seconds": Age(N_("最久的待裁定评价"), 48 * HOUR),
        "oldest_message_seconds": Age(N_("最久未送达的消息"), HOUR),
        "oldest_job_seconds": Age(N_("最久未处理的任务"), 300),
        "deadline_lag_seconds": Age(N_("期限触发滞后"), 300),
        "fold_lag_seconds": Age(N_("汇总滞后"), 600),
        "seal_lag_seconds": Age(N_("封存滞后"), 900),
        "backup_age_seconds": Age(N_("距最近一次备份"), 26 * HOUR),
        "uplink_oldest_seconds": Age(N_("最久未上报的内容"), 6 * HOUR),
    }
)
"""The ages that alerts look at, with the alerts' bounds."""

_KINDS: Final[Mapping[str, str]] = MappingProxyType({"web": N_("网站"), "worker": N_("后台")})


@dataclass(frozen=True, slots=True)
class AgeRow:
    """How long something has been waiting."""

    name: str
    age: str
    tag: Tag


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process that has told of itself."""

    name: str
    kind: str
    version: str
    since: str
    tag: Tag


def ages(conn: Connection, at: datetime) -> tuple[AgeRow, ...]:
    """Return the ages, the bad ones marked; a backup that was never made is bad."""
    found = gauges.by_name(gauges.measure(conn, at))
    return tuple(_age(one, found[name]) for name, one in AGES.items())


def processes(conn: Connection, at: datetime) -> tuple[ProcessRow, ...]:
    """Return the processes heard of in the last days."""
    return tuple(_process(one, at) for one in beats.processes(conn))


def _age(one: Age, seconds: float) -> AgeRow:
    if seconds < 0:
        return AgeRow(_(one.words), _("从未"), Tag(_("需要处理"), "bad"))
    tag = Tag(_("需要处理"), "bad") if seconds > one.bad else Tag(_("正常"), "good")
    return AgeRow(_(one.words), _long(seconds), tag)


def _long(seconds: float) -> str:
    if seconds < 120:
        return _("%(n)s 秒", n=int(seconds))
    if seconds < 2 * HOUR:
        return _("%(n)s 分钟", n=int(seconds // 60))
    if seconds < 48 * HOUR:
        return _("%(n)s 小时", n=int(seconds // HOUR))
    return _("%(n)s 天", n=int(seconds // (24 * HOUR)))


def _process(one: beats.Process, at: datetime) -> ProcessRow:
    alive = one.alive(at)
    tag = Tag(_("在运行"), "good") if alive else Tag(_("没有消息"), "bad")
    kind = _(_KINDS[one.kind]) if one.kind in _KINDS else one.kind
    return ProcessRow(one.name, kind, one.basis.code_version, formats.moment(one.started_at), tag)
