"""Conservation: every rating that was ever received is still there, in one of six states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, literal, select, union_all

from haochaping.evaluation.events import AMENDED, RECORDED
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import EvaluationStatus
from haochaping.journal.tables import journal

_RECEIVED: Final = "received"


@dataclass(frozen=True, slots=True)
class Conservation:
    """How many ratings the journal saw coming in, and how many are in which state."""

    received: int
    by_status: Mapping[EvaluationStatus, int]

    @property
    def stored(self) -> int:
        """Effective + held + excluded + void + withdrawn + superseded."""
        return sum(self.by_status.values())

    @property
    def holds(self) -> bool:
        """True when nothing has disappeared and nothing came in by another way."""
        return self.received == self.stored


def count(conn: Connection) -> Conservation:
    """Return both sides of the equation, read in one statement at one instant."""
    received = (
        select(literal(_RECEIVED).label("what"), func.count().label("n"))
        .select_from(journal)
        .where(journal.c.kind.in_((RECORDED, AMENDED)))
    )
    by_status = select(evaluation.c.status, func.count()).group_by(evaluation.c.status)
    found = {row[0]: int(row[1]) for row in conn.execute(union_all(received, by_status))}
    statuses = {status: found.get(status.value, 0) for status in EvaluationStatus}
    return Conservation(found[_RECEIVED], statuses)
