"""Publishing approved comments: in shuffled batches of at least k, with the date only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from haochaping.disclosure import search
from haochaping.disclosure.steps import APPROVED, PUBLISHED
from haochaping.disclosure.tables import review, review_batch
from haochaping.ids import new_id, shuffled
from haochaping.journal import Emit, Event

KIND: Final = "review.published"
"""Kind of the event of a batch; its payload is `{batch, size}`."""


def anything(conn: Connection, k: int) -> bool:
    """Say whether a county has enough approved comments for a batch; changes nothing."""
    return conn.execute(_ready(k).limit(1)).first() is not None


def publish_reviews(conn: Connection, emit: Emit, k: int, today: date, at: datetime) -> int:
    """Publish all approved comments of every county that has at least k; return their number."""
    counties = sorted(conn.execute(_ready(k)).scalars())
    return sum(_publish(conn, region, today, at, emit) for region in counties)


def _ready(k: int) -> Select[str]:
    return (
        select(review.c.region)
        .where(review.c.state == APPROVED)
        .group_by(review.c.region)
        .having(func.count() >= k)
    )


def _publish(conn: Connection, region: str, today: date, at: datetime, emit: Emit) -> int:
    approved = (
        select(review.c.id)
        .where(review.c.state == APPROVED, review.c.region == region)
        .with_for_update()
    )
    order = shuffled(list(conn.execute(approved).scalars()))
    batch = new_id()
    row = {"id": batch, "region": region, "day": today, "size": len(order), "published_at": at}
    conn.execute(insert(review_batch), [row])
    conn.execute(
        update(review)
        .where(review.c.id == bindparam("its_id"))
        .values(state=PUBLISHED, batch_id=batch, place=bindparam("its_place")),
        [{"its_id": each, "its_place": place} for place, each in enumerate(order)],
    )
    search.keep(conn, search.REVIEWS, order)
    payload = {"batch": batch, "size": len(order)}
    emit(conn, Event(KIND, f"review_batch:{batch}", payload, region), at)
    return len(order)
