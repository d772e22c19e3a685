"""Steps of evaluation: what happens to a rating because of something else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from haochaping.evaluation import changes, follow_ups, sending, stored
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.desk import Desk
from haochaping.hooks.values import EvaluationStatus, OccurrenceKey
from haochaping.journal import Event

_NOT_COUNTED = (EvaluationStatus.VOID, EvaluationStatus.EXCLUDED, EvaluationStatus.SUPERSEDED)


def void_appealed(desk: Desk, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `appeal.upheld`: the rating that two reviewers found mistaken or malicious is void."""
    told = event.payload
    if told.get("evaluation_id") is None:
        return
    key = OccurrenceKey(event.region, int(told["served_month"]), int(told["evaluation_id"]))
    found = stored.by_key(conn, key)
    if found is not None and found.status not in _NOT_COUNTED:
        decree = Decree(f"appeal:{told['reason']}", at, int(told["second_account_id"]))
        changes.void(conn, desk, key, decree)


def invite_again(desk: Desk, conn: Connection, event: Event, at: datetime) -> None:
    """Follow `case.moved` and `case.closed`: whose case is answered may rate once more."""
    told = event.payload
    answered = told.get("to") == "replied" or told.get("outcome") in _ANSWERED
    if not answered or told.get("origin_kind") != "evaluation":
        return
    key = OccurrenceKey(event.region, int(told["served_month"]), int(told["origin_id"]))
    if follow_ups.offer(conn, desk, key, at):
        sending.follow_up(conn, key, at)


_ANSWERED = ("rectified", "explained")
