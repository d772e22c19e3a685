"""What the room adds to the flow: steps by event kind, and handlers by job kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from haochaping.evaluation.events import RELEASED
from haochaping.evaluation.rules import FOLLOW_UP
from haochaping.jobs import Handler
from haochaping.journal import Event, Step
from haochaping.rectification import (
    amendments,
    audits,
    deadlines,
    follow_ups,
    opening,
    planning,
    release,
    sampling,
    telling,
    visits,
)
from haochaping.rectification.context import Context
from haochaping.rectification.records import by_id

One = Callable[[Context, Connection, Event, datetime], object]


def open_case_if_bad(context: Context, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `evaluation.recorded` and `evaluation.released`: a bad rating gets its case.

    A release may also be that of a changed rating, whose case is there already. A bad
    follow-up rating starts the case of the first one anew.
    """
    if event.payload.get("round") == FOLLOW_UP:
        follow_ups.heard(context, conn, event, at)
    elif event.kind == RELEASED:
        amendments.review_case(context, conn, event, at)
    else:
        opening.open_for_evaluation(context, conn, event, at)


def open_case_of_opinion(context: Context, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `opinion.recorded`: a bad opinion gets its case where the jurisdiction says so."""
    told = event.payload
    if told["kind"] in context.opinion_kinds and told["grade"] in context.bad_grades:
        opening.open_for_opinion(context, conn, int(told["id"]), at)


def review_case(context: Context, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `evaluation.amended` and `evaluation.withdrawn`."""
    if event.payload.get("round") == FOLLOW_UP:
        follow_ups.heard(context, conn, event, at)
    else:
        amendments.review_case(context, conn, event, at)


def close_as_void(context: Context, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `evaluation.voided` and `evaluation.excluded`."""
    amendments.close_as_void(context, conn, event, at)


def enqueue_visits(context: Context, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `case.closed`: an answered case gets its follow-up visits."""
    visits.enqueue(conn, by_id(conn, event.payload["case_id"]), at)


def tell_rater(context: Context, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `case.replied`: the rater is told on the way the rating came."""
    telling.tell_result(context, conn, by_id(conn, event.payload["case_id"]), at)


def tell_of_appeal(context: Context, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `case.moved`: the rater is told that the unit appeals, and may object."""
    if event.payload.get("action") == "appeal":
        telling.tell_appeal(context, conn, by_id(conn, event.payload["case_id"]), at)


def tell_of_void(context: Context, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `appeal.upheld`: the rater is told that the rating is void, and why."""
    telling.tell_void(context, conn, by_id(conn, event.payload["case_id"]), at)


def bound(context: Context, step: One) -> Step:
    """Return a step as the journal runs it: for all events of a moment, one after another."""

    def run(conn: Connection, events: Sequence[Event], at: datetime) -> None:
        for event in events:
            step(context, conn, event, at)

    return run


def handlers(context: Context) -> Mapping[str, Handler]:
    """Return the handlers of the room's jobs by kind."""
    return {
        opening.PLAN_JOB: partial(planning.run, context),
        opening.RELEASE_JOB: partial(release.run, context),
        deadlines.JOB: partial(deadlines.run, context),
        visits.JOB: partial(visits.run, context),
        sampling.JOB: partial(sampling.run, context),
        audits.JOB: partial(audits.run, context),
    }
