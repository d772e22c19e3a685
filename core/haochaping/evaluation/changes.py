"""Moving a stored rating from one state to another, each with its journal event.

All functions work inside the caller's transaction. What the rater said stays as it is;
only `status` and `reason` move. `reason` is a stable word, never a sentence about people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.evaluation import events, recording, stored
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.problems import NotChangeable
from haochaping.evaluation.stored import Evaluation
from haochaping.hooks.values import EvaluationStatus, OccurrenceKey

_REASON: Final = re.compile(r"[a-z0-9_:,.-]{1,100}", re.ASCII)
_CURRENT: Final = frozenset({EvaluationStatus.EFFECTIVE, EvaluationStatus.HELD})


@dataclass(frozen=True, slots=True)
class Decree:
    """Why a rating is moved, when, and by which account (None: the software itself)."""

    reason: str
    at: datetime
    account_id: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError when the reason is no stable word."""
        if _REASON.fullmatch(self.reason) is None:
            raise ValueError(f"a reason is one stable word such as malicious, not {self.reason!r}")


def withdraw(conn: Connection, desk: Desk, found: Evaluation, at: datetime) -> Evaluation:
    """Withdraw a rating at its rater's wish. Raises NotChangeable."""
    to = EvaluationStatus.WITHDRAWN
    return _move(conn, desk, Step(found, to, events.WITHDRAWN, _CURRENT), Decree("rater", at))


def void(conn: Connection, desk: Desk, key: OccurrenceKey, decree: Decree) -> Evaluation:
    """Declare a rating void: mistaken or malicious, not counted. Raises NotChangeable."""
    found = _must(conn, key)
    allowed = _CURRENT | {EvaluationStatus.WITHDRAWN}
    return _move(conn, desk, Step(found, EvaluationStatus.VOID, events.VOIDED, allowed), decree)


def release(conn: Connection, desk: Desk, key: OccurrenceKey, decree: Decree) -> Evaluation:
    """Let a held rating count; its case then counts from `received_at`. Raises NotChangeable."""
    allowed = frozenset({EvaluationStatus.HELD})
    step = Step(_must(conn, key), EvaluationStatus.EFFECTIVE, events.RELEASED, allowed)
    return _move(conn, desk, step, decree)


def exclude(conn: Connection, desk: Desk, key: OccurrenceKey, decree: Decree) -> Evaluation:
    """Exclude a held rating: kept, counted as excluded only. Raises NotChangeable."""
    allowed = frozenset({EvaluationStatus.HELD})
    step = Step(_must(conn, key), EvaluationStatus.EXCLUDED, events.EXCLUDED, allowed)
    return _move(conn, desk, step, decree)


def restore(conn: Connection, desk: Desk, key: OccurrenceKey, decree: Decree) -> Evaluation:
    """Let an excluded rating count after all, for example after an appeal."""
    allowed = frozenset({EvaluationStatus.EXCLUDED})
    step = Step(_must(conn, key), EvaluationStatus.EFFECTIVE, events.RELEASED, allowed)
    return _move(conn, desk, step, decree)


def supersede(conn: Connection, desk: Desk, old: Evaluation, new: Evaluation, text: str) -> None:
    """Put `new` in the place of `old`. Raises NotChangeable when somebody was faster."""
    if not stored.move(conn, old, EvaluationStatus.SUPERSEDED, "amended"):
        raise NotChangeable
    new, commitment = recording.sealed(conn, desk, new, text)
    stored.add(conn, new)
    if new.status == EvaluationStatus.HELD:
        recording.ask_again(conn, new, new.received_at)
    event = events.amended(new, old, desk.rules.bad_grades, text=commitment)
    desk.emit(conn, event, new.received_at)


@dataclass(frozen=True, slots=True)
class Step:
    """A move of one rating: to which state, told as what, from which states."""

    found: Evaluation
    to: EvaluationStatus
    kind: str
    allowed: frozenset[EvaluationStatus]


def _move(conn: Connection, desk: Desk, step: Step, decree: Decree) -> Evaluation:
    found = step.found
    if found.status not in step.allowed:
        raise NotChangeable(status_now=found.status)
    if not stored.move(conn, found, step.to, decree.reason):
        raise NotChangeable
    moved = replace(found, status=step.to.value, reason=decree.reason)
    who: dict[str, Any] = {} if decree.account_id is None else {"account_id": decree.account_id}
    event = events.event(step.kind, moved, desk.rules.bad_grades, before=found.status, **who)
    desk.emit(conn, event, decree.at)
    return moved


def _must(conn: Connection, key: OccurrenceKey) -> Evaluation:
    found = stored.by_key(conn, key)
    if found is None:
        raise NotChangeable
    return found
