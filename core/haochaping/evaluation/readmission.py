"""Asking the plugins again about ratings that are held or were excluded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from haochaping.evaluation import changes, stored, targets, wording
from haochaping.evaluation.admission import Ruling, ask
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.problems import NotChangeable
from haochaping.evaluation.stored import Evaluation
from haochaping.hooks.evaluation import Submission
from haochaping.hooks.values import (
    Channel,
    EvaluationStatus,
    Grade,
    Identity,
    OccurrenceKey,
    Provenance,
    RaterRole,
)
from haochaping.jobs.runner import JobContext, NotYet

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Question:
    """A stored rating and the question that plugins are asked about it."""

    row: Evaluation
    submission: Submission


def question(conn: Connection, desk: Desk, key: OccurrenceKey) -> Question | None:
    """Return the question about a held or excluded rating, None when it is neither."""
    row = stored.by_key(conn, key)
    if row is None or row.status not in {EvaluationStatus.HELD, EvaluationStatus.EXCLUDED}:
        return None
    submission = submission_of(conn, desk, key)
    return None if submission is None else Question(row, submission)


def submission_of(conn: Connection, desk: Desk, key: OccurrenceKey) -> Submission | None:
    """Return a stored rating as it came in, None when it or its service is not there."""
    row = stored.by_key(conn, key)
    target = None if row is None else targets.find(conn, row.occurrence_key)
    if row is None or target is None:
        return None
    rater = targets.NOBODY if row.person_id is None else targets.rater(conn, row.person_id)
    words = wording.open_words(conn, desk.keyring, row.text_sealed, row.text_key_id, row.subject)
    return Submission(
        occurrence=target.occurrence,
        round=row.round,
        grade=Grade(row.grade),
        options=row.options,
        text=words,
        channel=Channel(row.channel),
        provenance=Provenance(row.provenance),
        identity=Identity(row.identity),
        rater_role=RaterRole(row.rater_role),
        person_index=rater.index,
        at=row.received_at,
    )


def readmit(desk: Desk, key: OccurrenceKey, reason: str) -> EvaluationStatus | None:
    """Ask again about one rating and act on the answer; return its status afterwards.

    Opens its own transactions. None when the rating is neither held nor excluded.
    """
    with desk.store.read() as conn:
        asked = question(conn, desk, key)
    if asked is None:
        return None
    ruling = ask(desk.hooks, asked.submission)
    with desk.store.write() as conn:
        return apply(conn, desk, asked.row, ruling, Decree(reason, desk.clock.now()))


def apply(
    conn: Connection, desk: Desk, row: Evaluation, ruling: Ruling, decree: Decree
) -> EvaluationStatus:
    """Act on a ruling about a held or excluded rating; return its status afterwards."""
    held = row.status == EvaluationStatus.HELD
    if ruling.status is EvaluationStatus.EFFECTIVE:
        act = changes.release if held else changes.restore
        act(conn, desk, row.key, decree)
        return EvaluationStatus.EFFECTIVE
    if ruling.status is EvaluationStatus.EXCLUDED and held:
        changes.exclude(conn, desk, row.key, Decree(ruling.reason or decree.reason, decree.at))
        return EvaluationStatus.EXCLUDED
    return EvaluationStatus(row.status)


def readmit_handler(desk: Desk) -> Callable[[JobContext], None]:
    """Return the handler of the job `evaluation.readmit`: ask until there is an answer.

    The pauses grow with the rating's age, from a minute to six hours.
    """

    def handle(context: JobContext) -> None:
        payload = context.payload
        key = OccurrenceKey(context.claim.region, payload["served_month"], payload["id"])
        with desk.store.read() as conn:
            asked = question(conn, desk, key)
        if asked is None or asked.row.status != EvaluationStatus.HELD:
            return
        ruling = ask(desk.hooks, asked.submission)
        now = desk.clock.now()
        if ruling.status is EvaluationStatus.HELD:
            raise NotYet(next_time(asked.row.received_at, now), ruling.reason)
        _finish(context, desk, asked.row, ruling, Decree("readmitted", now))

    return handle


def next_time(received_at: datetime, now: datetime) -> datetime:
    """Return when a held rating is asked about again."""
    return now + min(max(now - received_at, SHORTEST), LONGEST)


def _finish(
    context: JobContext, desk: Desk, row: Evaluation, ruling: Ruling, decree: Decree
) -> None:
    try:
        with context.transaction() as conn:
            apply(conn, desk, row, ruling, decree)
    except NotChangeable:
        return  # a supervisor was faster; the job ends without an effect
