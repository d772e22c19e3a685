"""Which published comments, in which order: the statements behind the public's list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select, true

from haochaping.catalog import regions, trees
from haochaping.catalog.tables import region as region_table
from haochaping.disclosure import facets, search
from haochaping.disclosure.facets import Facets
from haochaping.disclosure.steps import PUBLISHED, WITHDRAWN
from haochaping.disclosure.tables import review, review_tag
from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import Grade
from haochaping.rectification.tables import case_reply, rectification_case

OPEN, ANSWERED = "open", "answered"
PROGRESS: Final = (OPEN, ANSWERED)
"""What comments can be narrowed to by the state of their case."""
USEFUL: Final = "useful"
"""The order by votes; any other name is the newest first."""
RANKED: Final = 200
"""So many of the newest comments that hold some words are put in order by votes."""
_UNITS: Final = ("organization_id", "hall_id", "item_id")
_COUNTIES: Final = 60
"""A region of more counties is not asked of the full text but of the comments found."""
_ANSWERED_STATES: Final = (str(CaseState.REPLIED), str(CaseState.CLOSED))
_BAD: Final = (Grade(1), Grade(2))
_COUNTY: Final = facets.term(facets.COLUMNS["region"], "")
_MARK: Final = re.compile(r"([0-8]?[0-9]{1,18})-([0-9]{1,9})")
_USEFUL_MARK: Final = re.compile(rf"([0-9]{{1,9}})-{_MARK.pattern}")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which comments: of a region's subtree, an organization, hall or item; bad ones only.

    `text` are words that occur in it; `days` are the first and the last day shown. `progress`
    keeps those that are OPEN at a moment, or ANSWERED by a published reply; `tag` those whose
    rater chose that option. `order` is USEFUL or empty: the newest first.
    """

    region: str = ""
    organization_id: int | None = None
    hall_id: int | None = None
    item_id: int | None = None
    bad_only: bool = False
    grade: int | None = None
    text: str = ""
    days: tuple[date, date] | None = None
    progress: str = ""
    at: datetime | None = None
    tag: str = ""
    order: str = ""


NO_FILTER: Final = Filter()


