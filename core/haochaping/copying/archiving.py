"""Old months of logs: written into files, read back, and only then taken out of the database.

The same file format as a backup's, encrypted with the backup key. One transaction holds the part,
writes it, reads the file back to its end, takes the part away and notes the file's checksum; a kill
at any moment leaves the rows in the database, or in a file that was read back and is noted.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, Table

from haochaping import __version__
from haochaping.copying import rows
from haochaping.copying.archive import BackupUnreadable, Reader, Writer
from haochaping.copying.backing import sections
from haochaping.deployment import Deployment
from haochaping.hooks.values import Words
from haochaping.journal import Event
from haochaping.operating import facts, partitions
from haochaping.operating.partitions import LOGS, NotPartitioned, Part
from haochaping.problems import Problem
from haochaping.store.types import canonical_json, micros

FORMAT: Final = 1
SUFFIX: Final = ".hcpl"
FACT: Final = "archived:"
_SHORT: Final = 12


class LogsTooYoung(Problem):
    """Logs were to be taken away before the time they must be kept is over."""

    code = "HCP-LOGS-YOUNG"
    status = 409
    title = Words("日志还没有到可以归档的时间", "These logs must be kept longer")
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Archived:
    """A part that was taken out: its file's name and size, its rows and their digests.

    `content` is the SHA-256 of the rows, `sha256` that of the file; `first` and `until` are
    microseconds since 1970 UTC.
    """

    log: str
    part: str
    first: int | None
    until: int
    file: str
    rows: int
    bytes: int
    content: str
    sha256: str

    @property
    def fact(self) -> str:
        """The name under which it is noted."""
        return FACT + self.file


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds: its header, how many rows, and the SHA-256 of the rows."""

    header: dict[str, Any]
    rows: int
    content: str


def archive(deployment: Deployment, before: date, folder: Path, key: bytes) -> Iterator[Archived]:
    """Take out every part that ends at or before the month of `before`; yield each when done.

    Raises LogsTooYoung, NotPartitioned, OSError, BackupUnreadable or StoreUnavailable; what was
    yielded stays done, the rest is as it was.
    """
    limit = _limit(deployment, before)
    with deployment.store.read() as conn:
        found = [one for log in LOGS for one in partitions.parts(conn, log)]
    if not found:
        raise NotPartitioned(
            Words("请先运行 haochaping partitions start", "Run haochaping partitions start first")
        )
    folder.mkdir(parents=True, exist_ok=True)
    for part in found:
        if part.until is not None and part.until <= limit:
            yield _archive(deployment, part, folder, key)


def listed(conn: Connection) -> tuple[Archived, ...]:
    """Return what was taken out, by file."""
    names = [field.name for field in fields(Archived)]
    return tuple(
        Archived(**{name: fact.value[name] for name in names}) for fact in facts.named(conn, FACT)
    )


def check(path: Path, key: bytes) -> Read:
    """Read a file to its end. Raises BackupUnreadable."""
    digest, number = hashlib.sha256(), 0
    with Reader(path, key) as reader:
        lines = reader.lines()
        header = _header(lines)
        for found, some in sections(lines):
            for values in some:
                digest.update(_bytes(rows.packed(found, values)))
                number += 1
    return Read(header, number, digest.hexdigest())


def content(path: Path, key: bytes) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file with the names of their columns. Raises BackupUnreadable."""
    with Reader(path, key) as reader:
        lines = reader.lines()
        _header(lines)
        for found, some in sections(lines):
            for values in some:
                yield dict(zip(found.columns, rows.packed(found, values), strict=True))


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _limit(deployment: Deployment, before: date) -> int:
    now, days = deployment.clock.now(), deployment.settings.log_days
    limit = partitions.month_start(before, deployment.zone)
    if limit > micros(now - timedelta(days=days)):
        raise LogsTooYoung(
            Words(
                f"{before:%Y-%m} 之前的日志还不满 {days} 天（log_days）。"
                "网络安全法要求至少保存六个月，请改用更早的月份",
                f"Logs before {before:%Y-%m} are younger than {days} days (log_days). The law"
                " asks for six months at least; name an earlier month",
            )
        )
    return limit


def _archive(deployment: Deployment, part: Part, folder: Path, key: bytes) -> Archived:
    at, draft = deployment.clock.now(), folder / f"{part.name}.part"
    draft.unlink(missing_ok=True)  # of a run that was killed
    try:
        with deployment.store.write() as conn:
            partitions.hold(conn, part)
            written = _write(conn, part, draft, key, at)
            if check(draft, key) != written:
                raise BackupUnreadable(Words("读回的行不符", "other rows were read back"))
            path = folder / f"{part.name}-{written.content[:_SHORT]}{SUFFIX}"
            draft.replace(path)
            _sync(folder)
            done = _done(part, path, written)
            partitions.detach(conn, part)
            facts.note(conn, done.fact, asdict(done), at)
            told = {"file": done.file, "rows": done.rows, "sha256": done.sha256}
            deployment.journal.emit(conn, Event("log.archived", f"log:{part.name}", told), at)
    finally:
        draft.unlink(missing_ok=True)
    return done


def _write(conn: Connection, part: Part, path: Path, key: bytes, at: datetime) -> Read:
    table = Table(part.name, MetaData(), autoload_with=conn)
    found, digest, number = rows.shape(table), hashlib.sha256(), 0
    header = {
        "format": FORMAT,
        "log": part.log,
        "part": part.name,
        "first": part.first,
        "until": part.until,
        "at": at.isoformat(),
        "version": __version__,
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        writer = Writer(file, key)
        writer.line(header)
        writer.line({"table": found.name, "columns": found.columns, "blobs": found.blobs})
        for row in rows.read(conn, table):
            values = rows.packed(found, row)
            writer.line(values)
            digest.update(_bytes(values))
            number += 1
        writer.line({"end": found.name, "rows": number})
        writer.finish()
        file.flush()
        os.fsync(file.fileno())
    return Read(header, number, digest.hexdigest())


def _done(part: Part, path: Path, written: Read) -> Archived:
    return Archived(
        log=part.log,
        part=part.name,
        first=part.first,
        until=part.until or 0,
        file=path.name,
        rows=written.rows,
        bytes=path.stat().st_size,
        content=written.content,
        sha256=sum_of(path),
    )


def _header(lines: Iterator[Any]) -> dict[str, Any]:
    header = next(lines, None)
    if not isinstance(header, dict) or header.get("format") != FORMAT or "log" not in header:
        raise BackupUnreadable(Words("不是日志归档文件", "this is no archive of a log"))
    return header


def _bytes(values: list[Any]) -> bytes:
    return canonical_json(values).encode() + b"\n"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
