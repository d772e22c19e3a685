"""Writing evaluations: row, journal and what follows, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from haochaping.evaluation import events, stored, traces, wording
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.stored import Evaluation
from haochaping.hooks.values import EvaluationStatus
from haochaping.jobs.queue import Job, enqueue
from haochaping.store import is_duplicate

READMIT: Final = "evaluation.readmit"
"""The kind of the job that asks the plugins again about a held rating."""

FIRST_PAUSE: Final = timedelta(minutes=1)


def record(conn: Connection, desk: Desk, new: Evaluation, text: str) -> None:
    """Store the first rating of a chain. Raises IntegrityError when it is a duplicate."""
    new, commitment = sealed(conn, desk, new, text)
    stored.add(conn, new)
    traces.add(conn, [new])
    if new.status == EvaluationStatus.HELD:
        ask_again(conn, new, new.received_at)
    event = events.event(events.RECORDED, new, desk.rules.bad_grades, text=commitment)
    desk.emit(conn, event, new.received_at)


def record_group(desk: Desk, rows: Sequence[Evaluation]) -> Sequence[bool]:
    """Store ratings that open no case in one transaction; tell for each whether it was new.

    All are taken for new at first, which nearly always holds and costs least. Raises
    IntegrityError for one by itself that is no news.
    """
    in_order = sorted(rows, key=lambda row: row.occurrence_id)  # two groups must not deadlock
    try:
        with desk.store.together() as conn:
            stored.add_all(conn, in_order)
            traces.add(conn, in_order)
            happened = [
                events.event(events.RECORDED, row, desk.rules.bad_grades, text="") for row in rows
            ]
            desk.emit_many(conn, happened, rows[0].received_at)
    except IntegrityError as error:
        if len(rows) == 1 or not is_duplicate(error):
            raise
        return _record_new(desk, rows, in_order)
    return [True] * len(rows)


def _record_new(
    desk: Desk, rows: Sequence[Evaluation], in_order: Sequence[Evaluation]
) -> Sequence[bool]:
    with desk.store.write() as conn:
        new = stored.add_new(conn, in_order)
        traces.add(conn, [row for row in in_order if row.id in new])
        happened = [
            events.event(events.RECORDED, row, desk.rules.bad_grades, text="")
            for row in rows
            if row.id in new
        ]
        desk.emit_many(conn, happened, rows[0].received_at)
    return [row.id in new for row in rows]


def sealed(conn: Connection, desk: Desk, new: Evaluation, text: str) -> tuple[Evaluation, str]:
    """Return the row with its words sealed, and their commitment; nothing to do without words."""
    if not text:
        return new, ""
    owner = wording.Owner(new.subject, new.person_id)
    words = wording.seal(conn, desk.keyring, text, owner, new.received_at)
    with_words = replace(new, text_sealed=words.sealed, text_key_id=words.key_id)
    return with_words, words.commitment


def ask_again(conn: Connection, held: Evaluation, at: datetime) -> None:
    """Have the plugins asked again about a held rating."""
    payload = {"served_month": held.served_month, "id": held.id}
    dedup = f"readmit:{held.region}:{held.served_month}:{held.id}"
    job = Job(READMIT, at + FIRST_PAUSE, payload, dedup, held.region)
    enqueue(conn, job, at)
