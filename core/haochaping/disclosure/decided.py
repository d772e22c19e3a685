"""Comments that were decided on, as the publisher's desk lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select

from haochaping.disclosure.steps import APPROVED, PUBLISHED, REFUSED, WAITING, WITHDRAWN
from haochaping.disclosure.tables import review
from haochaping.evaluation.photos import Owner
from haochaping.evaluation.tables import evaluation

PAGE: Final = 50
LISTED: Final = (APPROVED, PUBLISHED, REFUSED, WITHDRAWN)
"""States that are listed after a decision."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A comment after its decision; `text` is what the public reads, empty when nothing is."""

    id: int
    organization_id: int
    hall_id: int | None
    grade: int
    day: date
    state: str
    text: str
    reason: str
    decided_by: int | None
    decided_at: datetime | None


def decided(
    conn: Connection, state: str, counties: Sequence[str] | None, before: int | None = None
) -> tuple[Decided, ...]:
    """Return comments in a state, the latest first, before an id; `counties` None means all."""
    statement = select(review).where(review.c.state == state).order_by(review.c.id.desc())
    if counties is not None:
        statement = statement.where(review.c.region.in_(counties))
    if before is not None:
        statement = statement.where(review.c.id < before)
    return tuple(_decided(row) for row in conn.execute(statement.limit(PAGE)))


def waiting_count(conn: Connection, counties: Sequence[str] | None) -> int:
    """Return how many comments wait for a decision; `counties` None means all."""
    statement = select(func.count()).select_from(review).where(review.c.state == WAITING)
    if counties is not None:
        statement = statement.where(review.c.region.in_(counties))
    return int(conn.execute(statement).scalar_one())


def rated_staff(conn: Connection, review_id: int) -> int | None:
    """Return the staff member whom a comment is about, None when it names none."""
    rated = evaluation.c
    same = (rated.region == review.c.region) & (rated.served_month == review.c.served_month)
    joined = review.join(evaluation, same & (rated.id == review.c.evaluation_id))
    statement = select(rated.staff_id).select_from(joined).where(review.c.id == review_id)
    return conn.execute(statement).scalar_one_or_none()


def chain_of(conn: Connection, review_id: int) -> Owner:
    """Return the chain of ratings that a comment belongs to. Raises NoResultFound."""
    rated = evaluation.c
    same = (rated.region == review.c.region) & (rated.served_month == review.c.served_month)
    joined = review.join(evaluation, same & (rated.id == review.c.evaluation_id))
    columns = (rated.region, rated.served_month, rated.first_id)
    statement = select(*columns).select_from(joined).where(review.c.id == review_id)
    return Owner(*conn.execute(statement).one())


def _decided(row: Any) -> Decided:
    values = {name: getattr(row, name) for name in Decided.__slots__}
    return Decided(**{**values, "text": row.text or ""})
