"""Published comments as the public reads them, with official replies and the state of the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Row, select

from haochaping.catalog import subjects
from haochaping.disclosure import narrowing
from haochaping.disclosure.home import STATES
from haochaping.disclosure.narrowing import NO_FILTER, Filter
from haochaping.disclosure.steps import PUBLISHED, WITHDRAWN
from haochaping.disclosure.tables import review, review_tag
from haochaping.evaluation import photos, prompting
from haochaping.evaluation.photos import Owner
from haochaping.evaluation.prompting import How
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Grade, Subject, Words
from haochaping.store.among import among

PAGE: Final = 20

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
    tags: tuple[str, ...] = ()
    """Codes of the options the rater chose."""
    useful: int = 0
    """Votes of visitors who found it useful."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some comments, newest batch first, and the mark to go on from (empty: the end)."""

    reviews: tuple[PublicReview, ...]
    next: str


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
    rows = narrowing.found(conn, wanted, after, limit)
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    mark = "" if last is None else narrowing.going_on(last, wanted)
    return Page(_with_names(conn, shown, notes), mark)


def by_mark(conn: Connection, notes: CaseNotes, mark: str) -> PublicReview | None:
    """Return the comment of a mark, taken down or not; None where none was ever published."""
    named = narrowing.place(mark)
    if named is None:
        return None
    states = review.c.state.in_((PUBLISHED, WITHDRAWN))
    rows = conn.execute(select(review).where(named, states)).all()
    return next(iter(_with_names(conn, rows, notes)), None)


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
    chosen = _tags(conn, [row.id for row in standing])
    return tuple(
        replace(
            _public(row, known, found.get(_key(row))),
            photos=pictures.get(row.id, ()),
            came=told.get(row.id),
            tags=chosen.get(row.id, ()),
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


def _tags(conn: Connection, ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    wanted = select(review_tag).where(review_tag.c.review_id.in_(ids))
    found: dict[int, tuple[str, ...]] = {}
    for row in conn.execute(wanted.order_by(review_tag.c.option)) if ids else ():
        found[row.review_id] = (*found.get(row.review_id, ()), row.option)
    return found


def _public(
    row: Row[Any], known: Mapping[str, Mapping[int, Subject]], note: CaseNote | None
) -> PublicReview:
    gone = row.state == WITHDRAWN
    return PublicReview(
        mark=narrowing.mark(row),
        grade=Grade(row.grade),
        day=row.day,
        text="" if gone else row.text or "",
        organization=known["organization"].get(row.organization_id),
        hall=known["hall"].get(row.hall_id),
        item=known["item"].get(row.item_id),
        note=None if gone else note,
        gone=REASONS.get(row.reason, Words(row.reason, row.reason)) if gone else None,
        useful=0 if gone else row.useful,
    )


def _triple(row: Row[Any]) -> prompting.Key:
    return (row.region, row.served_month, row.evaluation_id)


def _key(row: Row[Any]) -> EvaluationKey:
    return EvaluationKey(row.region, row.served_month, row.evaluation_id)
