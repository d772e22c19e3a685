"""Typical cases as the public reads them: what was said, found, done and learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, or_, select, update

from haochaping.catalog import regions, subjects, trees
from haochaping.catalog.tables import region as region_table
from haochaping.disclosure import search
from haochaping.disclosure.tables import typical_case
from haochaping.hooks.values import Subject, Words
from haochaping.journal import Event

DRAFT, SIGNING, PUBLISHED = "draft", "signing", "published"
WITHDRAWN, DROPPED = "withdrawn", "dropped"
LIVE: Final = (DRAFT, SIGNING, PUBLISHED)
"""States of one that may still be told, or is."""
PAGE: Final = 20
_DIGITS: Final = 19


@dataclass(frozen=True, slots=True)
class Told:
    """A published typical case. A withdrawn one has `gone`, and nothing else of it is told."""

    public_id: str
    title: str
    said: str
    found: str
    done: str
    learnt: str
    english: str
    published_at: datetime
    organization: Subject | None
    item: Subject | None
    gone: str = ""
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some typical cases, the newest first, and the mark to go on from (empty: the end)."""

    cases: tuple[Told, ...]
    next: str


GONE: Final = {
    "evaluation.withdrawn": Words("评价人已撤回评价", "The rater withdrew the rating"),
    "evaluation.voided": Words("评价经复核无效", "The rating was found void on review"),
    "evaluation.excluded": Words("评价不予计入", "The rating was excluded"),
}
"""Why a typical case is gone, as far as the rating is the reason; else a person's own words."""


def recent(
    conn: Connection, region: str = "", words: str = "", after: str = "", limit: int = PAGE
) -> Page:
    """Return published typical cases after a mark; an unreadable mark starts at the newest."""
    statement = _found(conn, words, after) if words else _newest(conn, after)
    if statement is None:
        return Page((), "")
    statement = statement.where(typical_case.c.state == PUBLISHED)
    if region:
        path = regions.path_of(conn, region) or "-"  # an unknown region holds nothing
        counties = select(region_table.c.county).where(trees.within(region_table.c.path, path))
        statement = statement.where(typical_case.c.region.in_(counties))
    rows = conn.execute(statement.limit(limit + 1)).all()
    mark = ""
    if len(rows) > limit:
        last = rows[limit - 1]
        mark = str(last.position) if words else last.public_id
    return Page(_told(conn, rows[:limit]), mark)


def one(conn: Connection, public_id: str) -> Told | None:
    """Return what is told under a permalink, None when nothing ever was."""
    statement = select(typical_case).where(
        typical_case.c.public_id == public_id,
        typical_case.c.state.in_((PUBLISHED, WITHDRAWN)),
    )
    rows = conn.execute(statement).all()
    return next(iter(_told(conn, rows)), None)


def _newest(conn: Connection, after: str) -> Select[Any]:
    told = typical_case.c
    statement = select(typical_case).order_by(told.published_at.desc(), told.id.desc())
    last = conn.execute(
        select(told.published_at, told.id).where(told.public_id == after)
    ).one_or_none()
    if last is None or last.published_at is None:
        return statement
    same = and_(told.published_at == last.published_at, told.id < last.id)
    return statement.where(or_(told.published_at < last.published_at, same))


def _found(conn: Connection, words: str, after: str) -> Select[Any] | None:
    before = int(after) if after.isascii() and after.isdigit() and len(after) < _DIGITS else None
    asked = search.Asked(words, before=before)
    return search.matching(conn, search.TYPICAL, typical_case, asked)


def _told(conn: Connection, rows: Sequence[Row[Any]]) -> tuple[Told, ...]:
    units = subjects.names(conn, "organization", {row.organization_id for row in rows})
    items = subjects.names(conn, "item", {row.item_id for row in rows} - {None})
    return tuple(_of(row, units, items) for row in rows)


def _of(row: Row[Any], units: dict[int, Subject], items: dict[int, Subject]) -> Told:
    if row.state == WITHDRAWN:
        told = row.published_at, None, None, row.reason, row.withdrawn_at
        return Told(row.public_id, "", "", "", "", "", "", *told)
    return Told(
        public_id=row.public_id,
        title=row.title,
        said=row.said,
        found=row.found,
        done=row.done,
        learnt=row.learnt,
        english=row.english,
        published_at=row.published_at,
        organization=units.get(row.organization_id),
        item=items.get(row.item_id),
    )


def take_back(conn: Connection, event: Event, at: datetime) -> None:
    """Take down what was told of a service whose rating no longer counts; drop its drafts."""
    told = typical_case.c
    of_it = and_(
        told.region == event.region,
        told.served_month == event.payload["served_month"],
        told.occurrence_id == event.payload["occurrence_id"],
    )
    rows = conn.execute(select(told.id, told.state).where(of_it, told.state.in_(LIVE))).all()
    for row in rows:
        state = WITHDRAWN if row.state == PUBLISHED else DROPPED
        gone = {"state": state, "withdrawn_at": at, "reason": event.kind}
        conn.execute(update(typical_case).where(told.id == row.id).values(**gone))
        search.forget(conn, search.TYPICAL, [row.id])
