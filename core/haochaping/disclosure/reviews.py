"""Published comments as the public reads them, with official replies and the state of the case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, or_, select, true

from haochaping.catalog import regions, subjects, trees
from haochaping.catalog.tables import region as region_table
from haochaping.disclosure import search
from haochaping.disclosure.home import STATES
from haochaping.disclosure.steps import PUBLISHED, WITHDRAWN
from haochaping.disclosure.tables import review
from haochaping.evaluation import photos, prompting
from haochaping.evaluation.photos import Owner
from haochaping.evaluation.prompting import How
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import Grade, Subject, Words
from haochaping.rectification.tables import case_reply, rectification_case
from haochaping.store.among import among

PAGE: Final = 20
OPEN, ANSWERED = "open", "answered"
PROGRESS: Final = (OPEN, ANSWERED)
"""What comments can be narrowed to by the state of their case."""
_ANSWERED_STATES: Final = (str(CaseState.REPLIED), str(CaseState.CLOSED))
_MARK: Final = re.compile(r"(\d{1,19})-(\d{1,9})")

REASONS: Final[Mapping[str, Words]] = {
    "evaluation.withdrawn": Words("评价人已撤回", "Withdrawn by the rater"),
    "evaluation.amended": Words("评价人已修改评价", "The rater changed the rating"),
    "evaluation.voided": Words("评价经复核无效", "The rating was found void on review"),
    "evaluation.excluded": Words("评价不予计入", "The rating was excluded"),
}
"""Why a published comment is gone, as far as the rating itself is the reason."""


@dataclass(frozen=True, slots=True)
class EvaluationKey:
    """Key of an evaluation."""

    region: str
    served_month: int
    id: int


@dataclass(frozen=True, slots=True)
class CaseNote:
    """What the public learns of the case behind a comment: a key of `STATES`, and the reply."""

    state: str
    reply: str = ""
    public_id: str = ""

    @property
    def words(self) -> Words:
        """The state in plain words."""
        return STATES[self.state]


class CaseNotes(Protocol):
    """Looks up cases for the public (`rectification.facts` fills it)."""

    def __call__(
        self, conn: Connection, keys: Sequence[EvaluationKey]
    ) -> Mapping[EvaluationKey, CaseNote]:
        """Return the notes of evaluations whose chain has a case that reached its unit."""
        ...


@dataclass(frozen=True, slots=True)
class PublicReview:
    """One published comment. No id of it goes out: ids carry the moment they were made.

    `mark` names its place among all comments. A withdrawn one has `gone` and no text.
    """

    mark: str
    grade: Grade
    day: date
    text: str
    organization: Subject | None
    hall: Subject | None
    item: Subject | None
    note: CaseNote | None
    gone: Words | None
    photos: tuple[str, ...] = ()
    """Public codes of the photos that a publisher let through."""
    came: How | None = None
    """How the rating came about; None once the comment is gone."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some comments, newest batch first, and the mark to go on from (empty: the end)."""

    reviews: tuple[PublicReview, ...]
    next: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which comments: of a region's subtree, an organization, hall or item; bad ones only.

    `text` are words that occur in it; `days` are the first and the last day shown. `progress`
    keeps those that are OPEN at a moment, or ANSWERED by a published reply.
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


NO_FILTER: Final = Filter()


def no_notes(conn: Connection, keys: Sequence[EvaluationKey]) -> Mapping[EvaluationKey, CaseNote]:
    """Know of no cases, where there is no rectification."""
    return {}


def recent(
    conn: Connection,
    notes: CaseNotes,
    wanted: Filter = NO_FILTER,
    after: str = "",
    limit: int = PAGE,
) -> Page:
    """Return published comments after a mark; an unreadable mark starts at the newest."""
    rows: Sequence[Row[Any]] = ()
    for statement in _ways(conn, wanted, after):
        rows = conn.execute(_narrowed(conn, statement, wanted).limit(limit + 1)).all()
        if len(rows) > limit:
            break
    shown = rows[:limit]
    going_on = shown[-1] if len(rows) > limit else None
    return Page(_with_names(conn, shown, notes), _mark_to_go_on(going_on, wanted))


def _newest(after: str) -> Select[Any]:
    rows = review.c
    return (
        select(review)
        .where(rows.batch_id.is_not(None), rows.state.in_((PUBLISHED, WITHDRAWN)), _after(after))
        .order_by(rows.batch_id.desc(), rows.place)
    )


