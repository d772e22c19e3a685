"""Checks of the machine: disk, files, time, limits."""

from __future__ import annotations

import os
import resource
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from haochaping import __version__
from haochaping.deployment import Deployment
from haochaping.examining.findings import Check, Found, fault, warning
from haochaping.hooks.values import Words
from haochaping.operating import beats

_LEAST_FREE_BYTES: Final = 2 * 1024**3
_LEAST_FREE_SHARE: Final = 0.1
_LEAST_FILES: Final = 1024
_KNOWN: Final = frozenset(
    {
        *("deployment.yaml", "secrets", "data", "profiles", "calendars", "plugins"),
        *("backups", "metrics", "logs", "var"),
    }
)
_LEFT_OVER: Final = (".part", ".tmp", ".new", ".old")


def _disk(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for path in _places(deployment):
        usage = shutil.disk_usage(path)
        if usage.free < _LEAST_FREE_BYTES:
            free = usage.free >> 20
            yield fault(f"{path} 所在磁盘只剩 {free} MiB", f"only {free} MiB are free at {path}")
        elif usage.free < usage.total * _LEAST_FREE_SHARE:
            yield warning(f"{path} 所在磁盘将满", f"the disk of {path} is nearly full")


def _places(deployment: Deployment) -> tuple[Path, ...]:
    """Return one folder of each disk that the deployment writes to."""
    settings = deployment.settings
    journal = settings.receipt_journal
    wanted = (deployment.home, journal and journal.parent, settings.backup_folder)
    disks = {path.stat().st_dev: path for path in wanted if path is not None and path.exists()}
    return tuple(disks.values())


def _inodes(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    found = os.statvfs(deployment.home)
    if found.f_files and found.f_favail < found.f_files * 0.02:
        yield fault(
            f"磁盘只剩 {found.f_favail} 个文件名额", f"the disk has room for {found.f_favail} files"
        )


def _open_files(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _LEAST_FILES:
        yield warning(f"最多只能打开 {soft} 个文件", f"only {soft} files may be open at once")


def _zone(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if deployment.clock.now().astimezone(deployment.zone).utcoffset() is None:
        yield fault("时区数据缺失", "time zone data are missing")


def _writable(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for path in (deployment.home, deployment.home / "deployment.yaml"):
        if path.stat().st_mode & stat.S_IWOTH:
            yield fault(f"{path.name} 可被任何人修改", f"anybody may change {path.name}")


def _orphans(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    loose = sorted(p.name for p in deployment.home.iterdir() if p.name not in _own(deployment))
    data = deployment.home / "data"
    parts = [p.name for p in data.rglob("*") if p.suffix in _LEFT_OVER] if data.exists() else []
    names = [*loose, *sorted(parts)]
    if names:
        listed = "、".join(names[:5])
        yield warning(
            f"{len(names)} 个不属于部署的文件：{listed}",
            f"{len(names)} files that belong to nothing: {', '.join(names[:5])}",
        )


def _own(deployment: Deployment) -> set[str]:
    """Return what may lie in the folder: what is known, and the database with its files."""
    database = Path(deployment.store.engine.url.database or "").name
    names = {f"{database}{tail}" for tail in ("", "-wal", "-shm", ".writer")}
    journal = deployment.settings.receipt_journal
    return {*_KNOWN, *names, *((journal.name,) if journal else ())}


def _drift(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    at, digest = deployment.clock.now(), beats.settings_digest(deployment.home)
    for each in beats.processes(conn):
        if not each.alive(at):
            continue
        if each.basis.settings_digest != digest:
            yield warning(
                f"{each.kind} {each.name} 按旧设置运行", f"{each.kind} {each.name}: old settings"
            )
        if each.basis.profile_digest != deployment.profile.digest:
            yield warning(
                f"{each.kind} {each.name} 按旧配置档运行", f"{each.kind} {each.name}: old profile"
            )
        if each.basis.code_version != __version__:
            yield warning(
                f"{each.kind} {each.name} 运行版本 {each.basis.code_version}",
                f"{each.kind} {each.name} runs version {each.basis.code_version}",
            )


def _logs(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    days = deployment.settings.log_days
    if days < 183:
        yield fault(f"日志只保存 {days} 天", f"logs are kept for {days} days only")


CHECKS: Final = (
    Check(
        "disk",
        Words("磁盘满时评价会被拒收", "with a full disk ratings are refused"),
        Words("清理或扩容", "free or add space"),
        _disk,
    ),
    Check(
        "inodes",
        Words("不能新建文件时数据库不能写", "without room for files the database cannot write"),
        Words("删除多余的小文件", "remove small files that nobody needs"),
        _inodes,
    ),
    Check(
        "open_files",
        Words("连接多时会打不开数据库", "with many visitors the database cannot be opened"),
        Words("提高 LimitNOFILE 到 65536", "raise LimitNOFILE to 65536"),
        _open_files,
    ),
    Check(
        "zone",
        Words("到期日按当地日期计算", "due days are local days"),
        Words("安装 tzdata", "install tzdata"),
        _zone,
    ),
    Check(
        "writable",
        Words("能改设置的人能换数据库", "who changes the settings can change the database"),
        Words("chmod o-w", "chmod o-w"),
        _writable,
    ),
    Check(
        "orphans",
        Words("中断的操作会留下半份文件", "work that was cut short leaves half a file"),
        Words("核对后删除", "look at them, then remove them"),
        _orphans,
    ),
    Check(
        "drift",
        Words("各进程规则不一致时结果不可预料", "processes must work by the same rules"),
        Words("逐个重启各进程", "restart the processes one by one"),
        _drift,
    ),
    Check(
        "logs",
        Words("网络安全法要求日志留存不少于六个月", "the law asks for six months of logs"),
        Words("把 log_days 设为 183 以上", "set log_days to 183 or more"),
        _logs,
    ),
)
