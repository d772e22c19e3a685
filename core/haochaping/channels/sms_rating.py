"""A rating by SMS on its way through the one door, and a later reply that changes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from haochaping.channels.asks import Ask
from haochaping.channels.sms_desk import SmsDesk
from haochaping.evaluation import receipts, revisions, stored
from haochaping.evaluation.problems import (
    AlreadyRated,
    ChangeClosed,
    IdempotencyMismatch,
    NotChangeable,
)
from haochaping.evaluation.receiving import scoped_key
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.submission import Draft
from haochaping.hooks.values import Channel, Grade

UNSAID: Final = "未说明"
"""The words of a bad grade whose reason was asked for and did not come (decision 0005)."""
_CLIENT: Final = "sms"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said by SMS."""

    grade: Grade
    options: tuple[str, ...] = ()
    text: str = field(default="", repr=False)


def lacks_reason(desk: SmsDesk, grade: Grade, text: str) -> bool:
    """Say whether a grade must be asked for its reason before it is taken in."""
    rules = desk.intake_rules
    return rules.require_reason_for_bad and grade in rules.bad_grades and not text


def submit(desk: SmsDesk, ask: Ask, said: Said, key: str) -> int | None:
    """Take a rating in, or change the one this question got; None if it was rated otherwise.

    Returns the id of the chain's first row. `key` names the reply: the same one changes
    nothing. Raises InvalidEvaluation.
    """
    draft = _draft(desk, ask, said, key)
    with desk.store.read() as conn:
        before = stored.by_idempotency_key(conn, scoped_key(draft))
        mine = _mine(conn, desk, ask)
    if before is not None:
        return before.first_id
    return _first(desk, draft) if mine is None else _changed(desk, draft, mine)


def _first(desk: SmsDesk, draft: Draft) -> int | None:
    try:
        return desk.intake.submit(draft).evaluation.id
    except (AlreadyRated, IdempotencyMismatch):
        return None


def _changed(desk: SmsDesk, draft: Draft, mine: Evaluation) -> int | None:
    try:
        revisions.amend(desk.intake.desk, mine.receipt, draft)
    except (ChangeClosed, NotChangeable, IdempotencyMismatch):
        return None
    return mine.first_id


def _mine(conn: Connection, desk: SmsDesk, ask: Ask) -> Evaluation | None:
    """Return the newest rating of the chain that this question began."""
    if ask.first_id is None:
        return None
    rows = stored.of_occurrence(conn, ask.key)
    first = next((row for row in rows if row.id == ask.first_id), None)
    return None if first is None else receipts.chain_of(conn, desk.intake.desk, first).current


def _draft(desk: SmsDesk, ask: Ask, said: Said, key: str) -> Draft:
    return Draft(
        occurrence=ask.key,
        grade=int(said.grade),
        options=said.options,
        text=said.text,
        idempotency_key=key,
        client=_CLIENT,
        channel=Channel.SMS,
        identity=desk.identity,
        rater_role=ask.role,
    )