def found(conn: Connection, wanted: Filter, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return the comments after a mark, one more than `limit` where there are more."""
    rows: Sequence[Row[Any]] = ()
    left = _left(conn, wanted) if wanted.text and wanted.order == USEFUL else wanted
    for statement in _ways(conn, wanted, after):
        rows = conn.execute(_narrowed(conn, statement, left).limit(limit + 1)).all()
        if len(rows) > limit:
            break
    return rows


def place(mark: str) -> ColumnElement[bool] | None:
    """Return which comment a mark names; None where it names none."""
    named = _MARK.fullmatch(mark)
    if named is None:
        return None
    return and_(review.c.batch_id == int(named[1]), review.c.place == int(named[2]))


def mark(row: Row[Any]) -> str:
    """Return the place of a comment among all."""
    return f"{row.batch_id}-{row.place}"


def going_on(row: Row[Any], wanted: Filter) -> str:
    """Return the mark after which a list goes on."""
    if wanted.order == USEFUL:
        return f"{row.useful}-{mark(row)}"
    return str(row.position) if wanted.text else mark(row)


def _ways(conn: Connection, wanted: Filter, after: str) -> Iterator[Select[Any]]:
    """Yield how to find comments: quick ways that may find too few, then the whole one."""
    if wanted.order == USEFUL:
        yield _most_useful(conn, wanted, after)
    elif wanted.text:
        before = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
        asked = search.Asked(wanted.text, _facets(conn, wanted), before)
        for way in (search.newest, search.newer, search.matching):
            statement = way(conn, search.REVIEWS, review, asked)
            if statement is not None:
                yield statement.where(review.c.state == PUBLISHED)
    else:
        yield _newest(after, (PUBLISHED,) if wanted.tag else (PUBLISHED, WITHDRAWN))


def _newest(after: str, states: Sequence[str]) -> Select[Any]:
    rows = review.c
    return (
        select(review)
        .where(rows.batch_id.is_not(None), rows.state.in_(states), _after(after))
        .order_by(rows.batch_id.desc(), rows.place)
    )


def _after(name: str) -> ColumnElement[bool]:
    named = _MARK.fullmatch(name)
    return true() if named is None else _behind(int(named[1]), int(named[2]))


def _behind(batch: int, number: int) -> ColumnElement[bool]:
    same = and_(review.c.batch_id == batch, review.c.place > number)
    return or_(review.c.batch_id < batch, same)


_PLAIN: Final = (review.c.useful + 0, review.c.state.concat(""))
"""Votes and state where a few rows are named: no index of them tempts SQLite to read all."""


def _most_useful(conn: Connection, wanted: Filter, after: str) -> Select[Any]:
    """Return comments by votes; what was taken down has no place among them.

    Of those that hold some words only the newest are put in order: a common word finds
    hundreds of thousands.
    """
    rows = review.c
    statement = select(review)
    if wanted.text:
        asked = search.Asked(wanted.text, _facets(conn, wanted))
        some = search.newest_of(conn, search.REVIEWS, asked, RANKED)
        statement = statement.where(rows.id.in_(some))
    named = _USEFUL_MARK.fullmatch(after)
    if named is not None:
        last, batch, number = (int(part) for part in named.groups())
        same = and_(rows.useful == last, _behind(batch, number))
        statement = statement.where(or_(rows.useful < last, same))
    votes, state = (rows.useful, rows.state) if not wanted.text else _PLAIN
    return statement.where(rows.batch_id.is_not(None), state == PUBLISHED).order_by(
        votes.desc(), rows.batch_id.desc(), rows.place
    )


def _narrowed(conn: Connection, statement: Select[Any], wanted: Filter) -> Select[Any]:
    rows = review.c
    for name in _UNITS:
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(rows[name] == value)
    if wanted.bad_only:
        statement = statement.where(rows.grade.in_(_BAD))
    if wanted.grade:
        statement = statement.where(rows.grade == Grade(wanted.grade))
    if wanted.days:
        statement = statement.where(rows.day.between(*wanted.days))
    if wanted.progress in PROGRESS:
        statement = statement.where(_in_progress(wanted))
    if wanted.region:
        statement = statement.where(rows.region.in_(_counties(conn, wanted.region)))
    if wanted.tag:
        tags = review_tag.c
        chosen = exists().where(tags.option == wanted.tag, tags.review_id == rows.id)
        statement = statement.where(chosen)
    return statement


def _facets(conn: Connection, wanted: Filter) -> Facets:
    """Return the same conditions as terms of the full text, as far as it knows them."""
    groups = [
        facets.asked(name, [getattr(wanted, name)])
        for name in _UNITS
        if getattr(wanted, name) is not None
    ]
    if wanted.bad_only:
        groups.append(facets.asked("grade", [int(grade) for grade in _BAD]))
    if wanted.grade:
        groups.append(facets.asked("grade", [int(wanted.grade)]))
    if wanted.tag:
        groups.append((facets.term(facets.TAG, wanted.tag),))
    if wanted.region:
        counties = conn.execute(_counties(conn, wanted.region).limit(_COUNTIES + 1)).scalars()
        named = sorted({one for one in counties if one})
        if 0 < len(named) <= _COUNTIES:
            groups.append(facets.asked("region", named))
    return tuple(groups)


def _left(conn: Connection, wanted: Filter) -> Filter:
    """Return the conditions that the full text does not know."""
    covered = any(one[0].startswith(_COUNTY) for one in _facets(conn, wanted))
    region = "" if covered else wanted.region
    return Filter(region=region, days=wanted.days, progress=wanted.progress, at=wanted.at)


def _in_progress(wanted: Filter) -> ColumnElement[bool]:
    """Return whether a comment's case is open where the public may know of it, or answered."""
    about, rows = rectification_case.c, review.c
    behind = and_(
        about.occurrence_id == rows.occurrence_id,
        about.region == rows.region,
        about.served_month == rows.served_month,
        about.evaluation_id == rows.evaluation_id,
        rows.state == PUBLISHED,
    )
    if wanted.progress == ANSWERED:
        answer = exists().where(
            case_reply.c.region == about.region,
            case_reply.c.case_id == about.id,
            case_reply.c.published == 1,
        )
        return exists().where(behind, answer)
    reached = true() if wanted.at is None else about.visible_at <= wanted.at
    return exists().where(behind, reached, about.state.not_in(_ANSWERED_STATES))


def _counties(conn: Connection, code: str) -> Select[Any]:
    path = regions.path_of(conn, code) or "-"  # an unknown region holds nothing
    return select(region_table.c.county).where(trees.within(region_table.c.path, path))
