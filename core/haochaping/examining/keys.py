"""Checks of keys and copies: who may read them, their age, backups, the receipt journal."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, desc, select

from haochaping.access.tables import api_key
from haochaping.deployment import Deployment
from haochaping.examining.data import count
from haochaping.examining.findings import Check, Found, fault, warning
from haochaping.hooks.values import Words
from haochaping.journal.tables import journal_seal
from haochaping.operating import facts, own_key

_KEYS: Final = ("master.key", "seal.key", "robot.key", "backup.key")
_OLD: Final = timedelta(days=730)
_BACKUP_EVERY: Final = timedelta(hours=26)
_DRILL_EVERY: Final = timedelta(days=100)


def _secrets(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    folder = deployment.home / "secrets"
    for path in (folder, *sorted(folder.iterdir())):
        if path.stat().st_mode & 0o077:
            mode = "700" if path.is_dir() else "600"
            yield fault(
                f"{path.name} 可被其他用户读取",
                f"others may read {path.name}",
                Words(f"chmod {mode} {path.name}", f"chmod {mode} {path.name}"),
            )


def _master_key(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    if not own_key.fits(conn, deployment.keyring):
        yield fault(
            "master.key 不是这个数据库的主密钥",
            "master.key is not the master key of this database",
            own_key.WRONG,
        )


def _complete(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for name in _KEYS:
        if not (deployment.home / "secrets" / name).exists():
            yield fault(f"缺少密钥 {name}", f"the key {name} is missing")


def _links(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for path in (deployment.home / "secrets").iterdir():
        if not stat.S_ISREG(path.lstat().st_mode):
            yield warning(f"{path.name} 不是普通文件", f"{path.name} is not a plain file")


def _age(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    newest = max((deployment.home / "secrets").glob("master*.key"), key=lambda p: p.stat().st_mtime)
    made = datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    age = deployment.clock.now() - made
    if age > _OLD:
        yield warning(f"主密钥已用 {age.days} 天", f"the master key is {age.days} days old")


def _seal_key(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    newest = select(journal_seal.c.public_key).order_by(desc(journal_seal.c.number)).limit(1)
    used = conn.execute(newest).scalar_one_or_none()
    public = deployment.secrets.seal_key.public_key()
    own = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    if used is not None and used != own:
        yield fault("封存密钥与最近一次封存不符", "the newest seal was set with another key")


def _backup(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    made = facts.last(conn, "backup")
    if made is None:
        yield warning("从未备份", "there is no backup")
    elif deployment.clock.now() - made.at > _BACKUP_EVERY:
        hours = int((deployment.clock.now() - made.at).total_seconds() // 3600)
        yield fault(f"最近的备份在 {hours} 小时前", f"the newest backup is {hours} hours old")


def _drill(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    done = facts.last(conn, "drill")
    if done is None or deployment.clock.now() - done.at > _DRILL_EVERY:
        yield warning("最近没有做过恢复演练", "no backup was restored lately to see that it works")


def _receipts(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    path = deployment.settings.receipt_journal
    if path is None:
        yield warning("没有设置回执流水", "no receipt journal is set")
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        yield fault(f"不能写回执流水 {path}", f"the receipt journal {path} cannot be written")
    elif path.parent.stat().st_dev == deployment.home.stat().st_dev:
        yield warning("回执流水与数据库在同一磁盘", "the receipt journal is on the database's disk")


def _api_keys(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    soon = deployment.clock.now() + timedelta(days=30)
    ending = count(conn, api_key, api_key.c.revoked_at.is_(None), api_key.c.expires_at < soon)
    if ending:
        yield warning(f"{ending} 个接口密钥在 30 天内到期", f"{ending} API keys end within 30 days")


CHECKS: Final = (
    Check(
        "secrets",
        Words("拿到密钥就能打开所有加密的数据", "the keys open everything that is sealed"),
        Words("chmod 700 目录，chmod 600 文件", "chmod 700 the folder, chmod 600 the files"),
        _secrets,
    ),
    Check(
        "master_key",
        Words("用错密钥，已存的都打不开", "nothing that is stored can be opened with another"),
        Words("取回原来的 master.key", "bring the former master.key back"),
        _master_key,
    ),
    Check(
        "keys_complete",
        Words("缺了密钥，备份、封存或通知会失败", "without it backups, seals or notices fail"),
        Words("从另存处取回；新的用 haochaping init 补建", "bring it back, or run haochaping init"),
        _complete,
    ),
    Check(
        "keys_plain",
        Words("链接可能指向别人能换掉的文件", "a link may lead to a file that others replace"),
        Words("把密钥本身放进 secrets/", "put the key itself into secrets/"),
        _links,
    ),
    Check(
        "key_age",
        Words("密钥用得越久，泄露的影响越大", "the longer a key is used, the more it opens"),
        Words("haochaping key rotate", "haochaping key rotate"),
        _age,
    ),
    Check(
        "seal_key",
        Words("换了密钥，外界无法核对封存", "with another key nobody can check the seals"),
        Words("取回原来的 seal.key", "bring the former seal.key back"),
        _seal_key,
    ),
    Check(
        "backup",
        Words("没有备份，磁盘坏了就什么都没有", "without a backup a broken disk takes all"),
        Words("haochaping backup，并设为每日任务", "haochaping backup, every day by a timer"),
        _backup,
    ),
    Check(
        "drill",
        Words("没有恢复过的备份不算备份", "a backup that was never restored is none"),
        Words("haochaping restore 备份 --drill", "haochaping restore FILE --drill"),
        _drill,
    ),
    Check(
        "receipts",
        Words("恢复后要知道哪些已确认的评价不在备份里", "after a restore it names what is lost"),
        Words("在 deployment.yaml 设置 receipt_journal，放在另一磁盘", "set receipt_journal"),
        _receipts,
    ),
    Check(
        "api_keys",
        Words("密钥到期后业务系统推送会被拒绝", "business systems are refused when they end"),
        Words("在控制台换发", "issue new ones in the console"),
        _api_keys,
    ),
)
