"""Releases: the packages of closed months, kept in the database, made anew where they changed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from haochaping.grading import closing
from haochaping.hooks.values import Period, Words
from haochaping.ids import new_id
from haochaping.opendata import packages
from haochaping.opendata.packages import File, Packer
from haochaping.opendata.tables import file, piece, release
from haochaping.problems import Problem
from haochaping.store import Store

PIECE: Final = 1 << 20
"""Bytes of a piece of a file."""
LINES: Final = 1000
"""Lines of a piece of a file of lines: a page of the interface for machines."""


class MonthOpen(Problem):
    """The month is not closed yet, so its figures may still move."""

    code = "HCP-MONTH-OPEN"
    status = 409
    title = Words("这个月还没有封账，开放数据在封账后发布", "The month is not closed yet")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as it is offered: `rows` is None for what is no data."""

    name: str
    media: str
    bytes: int
    rows: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class Release:
    """The newest package of a month (or an extract), with its files.

    `made_of` is the mark of what it was made of, "" where that is not known.
    """

    id: int
    period: str
    version: int
    made_at: datetime
    made_of: str
    files: tuple[Listed, ...]

    def named(self, name: str) -> Listed | None:
        """Return the file of a name, None when there is none."""
        return next((one for one in self.files if one.name == name), None)


def make(store: Store, packer: Packer, period: Period, at: datetime) -> Release:
    """Make a closed month's package; one that says nothing new is left as it is.

    Raises MonthOpen. Running twice, or at two places at once, changes nothing.
    """
    with tempfile.TemporaryDirectory(prefix="haochaping-open-data-") as folder:
        with store.read() as conn:
            if not closing.is_closed(conn, period):
                detail = Words(f"月份 {period.name}", f"the month {period.name}")
                raise MonthOpen(detail)
            draft = packer.draft(conn, period, at, Path(folder))
            mark, before = packer.mark(draft), current(conn, period.name)
        if before is not None and before.made_of == mark:
            return before
        return keep(store, period.name, packer.pack(draft), at, mark)


def keep(store: Store, name: str, made: Sequence[File], at: datetime, made_of: str = "") -> Release:
    """Store files under a name unless the newest release there has the same content."""
    digest = packages.content_digest({one.name: one.digest for one in made})
    with store.write() as conn:
        before = conn.execute(
            select(release).where(release.c.period == name).order_by(release.c.version.desc())
        ).first()
        if before is None or before.digest != digest:
            version = before.version + 1 if before else 1
            _insert(conn, (name, version, digest, at, made_of), made)
            _forget_before(conn, name, version)
        else:
            own = release.c.id == before.id
            conn.execute(update(release).where(own).values(made_of=made_of))
        found = current(conn, name)
    assert found is not None
    return found


def _insert(
    conn: Connection, head: tuple[str, int, str, datetime, str], made: Sequence[File]
) -> None:
    names = ("period", "version", "digest", "made_at", "made_of")
    own: dict[str, Any] = {"id": new_id(), **dict(zip(names, head, strict=True))}
    conn.execute(insert(release), own)
    for one in made:
        key = {"release_id": own["id"], "name": one.name}
        size = one.path.stat().st_size
        about = {"media": one.media, "bytes": size, "rows": one.rows, "digest": one.digest}
        conn.execute(insert(file), {**key, **about})
        for no, content in enumerate(_pieces(one.path)):
            conn.execute(insert(piece), {**key, "no": no, "content": content})


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        if path.suffix == f".{packages.LINES}":
            yield from iter(lambda: b"".join(islice(source, LINES)), b"")
        else:
            yield from iter(lambda: source.read(PIECE), b"")


def _forget_before(conn: Connection, name: str, version: int) -> None:
    """Forget all but the newest two versions: somebody may be reading the one before."""
    old = select(release.c.id).where(release.c.period == name, release.c.version < version - 1)
    _forget(conn, list(conn.execute(old).scalars()))


def _forget(conn: Connection, ids: Sequence[int]) -> None:
    for table in (piece, file):
        conn.execute(delete(table).where(table.c.release_id.in_(ids)))
    conn.execute(delete(release).where(release.c.id.in_(ids)))


def current(conn: Connection, name: str) -> Release | None:
    """Return the newest release of a name, None when there is none."""
    statement = (
        select(release).where(release.c.period == name).order_by(release.c.version.desc()).limit(1)
    )
    return next(iter(_with_files(conn, conn.execute(statement).all())), None)


def newest(conn: Connection, first: str, last: str, limit: int) -> tuple[Release, ...]:
    """Return the newest releases of the months from the first to the last, newest month first."""
    own, other = release.c, release.alias().c
    latest = select(func.max(other.version)).where(other.period == own.period).scalar_subquery()
    statement = (
        select(release)
        .where(
            own.period.between(first, last),
            func.length(own.period) == len("2026-10"),
            own.version == latest,
        )
        .order_by(own.period.desc())
        .limit(limit)
    )
    return _with_files(conn, conn.execute(statement).all())


def listed(conn: Connection, limit: int = 120) -> tuple[Release, ...]:
    """Return the newest releases of months, newest month first."""
    return newest(conn, "0000-01", "9999-12", limit)


def _with_files(conn: Connection, heads: Sequence[Row[Any]]) -> tuple[Release, ...]:
    """Return releases with their files, which are read in one statement."""
    files: dict[int, list[Listed]] = {head.id: [] for head in heads}
    rows = select(file).where(file.c.release_id.in_(list(files))).order_by(file.c.name)
    for row in conn.execute(rows):
        one = Listed(row.name, row.media, row.bytes, row.rows, row.digest)
        files[row.release_id].append(one)
    return tuple(
        Release(
            head.id, head.period, head.version, head.made_at, head.made_of, tuple(files[head.id])
        )
        for head in heads
    )


def content(store: Store, identity: int, name: str) -> Iterator[bytes]:
    """Yield a file of a release piece by piece."""
    for no in count():
        with store.read() as conn:
            found = one_piece(conn, identity, name, no)
        if found is None:
            return
        yield found


def one_piece(conn: Connection, identity: int, name: str, no: int) -> bytes | None:
    """Return a piece of a file, None behind its end."""
    statement = select(piece.c.content).where(
        piece.c.release_id == identity, piece.c.name == name, piece.c.no == no
    )
    found: bytes | None = conn.execute(statement).scalar_one_or_none()
    return found


def has_piece(conn: Connection, identity: int, name: str, no: int) -> bool:
    """Say whether a file goes on to a piece, without reading it."""
    statement = select(piece.c.no).where(
        piece.c.release_id == identity, piece.c.name == name, piece.c.no == no
    )
    return conn.execute(statement).first() is not None


def forget_extracts(conn: Connection, before: datetime) -> int:
    """Forget files made for somebody's range of months before a moment; return their number."""
    old = select(release.c.id).where(release.c.period.contains(":"), release.c.made_at < before)
    ids = list(conn.execute(old).scalars())
    _forget(conn, ids)
    return len(ids)
