"""What the holder of a receipt code may see and do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from haochaping.evaluation import stored
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.problems import UnknownReceipt
from haochaping.evaluation.receipt_codes import read_receipt
from haochaping.evaluation.rules import CHANGEABLE
from haochaping.evaluation.stored import Evaluation
from haochaping.hooks.values import EvaluationStatus, OccurrenceKey, Words


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a rater gets: the receipt code, what became of the rating, until when it can change.

    `notice` is what else the rater should know, for example that the rating is being checked.
    """

    code: str
    status: EvaluationStatus
    changeable_until: datetime
    evaluation: OccurrenceKey
    """Key of the stored rating."""
    notice: Words | None = None
    repeated: bool = False
    """True when the rating had been stored before under the same key."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A rating with its history, oldest first; the last one is what counts now."""

    history: tuple[Evaluation, ...]
    changeable_until: datetime
    open: bool
    """True while the time for changes is not over."""

    @property
    def current(self) -> Evaluation:
        """The newest rating of the chain."""
        return self.history[-1]

    @property
    def can_change(self) -> bool:
        """True when the rater may change the rating, or give a withdrawn one again."""
        return self.open and self.current.status in CHANGEABLE

    @property
    def can_withdraw(self) -> bool:
        """True when the rater may withdraw the rating."""
        return self.can_change and self.current.status != EvaluationStatus.WITHDRAWN


def find(conn: Connection, desk: Desk, receipt: str) -> Chain:
    """Return the rating of a receipt code; every code of a chain leads to all of it.

    Raises UnknownReceipt, alike for a code that was mistyped and one that never was.
    """
    code = read_receipt(receipt)
    found = None if code is None else stored.by_receipt(conn, code)
    if found is None:
        raise UnknownReceipt
    return chain_of(conn, desk, found)


def chain_of(conn: Connection, desk: Desk, found: Evaluation) -> Chain:
    """Return the chain that an evaluation belongs to."""
    rows = stored.of_occurrence(conn, found.occurrence_key)
    history = tuple(row for row in rows if row.first_id == found.first_id)
    until = desk.changeable_until(found.first_received_at)
    return Chain(history, until, desk.clock.now() < until)


def receipt_of(desk: Desk, row: Evaluation, notice: Words | None = None) -> Receipt:
    """Return the receipt of a stored rating."""
    until = desk.changeable_until(row.first_received_at)
    return Receipt(row.receipt, EvaluationStatus(row.status), until, row.key, notice)
