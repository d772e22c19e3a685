"""Looking into the journal: events of some kinds, its readers, events they gave up on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, or_, select

from haochaping.journal.observing import DONE, PARKED
from haochaping.journal.reading import Entry, entry_of
from haochaping.journal.tables import journal, journal_cursor, journal_parked

SHOWN: Final = 50
_USUAL: Final = ("occurrence.served", "evaluation.recorded", "evaluation.amended")
SPAN: Final = 200_000
"""Rows looked through at once: the time of a page does not grow with the journal."""


@dataclass(frozen=True, slots=True)
class Found:
    """Events, the latest first, and the number to go on before (0: the beginning is reached)."""

    entries: tuple[Entry, ...]
    before: int


@dataclass(frozen=True, slots=True)
class ReaderState:
    """A reader of the journal: its name and when it last moved."""

    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that a reader could not take; `given_up` when it is not tried again by itself."""

    id: int
    reader: str
    subject: str
    attempts: int
    error: str
    given_up: bool


def events(conn: Connection, kinds: Collection[str], before: int | None = None) -> Found:
    """Return events of some kinds with smaller numbers than `before`, the latest first.

    A kind that ends in a dot stands for all kinds that begin with it.
    """
    newest = conn.execute(select(func.max(journal.c.seq))).scalar() or 0
    end = newest + 1 if before is None else before
    start = max(end - SPAN, 0)
    statement = (
        select(journal)
        .where(journal.c.seq < end, journal.c.seq >= start, _of_kinds(kinds))
        .order_by(journal.c.seq.desc())
        .limit(SHOWN)
    )
    found = tuple(entry_of(row) for row in conn.execute(statement).mappings())
    return Found(found, found[-1].seq if len(found) == SHOWN else start)


def between(conn: Connection, first: datetime, last: datetime) -> tuple[Entry, ...]:
    """Return the events of a stretch of time (`last` excluded), ratings and services left out."""
    statement = (
        select(journal)
        .where(journal.c.at >= first, journal.c.at < last, journal.c.kind.not_in(_USUAL))
        .order_by(journal.c.seq)
    )
    return tuple(entry_of(row) for row in conn.execute(statement).mappings())


def _of_kinds(kinds: Collection[str]) -> ColumnElement[bool]:
    families = [kind for kind in kinds if kind.endswith(".")]
    single = sorted(set(kinds) - set(families))
    starts = (journal.c.kind.startswith(one, autoescape=True) for one in families)
    return or_(journal.c.kind.in_(single), *starts)


def readers(conn: Connection) -> tuple[ReaderState, ...]:
    """Return the readers that have a cursor, by name."""
    statement = select(journal_cursor.c.name, journal_cursor.c.at).order_by(journal_cursor.c.name)
    return tuple(ReaderState(row.name, row.at) for row in conn.execute(statement))


def parked(conn: Connection) -> tuple[ParkedEvent, ...]:
    """Return events that wait for another attempt or were given up, the oldest first."""
    statement = (
        select(journal_parked)
        .where(journal_parked.c.state != DONE)
        .order_by(journal_parked.c.id)
        .limit(SHOWN)
    )
    return tuple(_parked(row) for row in conn.execute(statement))


def _parked(row: Any) -> ParkedEvent:
    return ParkedEvent(
        row.id, row.reader, row.subject, row.attempts, row.error, row.state == PARKED
    )
