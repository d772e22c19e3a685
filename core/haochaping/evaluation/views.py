"""Evaluations as plugins see them: no rater, no words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from haochaping.evaluation import stored, targets
from haochaping.evaluation.stored import Evaluation
from haochaping.hooks.evaluation import EvaluationView
from haochaping.hooks.values import (
    Channel,
    EvaluationStatus,
    Grade,
    Identity,
    Occurrence,
    OccurrenceKey,
    Provenance,
    RaterRole,
)


def view(conn: Connection, key: OccurrenceKey) -> EvaluationView | None:
    """Return the view of a stored evaluation, None when there is none."""
    row = stored.by_key(conn, key)
    target = None if row is None else targets.find(conn, row.occurrence_key)
    return None if row is None or target is None else view_of(row, target.occurrence)


def view_of(row: Evaluation, occurrence: Occurrence, **changed: Any) -> EvaluationView:
    """Return the view of a row; `changed` fields replace those of today (for past events)."""
    values: dict[str, Any] = {
        "key": row.key,
        "occurrence": occurrence,
        "round": row.round,
        "grade": Grade(row.grade),
        "options": row.options,
        "has_text": row.has_text,
        "channel": Channel(row.channel),
        "provenance": Provenance(row.provenance),
        "identity": Identity(row.identity),
        "rater_role": RaterRole(row.rater_role),
        "status": EvaluationStatus(row.status),
        "submitted_at": row.submitted_at,
        "received_at": row.received_at,
    }
    return EvaluationView(**{**values, **changed})
