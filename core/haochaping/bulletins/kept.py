"""Bulletins as they are kept: looking them up, their history, their files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from haochaping.bulletins.content import Content, from_json
from haochaping.bulletins.files import File
from haochaping.bulletins.rules import Edition
from haochaping.bulletins.tables import bulletin, bulletin_file, bulletin_move
from haochaping.grading import periods
from haochaping.hooks.values import Period


class State(StrEnum):
    """Where a bulletin stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Kept:
    """A version of a bulletin without what it says."""

    id: int
    period: Period
    edition: Edition
    version: int
    state: State
    digest: str
    number: str
    remarks: str
    made_at: datetime
    approved_at: datetime | None
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """Something done with a bulletin; account 0 is the worker."""

    no: int
    at: datetime
    account_id: int
    move: str
    note: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A file without its content."""

    name: str
    media: str
    digest: str


_HEAD = [column for column in bulletin.columns if column.name != "content"]


def find(conn: Connection, number: int) -> Kept | None:
    """Return a bulletin, None when there is none."""
    return _one(conn, select(*_HEAD).where(bulletin.c.id == number))


def newest(conn: Connection, period: Period, edition: Edition) -> Kept | None:
    """Return the newest version of a bulletin, None before the first."""
    statement = (
        select(*_HEAD)
        .where(bulletin.c.period == period.name, bulletin.c.edition == str(edition))
        .order_by(bulletin.c.version.desc())
        .limit(1)
    )
    return _one(conn, statement)


def version(conn: Connection, period: str, edition: Edition, number: int) -> Kept | None:
    """Return one version of a bulletin, None when there is none."""
    own = bulletin.c
    return _one(
        conn,
        select(*_HEAD).where(
            own.period == period, own.edition == str(edition), own.version == number
        ),
    )


def was_issued(conn: Connection, period: Period, edition: Edition) -> bool:
    """Say whether any version of a bulletin was issued, whatever became of it later."""
    own = bulletin.c
    out = select(own.id).where(
        own.period == period.name, own.edition == str(edition), own.issued_at.is_not(None)
    )
    return conn.execute(out.limit(1)).first() is not None


def listed(
    conn: Connection, states: Iterable[State], edition: Edition | None = None, limit: int = 200
) -> tuple[Kept, ...]:
    """Return bulletins in some states, the newest period and version first."""
    own = bulletin.c
    statement = select(*_HEAD).where(own.state.in_([str(one) for one in states]))
    if edition is not None:
        statement = statement.where(own.edition == str(edition))
    ordered = statement.order_by(own.made_at.desc(), own.id.desc()).limit(limit)
    found = (_kept(row) for row in conn.execute(ordered))
    return tuple(sorted(found, key=lambda one: (one.period.last, one.version), reverse=True))


def content(conn: Connection, number: int) -> Content:
    """Return what a bulletin says. Raises sqlalchemy's NoResultFound."""
    return from_json(
        conn.execute(select(bulletin.c.content).where(bulletin.c.id == number)).scalar_one()
    )


def history(conn: Connection, number: int) -> tuple[Move, ...]:
    """Return what was done with a bulletin, in order."""
    own = bulletin_move.c
    statement = select(bulletin_move).where(own.bulletin_id == number).order_by(own.no)
    return tuple(
        Move(row.no, row.at, row.account_id, row.move, row.note) for row in conn.execute(statement)
    )


def files(conn: Connection, number: int) -> tuple[Listed, ...]:
    """Return the files of a bulletin."""
    own = bulletin_file.c
    statement = select(own.name, own.media, own.digest).where(own.bulletin_id == number)
    return tuple(Listed(*row) for row in conn.execute(statement.order_by(own.name)))


def file(conn: Connection, number: int, name: str) -> File | None:
    """Return a file of a bulletin, None when there is none."""
    own = bulletin_file.c
    statement = select(own.media, own.content).where(own.bulletin_id == number, own.name == name)
    row = conn.execute(statement).one_or_none()
    return None if row is None else File(name, row.media, row.content)


def put_files(conn: Connection, number: int, made: Sequence[File]) -> None:
    """Store the files of a bulletin instead of those it had."""
    drop_files(conn, number)
    rows: list[dict[str, Any]] = [
        {
            "bulletin_id": number,
            "name": one.name,
            "media": one.media,
            "digest": one.digest,
            "content": one.content,
        }
        for one in made
    ]
    conn.execute(insert(bulletin_file), rows)


def drop_files(conn: Connection, number: int) -> None:
    """Forget the files of a bulletin."""
    conn.execute(delete(bulletin_file).where(bulletin_file.c.bulletin_id == number))


def next_move(conn: Connection, number: int) -> int:
    """Return the number of a bulletin's next move."""
    own = bulletin_move.c
    statement = select(func.coalesce(func.max(own.no), 0)).where(own.bulletin_id == number)
    return int(conn.execute(statement).scalar_one()) + 1


def _one(conn: Connection, statement: Select[Any]) -> Kept | None:
    row = conn.execute(statement).one_or_none()
    return None if row is None else _kept(row)


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        id=row.id,
        period=periods.parse(row.period),
        edition=Edition(row.edition),
        version=row.version,
        state=State(row.state),
        digest=row.digest,
        number=row.number,
        remarks=row.remarks,
        made_at=row.made_at,
        approved_at=row.approved_at,
        issued_at=row.issued_at,
    )
