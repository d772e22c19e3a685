"""Ratings as the intake writes them, without their services: rows, journal, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from haochaping.analysis import counting
from haochaping.analysis.rules import AnalysisRules
from haochaping.evaluation import events
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import EvaluationStatus
from haochaping.journal import Event, append, read_on
from haochaping.store import Store

REGION = "330106"
RULES = AnalysisRules()
NINE = datetime(2026, 11, 16, 1, 10, tzinfo=UTC)
"""Monday, ten past nine in China."""


@dataclass
class Ratings:
    """A store whose raters write evaluations and tell the journal."""

    store: Store
    clock: Any
    rows: dict[int, Evaluation] = field(default_factory=dict)

    def give(self, grade: int = 5, at: datetime = NINE, **more: Any) -> int:
        """Store a new rating; return its number."""
        number = len(self.rows) + 1
        row = self._row(number, grade, at, **more)
        self._insert([row], [events.event(events.RECORDED, row, RULES.bad_grades)])
        return number

    def many(self, count: int, bad: int = 0, at: datetime = NINE, **more: Any) -> None:
        """Store ratings in one transaction; the first `bad` of them are bad."""
        first = len(self.rows) + 1
        rows = [
            self._row(first + each, 2 if each < bad else 5, at, **more) for each in range(count)
        ]
        self._insert(rows, [events.event(events.RECORDED, one, RULES.bad_grades) for one in rows])

    def change(self, number: int, grade: int, options: tuple[str, ...] = ()) -> int:
        """Replace a rating by another of the same chain; return the new one's number."""
        old, new = self.rows[number], len(self.rows) + 1
        row = replace(
            old, id=new, grade=grade, options=options, supersedes_id=number,
            idempotency_key=f"k{new}", receipt=f"r{new}",
            received_at=old.received_at + timedelta(hours=3),
        )  # fmt: skip
        told = events.amended(row, old, RULES.bad_grades)
        self._end(number, EvaluationStatus.SUPERSEDED)
        self._insert([row], [told])
        return new

    def end(self, number: int, kind: str, status: EvaluationStatus) -> None:
        """Let a rating become void, withdrawn, excluded or effective."""
        old = self.rows[number]
        self._end(number, status)
        told = events.event(kind, self.rows[number], RULES.bad_grades, before=str(old.status))
        with self.store.write() as conn:
            append(conn, [told], NINE)

    def read(self, limit: int = 500) -> None:
        """Let the counts read the journal to its end."""
        while read_on(self.store, self.clock, counting.reader(RULES), limit):
            pass

    def _row(self, number: int, grade: int, at: datetime, **more: Any) -> Evaluation:
        day = date.fromordinal((at + timedelta(hours=8)).toordinal())
        named: dict[str, Any] = {
            "region": REGION, "served_month": day.year * 100 + day.month, "id": number,
            "occurrence_id": number, "round": 1, "grade": grade,
            "options": ("207",) if grade < 3 else (), "text_sealed": None, "text_key_id": None,
            "channel": "qr", "provenance": "citizen", "identity": "anonymous",
            "rater_role": "applicant", "person_id": None, "status": "effective", "reason": "",
            "early": False, "first_id": number, "supersedes_id": 0, "submitted_at": None,
            "received_at": at, "first_received_at": at, "counted_on": day, "form_version": "v",
            "idempotency_key": f"k{number}", "body_digest": "d", "receipt": f"r{number}",
            "organization_id": 1, "hall_id": 2, "window_id": 3, "staff_id": 4, "item_id": 5,
        }  # fmt: skip
        names = Evaluation.__dataclass_fields__
        return Evaluation(**{k: v for k, v in (named | more).items() if k in names})

    def _insert(self, rows: list[Evaluation], told: list[Event]) -> None:
        values = [
            {name: getattr(row, name) for name in Evaluation.__dataclass_fields__} for row in rows
        ]
        columns = set(evaluation.c.keys())
        stored = [
            {k: list(v) if k == "options" else v for k, v in one.items() if k in columns}
            for one in values
        ]
        with self.store.write() as conn:
            conn.execute(insert(evaluation), stored)
            append(conn, told, NINE)
        self.rows |= {row.id: row for row in rows}

    def _end(self, number: int, status: EvaluationStatus) -> None:
        with self.store.write() as conn:
            conn.execute(update(evaluation).where(evaluation.c.id == number).values(status=status))
        self.rows[number] = replace(self.rows[number], status=status)


@pytest.fixture
def ratings(store: Store, clock: Any) -> Ratings:
    return Ratings(store, clock)
