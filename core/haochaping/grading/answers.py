"""Answers to the questions that only some halls or items ask, counted by question and unit.

The rows follow the ratings: they are there while a first rating is effective, and go when
it is changed, withdrawn or void. So they can be told anew from the stored ratings, and a
rebuild finds the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, cast, delete, func, select, tuple_
from sqlalchemy import Text as SqlText

from haochaping.evaluation.local_questions import NAMESPACE
from haochaping.evaluation.tables import evaluation
from haochaping.grading.context import CountingRules
from haochaping.grading.figures import Ids
from haochaping.grading.tables import local_answer
from haochaping.hooks.values import EvaluationStatus, Period
from haochaping.journal import Event
from haochaping.store.upsert import insert_or_ignore

PREFIX: Final = f"{NAMESPACE}."
KINDS: Final = ("organization", "hall", "item")
"""Kinds of units that answers are counted for: never windows or staff members."""
_KEY: Final = (local_answer.c.region, local_answer.c.served_month, local_answer.c.evaluation_id)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose answers: units of a kind, from one local day to another, both included."""

    kind: str
    ids: Ids
    first: date
    last: date

    @classmethod
    def of(cls, kind: str, ids: Ids, period: Period, last: date | None = None) -> Asked:
        """Return a question for a period, as far as `last` when that is earlier."""
        return cls(kind, ids, period.first, min(period.last, last or period.last))


def on_evaluations(
    ctx: CountingRules, conn: Connection, events: Sequence[Event], at: datetime
) -> None:
    """Follow `evaluation.*`: keep the answers of effective first ratings, and only those."""
    new, gone = [], []
    for event in events:
        told = event.payload
        previous = told.get("previous")
        if previous is not None and _answers(previous):
            gone.append((event.region, previous["served_month"], previous["id"]))
        if not _answers(told):
            continue
        if told["status"] == EvaluationStatus.EFFECTIVE:
            new += _rows(event.region, told)
        else:
            gone.append((event.region, told["served_month"], told["id"]))
    if gone:
        conn.execute(delete(local_answer).where(tuple_(*_KEY).in_(gone)))
    if new:
        insert_or_ignore(conn, local_answer, new)


def counts(conn: Connection, asked: Asked) -> dict[str, int]:
    """Return how often each answer was given, by its code."""
    rows = local_answer.c
    statement = (
        select(rows.code, func.count())
        .where(rows.day.between(asked.first, asked.last), _among(asked))
        .group_by(rows.code)
    )
    return {code: int(number) for code, number in conn.execute(statement)}


def rebuild(conn: Connection) -> int:
    """Write all answers anew from the stored ratings; return how many there are."""
    conn.execute(delete(local_answer))
    rows = _told(conn)
    for start in range(0, len(rows), 1000):
        insert_or_ignore(conn, local_answer, rows[start : start + 1000])
    return len(rows)


def differences(conn: Connection) -> tuple[tuple[Any, ...], ...]:
    """Return what is kept but not said, or said but not kept; none is right."""
    names = [column.name for column in local_answer.columns]
    kept = {tuple(row) for row in conn.execute(select(local_answer))}
    said = {tuple(row[name] for name in names) for row in _told(conn)}
    return tuple(sorted(kept ^ said, key=str))


def _told(conn: Connection) -> list[Row]:
    rows = evaluation.c
    wanted = and_(
        rows.status == EvaluationStatus.EFFECTIVE,
        rows.round == 1,
        cast(rows.options, SqlText).contains(PREFIX, autoescape=True),
    )
    found: list[Row] = []
    names = ("region", "served_month", "id", "options", "counted_on", *_UNITS)
    for row in conn.execute(select(*(rows[name] for name in names)).where(wanted)):
        told = row._asdict()
        found += _rows(row.region, {**told, "round": 1})
    return found


def _rows(region: str, told: Row) -> list[Row]:
    day = told["counted_on"]
    units = {name: told[name] for name in _UNITS}
    return [
        {
            "region": region,
            "served_month": told["served_month"],
            "evaluation_id": told["id"],
            "code": code,
            "day": day if isinstance(day, date) else date.fromisoformat(day),
            **units,
        }
        for code in _answers(told)
    ]


def _answers(told: Row) -> list[str]:
    """Return the codes of local answers of a first rating."""
    if told["round"] != 1:
        return []
    return list(dict.fromkeys(code for code in told["options"] if code.startswith(PREFIX)))


def _among(asked: Asked) -> ColumnElement[bool]:
    column = local_answer.c[f"{asked.kind}_id"]
    return column.is_not(None) if asked.ids is None else column.in_(asked.ids)


_UNITS: Final = tuple(f"{kind}_id" for kind in KINDS)