def _ways(conn: Connection, wanted: Filter, after: str) -> Iterator[Select[Any]]:
    """Yield how to find comments: a quick way that may find too few, then the whole one."""
    if not wanted.text:
        yield _newest(after)
        return
    before = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
    for way in (search.newest, search.matching):
        found = way(conn, search.REVIEWS, review, wanted.text, before)
        if found is not None:
            yield found.where(review.c.state == PUBLISHED)


def _mark_to_go_on(row: Row[Any] | None, wanted: Filter) -> str:
    if row is None:
        return ""
    return str(row.position) if wanted.text else _mark(row)


def _narrowed(conn: Connection, statement: Select[Any], wanted: Filter) -> Select[Any]:
    rows = review.c
    for name in ("organization_id", "hall_id", "item_id"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(rows[name] == value)
    if wanted.bad_only:
        statement = statement.where(rows.grade.in_((Grade(1), Grade(2))))
    if wanted.grade:
        statement = statement.where(rows.grade == Grade(wanted.grade))
    if wanted.days:
        statement = statement.where(rows.day.between(*wanted.days))
    if wanted.progress in PROGRESS:
        statement = statement.where(_in_progress(wanted))
    if wanted.region:
        statement = statement.where(rows.region.in_(_counties(conn, wanted.region)))
    return statement


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


def _after(mark: str) -> Any:
    found = _MARK.fullmatch(mark)
    if found is None:
        return review.c.batch_id.is_not(None)
    batch, place = int(found[1]), int(found[2])
    return or_(review.c.batch_id < batch, and_(review.c.batch_id == batch, review.c.place > place))


def _mark(row: Row[Any]) -> str:
    return f"{row.batch_id}-{row.place}"


def _with_names(
    conn: Connection, rows: Sequence[Row[Any]], notes: CaseNotes
) -> tuple[PublicReview, ...]:
    known = {
        kind: subjects.names(conn, kind, {getattr(row, f"{kind}_id") for row in rows} - {None})
        for kind in ("organization", "hall", "item")
    }
    standing = [row for row in rows if row.state == PUBLISHED]
    found = notes(conn, [_key(row) for row in standing])
    pictures = _photos(conn, standing)
    came = prompting.how(conn, [_triple(row) for row in standing])
    told = {row.id: came.get(_triple(row)) for row in standing}
    return tuple(
        replace(
            _public(row, known, found.get(_key(row))),
            photos=pictures.get(row.id, ()),
            came=told.get(row.id),
        )
        for row in rows
    )


def stands(conn: Connection, owner: Owner) -> bool:
    """Say whether a comment of a chain is published now."""
    rows = evaluation.c
    chain = select(rows.id).where(
        rows.region == owner.region,
        rows.served_month == owner.served_month,
        rows.first_id == owner.first_id,
    )
    wanted = select(review.c.id).where(
        review.c.region == owner.region,
        review.c.served_month == owner.served_month,
        review.c.evaluation_id.in_(chain),
        review.c.state == PUBLISHED,
        review.c.batch_id.is_not(None),
    )
    return conn.execute(wanted.limit(1)).first() is not None


def _photos(conn: Connection, rows: Sequence[Row[Any]]) -> Mapping[int, tuple[str, ...]]:
    """Return the photos that were let through, by comment."""
    keys = [(row.region, row.served_month, row.evaluation_id) for row in rows]
    columns = (evaluation.c.region, evaluation.c.served_month, evaluation.c.id)
    if not keys:
        return {}
    chains = {
        (one.region, one.served_month, one.id): Owner(one.region, one.served_month, one.first_id)
        for one in conn.execute(select(*columns, evaluation.c.first_id).where(among(columns, keys)))
    }
    found = photos.shown(conn, list(chains.values()))
    owners = {row.id: chains[key] for row, key in zip(rows, keys, strict=True) if key in chains}
    return {number: found[one] for number, one in owners.items() if one in found}


def _public(
    row: Row[Any], known: Mapping[str, Mapping[int, Subject]], note: CaseNote | None
) -> PublicReview:
    gone = row.state == WITHDRAWN
    return PublicReview(
        mark=_mark(row),
        grade=Grade(row.grade),
        day=row.day,
        text="" if gone else row.text or "",
        organization=known["organization"].get(row.organization_id),
        hall=known["hall"].get(row.hall_id),
        item=known["item"].get(row.item_id),
        note=None if gone else note,
        gone=REASONS.get(row.reason, Words(row.reason, row.reason)) if gone else None,
    )


def _triple(row: Row[Any]) -> prompting.Key:
    return (row.region, row.served_month, row.evaluation_id)


def _key(row: Row[Any]) -> EvaluationKey:
    return EvaluationKey(row.region, row.served_month, row.evaluation_id)
