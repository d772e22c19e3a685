"""Making a backup while everything goes on, and reading it back before it counts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from haochaping import __version__
from haochaping.clock import stopwatch
from haochaping.copying import rows
from haochaping.copying.archive import BackupUnreadable, Reader, Writer
from haochaping.copying.rows import Shape
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation
from haochaping.hooks.values import Words
from haochaping.ids import random_code
from haochaping.journal import sealing
from haochaping.operating import facts
from haochaping.store import migrating

FORMAT: Final = 1
SUFFIX: Final = ".hcpb"
_FOLDERS: Final = ("profiles", "calendars")
_FILE: Final = "deployment.yaml"
_FILE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and read back."""

    path: Path
    id: str
    rows: int
    bytes: int
    seconds: float
    read_back_seconds: float


@dataclass(frozen=True, slots=True)
class Header:
    """What stands first in a backup: of what, when, and where the journal had come to."""

    id: str
    at: datetime
    version: str
    dialect: str
    profile: str
    revisions: Mapping[str, str]
    highest: int
    received: int
    seal: int
    head: str
    files: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**asdict(self), "at": self.at.isoformat(), "format": FORMAT}

    @classmethod
    def of(cls, document: Any) -> Header:
        """Return the header of a document. Raises BackupUnreadable for another format."""
        if not isinstance(document, dict) or document.pop("format", None) != FORMAT:
            raise BackupUnreadable(Words("格式版本不符", "it has another format"))
        return cls(**{**document, "at": datetime.fromisoformat(document["at"])})


def backup(deployment: Deployment, folder: Path, key: bytes) -> Made:
    """Write a backup into `folder` and read it back.

    One reading transaction sees one instant; nobody who writes has to wait. The file gets
    its name only when it is whole, safely on disk and was read to the end. Raises OSError,
    BackupUnreadable or StoreUnavailable; then nothing of that name is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    at, number = deployment.clock.now(), random_code(6)
    path = folder / f"{at:%Y%m%dT%H%M%SZ}-{number}{SUFFIX}"
    part = path.with_suffix(".part")
    started = stopwatch()
    try:
        counted = _write(deployment, part, key, (number, at))
        written = stopwatch()
        if check(part, key).rows != counted:
            raise BackupUnreadable(Words("读回的行数不符", "other rows were read back"))
        read = stopwatch()
        part.rename(path)
        _sync(folder)
    finally:
        part.unlink(missing_ok=True)
    total = sum(counted.values())
    made = Made(path, number, total, path.stat().st_size, written - started, read - written)
    with deployment.store.write() as conn:
        facts.note(conn, "backup", _told(made), at)
    return made


@dataclass(frozen=True, slots=True)
class Checked:
    """What a backup holds: its header and the rows by table."""

    header: Header
    rows: Mapping[str, int]


def check(path: Path, key: bytes) -> Checked:
    """Read a backup to its end and count its rows. Raises BackupUnreadable."""
    with Reader(path, key) as reader:
        lines = reader.lines()
        header = Header.of(next(lines, None))
        counted = {found.name: sum(1 for _ in some) for found, some in sections(lines)}
    return Checked(header, counted)


def sections(lines: Iterator[Any]) -> Iterator[tuple[Shape, Iterator[list[Any]]]]:
    """Yield each table with its rows, which must be taken before the next is asked for.

    Raises BackupUnreadable when a table has not the rows that were written.
    """
    for line in lines:
        found = Shape(line["table"], tuple(line["columns"]), tuple(line["blobs"]))
        yield found, _rows(found, lines)


def _rows(found: Shape, lines: Iterator[Any]) -> Iterator[list[Any]]:
    number = 0
    for line in lines:
        if isinstance(line, dict):
            if line != {"end": found.name, "rows": number}:
                raise BackupUnreadable(Words(f"{found.name} 缺行", f"rows of {found.name} miss"))
            return
        number += 1
        yield rows.unpacked(found, line)
    raise BackupUnreadable(Words(f"{found.name} 不完整", f"{found.name} is not whole"))


def _write(
    deployment: Deployment, part: Path, key: bytes, named: tuple[str, datetime]
) -> dict[str, int]:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, deployment.store.read() as conn:
        rows.at_one_instant(conn)
        writer = Writer(file, key)
        writer.line(_header(deployment, conn, named).document())
        counted = {
            table.name: _table(conn, writer, table)
            for table in rows.tables(conn, deployment.migration_lines())
        }
        writer.finish()
        file.flush()
        os.fsync(file.fileno())
    return counted


def _table(conn: Connection, writer: Writer, table: Any) -> int:
    found, number = rows.shape(table), 0
    writer.line({"table": found.name, "columns": found.columns, "blobs": found.blobs})
    for row in rows.read(conn, table):
        writer.line(rows.packed(found, row))
        number += 1
    writer.line({"end": found.name, "rows": number})
    return number


def _header(deployment: Deployment, conn: Connection, named: tuple[str, datetime]) -> Header:
    seal = sealing.latest(conn)
    states = migrating.states_in(conn, deployment.migration_lines())
    return Header(
        id=named[0],
        at=named[1],
        version=__version__,
        dialect=deployment.store.dialect,
        profile=deployment.profile.name,
        revisions={state.line.name: state.current for state in states if state.current},
        highest=rows.highest(conn),
        received=conservation.count(conn).received,
        seal=seal.number if seal else 0,
        head=seal.head if seal else "",
        files=dict(_files(deployment.home)),
    )


def _files(home: Path) -> Iterator[tuple[str, str]]:
    """Yield settings, profiles and calendars; keys are never in a backup."""
    found = [home / _FILE, *(p for name in _FOLDERS for p in sorted((home / name).rglob("*.yaml")))]
    for path in found:
        if path.is_file() and path.stat().st_size <= _FILE_BYTES:
            yield path.relative_to(home).as_posix(), path.read_text(encoding="utf-8")


def _told(made: Made) -> dict[str, Any]:
    return {"file": made.path.name, "id": made.id, "rows": made.rows, "bytes": made.bytes}


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
