"""Steps of disclosure: comments enter the publication queue and leave it with their rating."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from haochaping.disclosure import search, typical
from haochaping.disclosure.tables import review, review_tag
from haochaping.hooks.values import EvaluationStatus
from haochaping.ids import new_id
from haochaping.jobs import Job, enqueue_all
from haochaping.journal import Event

HELD, WAITING, APPROVED = "held", "waiting", "approved"
PUBLISHED, REFUSED, WITHDRAWN = "published", "refused", "withdrawn"

PREPARE: Final = "review_prepare"
"""Kind of the job that proposes what to mask; its payload is `{review}`."""

EXCLUDED: Final = "evaluation.excluded"
_COPIED: Final = ("served_month", "occurrence_id", "organization_id", "hall_id", "item_id", "grade")


def queue_words(ctx: object, conn: Connection, events: Sequence[Event], at: datetime) -> None:
    """Let comments into the queue; a replaced one leaves it, a released one may go on."""
    rows = [_row(event, at) for event in events if event.payload.get("text")]
    for event in events:
        if event.payload.get("previous"):
            _take_back(conn, event, event.payload["previous"])
        elif event.payload.get("previous_status"):
            _let_on(conn, event)
    if rows:
        conn.execute(insert(review), rows)
        _tag(conn, rows, events)
        enqueue_all(conn, [_job(row, at) for row in rows], at)


def take_words_back(ctx: object, conn: Connection, events: Sequence[Event], at: datetime) -> None:
    """Take the words of ratings that no longer count out of the queue or off the page."""
    for event in events:
        _take_back(conn, event, event.payload)
        typical.take_back(conn, event, at)


def _row(event: Event, at: datetime) -> dict[str, Any]:
    told = event.payload
    counts = told["status"] == EvaluationStatus.EFFECTIVE
    return {
        "id": new_id(),
        "region": event.region,
        "evaluation_id": told["id"],
        "day": date.fromisoformat(told["counted_on"]),
        "state": WAITING if counts else HELD,
        **{name: told[name] for name in _COPIED},
    }


def _tag(conn: Connection, rows: Sequence[Mapping[str, Any]], events: Sequence[Event]) -> None:
    """Note which options of the common list a comment's rater chose; local answers are none."""
    chosen = {event.payload["id"]: event.payload.get("options", ()) for event in events}
    tags = [
        {"option": code, "review_id": row["id"]}
        for row in rows
        for code in dict.fromkeys(chosen[row["evaluation_id"]])
        if code.isascii() and code.isalnum()
    ]
    if tags:
        conn.execute(insert(review_tag), tags)


def _job(row: Mapping[str, Any], at: datetime) -> Job:
    return Job(PREPARE, at, {"review": row["id"]}, f"{PREPARE}:{row['id']}", row["region"])


def _let_on(conn: Connection, event: Event) -> None:
    _set(conn, event, event.payload, (HELD,), state=WAITING)


def _take_back(conn: Connection, event: Event, told: Mapping[str, Any]) -> None:
    """Take a comment back: an unpublished one leaves no trace in public, a published one its place.

    An excluded rating may be released again, so its unpublished comment is only held.
    """
    state = HELD if event.kind == EXCLUDED else WITHDRAWN
    _set(conn, event, told, (HELD, WAITING, APPROVED), state=state, text=None, reason=event.kind)
    _set(conn, event, told, (PUBLISHED,), state=WITHDRAWN, text=None, reason=event.kind)
    gone = conn.execute(select(review.c.id).where(_of(event, told))).scalars()
    search.forget(conn, search.REVIEWS, gone)


def _set(
    conn: Connection,
    event: Event,
    told: Mapping[str, Any],
    states: tuple[str, ...],
    **values: Any,
) -> None:
    conn.execute(
        update(review).where(_of(event, told), review.c.state.in_(states)).values(**values)
    )


def _of(event: Event, told: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(
        review.c.region == event.region,
        review.c.served_month == told["served_month"],
        review.c.evaluation_id == told["id"],
    )
