"""Ratings of a lower platform here: the chain of rows becomes what that platform says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.evaluation import changes, recording, stored, targets
from haochaping.evaluation.admission import Ruling
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.problems import NotChangeable
from haochaping.evaluation.receiving import Arrival, about, body_digest, first_row
from haochaping.evaluation.revisions import next_row
from haochaping.evaluation.rules import FOLLOW_UP, ROUND
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.submission import Checked
from haochaping.evaluation.targets import NOBODY, Target
from haochaping.evaluation.texts import clean
from haochaping.hooks.values import (
    Channel,
    EvaluationStatus,
    Grade,
    Identity,
    OccurrenceKey,
    Provenance,
    RaterRole,
)
from haochaping.uplink import marking
from haochaping.uplink.desk import Exchange
from haochaping.uplink.shapes import moment

REASON: Final = "lower_platform"
_GONE: Final = frozenset({EvaluationStatus.WITHDRAWN, EvaluationStatus.VOID})
_KEY_SIGNS: Final = 32


@dataclass(frozen=True, slots=True)
class Said:
    """A rating of the service `key` as a lower platform says it; `name` is of this revision."""

    key: OccurrenceKey
    content: Mapping[str, Any]
    name: str


def target_of(conn: Connection, key: OccurrenceKey) -> Target | None:
    """Return a service with its place, None when there is none."""
    return targets.find(conn, key)


def first_of(conn: Connection, key: OccurrenceKey) -> OccurrenceKey | None:
    """Return the key of the first rating of a service, None before there is one."""
    rows = [row for row in stored.of_occurrence(conn, key) if row.round == ROUND]
    return replace(key, id=rows[0].first_id) if rows else None


def put(exchange: Exchange, conn: Connection, said: Said, first_id: int | None) -> int | None:
    """Make the chain of a service what was said; return the id of its first row.

    `first_id` is that of the chain that came from the same place before. A service that was
    rated here as well keeps the rating it has: it counts once. None: the first round is missing.
    """
    number, rows = said.content["round"], stored.of_occurrence(conn, said.key)
    chain = [row for row in rows if row.round == number]
    if number == FOLLOW_UP and not any(row.round == ROUND for row in rows):
        return None
    if chain and chain[0].first_id != first_id:
        return chain[0].first_id
    desk = _marked(exchange.desk)
    arrival = _arrival(exchange, conn, said)
    current = _written(desk, conn, said, arrival, chain[-1] if chain else None)
    _moved(desk, conn, current, EvaluationStatus(said.content["status"]), arrival.at)
    return current.first_id


def _marked(desk: Desk) -> Desk:
    return replace(
        desk, emit=marking.marked(desk.emit), emit_many=marking.marked_many(desk.emit_many)
    )


def _arrival(exchange: Exchange, conn: Connection, said: Said) -> Arrival:
    target = targets.find(conn, said.key)
    if target is None:
        raise NotChangeable
    content = said.content
    checked = Checked(
        grade=Grade(content["grade"]),
        options=tuple(content["options"]),
        text=clean(content["text"]),
        channel=Channel(content["channel"]),
        provenance=Provenance(content["provenance"]),
        identity=Identity(content["identity"]),
        rater_role=RaterRole(content["rater_role"]),
    )
    return Arrival(
        occurrence=target.occurrence,
        checked=checked,
        rater=NOBODY,
        submitted_at=moment(content, "submitted_at"),
        at=exchange.clock.now(),
        idempotency_key=hashlib.sha256(f"exchange\n{said.name}".encode()).hexdigest()[:_KEY_SIGNS],
        body_digest=body_digest(exchange.desk.keyring, about(said.key), checked),
        round=content["round"],
    )


def _written(
    desk: Desk, conn: Connection, said: Said, arrival: Arrival, current: Evaluation | None
) -> Evaluation:
    """Return the chain's row, a new one when something else was said."""
    wanted = EvaluationStatus(said.content["status"])
    begins = wanted if wanted is EvaluationStatus.EXCLUDED else EvaluationStatus.EFFECTIVE
    ruling = Ruling(begins, "" if begins is EvaluationStatus.EFFECTIVE else REASON)
    text = arrival.checked.text
    if current is None:
        received = _received(said, arrival.at)
        row = first_row(arrival, ruling, desk.rules)
        new = replace(
            row,
            received_at=received,
            first_received_at=received,
            counted_on=desk.rules.local_day(received),
        )
        recording.record(conn, desk, new, text)
        return new
    again = current.status in _GONE and wanted is EvaluationStatus.EFFECTIVE
    if current.body_digest == arrival.body_digest and not again:
        return current
    new = next_row(current, arrival, ruling, desk.rules)
    changes.supersede(conn, desk, current, new, text)
    return new


def _moved(
    desk: Desk, conn: Connection, row: Evaluation, wanted: EvaluationStatus, at: datetime
) -> None:
    """Give the row the status that it has below."""
    if row.status == wanted:
        return
    decree = Decree(REASON, at)
    if wanted is EvaluationStatus.WITHDRAWN:
        changes.withdraw(conn, desk, row, at)
    elif wanted is EvaluationStatus.EFFECTIVE:
        changes.restore(conn, desk, row.key, decree)
    else:
        changes.void(conn, desk, row.key, decree)


def _received(said: Said, at: datetime) -> datetime:
    found = moment(said.content, "received_at")
    return at if found is None or found > at else found
