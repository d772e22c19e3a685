"""What a case comes from: the newest row of a chain of ratings, or an opinion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from haochaping.evaluation.tables import evaluation, opinion
from haochaping.hooks.values import EvaluationStatus, Identity, OccurrenceKey
from haochaping.journal import Event

EVALUATION, OPINION = "evaluation", "opinion"


@dataclass(frozen=True, slots=True)
class Origin:
    """A rating as far as its case needs it; `received_at` is when its deadlines start."""

    kind: str
    origin_id: int
    evaluation_id: int | None
    region: str
    served_month: int
    occurrence_id: int | None
    organization_id: int
    hall_id: int | None
    window_id: int | None
    staff_id: int | None
    item_id: int | None
    grade: int
    options: tuple[str, ...]
    identity: str
    status: str
    received_at: datetime

    @property
    def effective(self) -> bool:
        """True when the rating counts."""
        return self.status == EvaluationStatus.EFFECTIVE

    @property
    def owner(self) -> str:
        """The rating's name in the journal."""
        return f"{self.kind}:{self.region}:{self.served_month}:{self.evaluation_id}"


def of_event(conn: Connection, event: Event) -> Origin | None:
    """Return the newest rating of the chain that an evaluation event is about."""
    _, region, month, evaluation_id = event.subject.split(":")
    return of_rating(conn, OccurrenceKey(region, int(month), int(evaluation_id)))


def of_rating(conn: Connection, key: OccurrenceKey) -> Origin | None:
    """Return the newest rating of the chain that a rating's key belongs to, None without one."""
    named = _row(conn, key.region, key.served_month, key.id)
    return None if named is None else _newest(conn, named)


def of_opinion(conn: Connection, opinion_id: int, zone: ZoneInfo) -> Origin | None:
    """Return the origin for an opinion, None when it is unknown; without a grade it is bad."""
    row = conn.execute(select(opinion).where(opinion.c.id == opinion_id)).mappings().one_or_none()
    return None if row is None else _from_opinion(row, zone)


_CARRIED: Final = (
    "region",
    "served_month",
    "occurrence_id",
    "organization_id",
    "hall_id",
    "window_id",
    "staff_id",
    "item_id",
    "grade",
    "identity",
    "status",
    "received_at",
)


def _row(conn: Connection, region: str, month: int, evaluation_id: int) -> Mapping[str, Any] | None:
    statement = select(evaluation).where(
        evaluation.c.region == region,
        evaluation.c.served_month == month,
        evaluation.c.id == evaluation_id,
    )
    row = conn.execute(statement).mappings().one_or_none()
    return None if row is None else dict(row)


def _newest(conn: Connection, named: Mapping[str, Any]) -> Origin:
    statement = select(evaluation).where(
        evaluation.c.region == named["region"],
        evaluation.c.served_month == named["served_month"],
        evaluation.c.occurrence_id == named["occurrence_id"],
        evaluation.c.round == named["round"],
    )
    chain = [dict(row) for row in conn.execute(statement).mappings()]
    replaced = {row["supersedes_id"] for row in chain}
    row = next(row for row in chain if row["id"] not in replaced)
    return Origin(
        kind=EVALUATION,
        origin_id=row["first_id"],
        evaluation_id=row["id"],
        options=tuple(row["options"] or ()),
        **{name: row[name] for name in _CARRIED},
    )


def _from_opinion(row: Mapping[Any, Any], zone: ZoneInfo) -> Origin:
    local = row["at"].astimezone(zone)
    return Origin(
        kind=OPINION,
        origin_id=row["id"],
        evaluation_id=None,
        region=row["region"],
        served_month=local.year * 100 + local.month,
        occurrence_id=None,
        organization_id=row["organization_id"],
        hall_id=row["hall_id"],
        window_id=None,
        staff_id=None,
        item_id=None,
        grade=row["grade"] or 1,
        options=(),
        identity=Identity.ANONYMOUS,
        status=EvaluationStatus.EFFECTIVE,
        received_at=row["at"],
    )
