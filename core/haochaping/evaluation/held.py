"""What waits for a supervisor: ratings on hold, and those excluded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, select

from haochaping.catalog.tables import organization, region
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import EvaluationStatus, OccurrenceKey, UnitRef, Words

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Within:
    """Part of the jurisdiction: paths of a region and an organization, empty for everything."""

    region_path: str = ""
    organization_path: str = ""


EVERYWHERE: Final = Within()


@dataclass(frozen=True, slots=True)
class HeldRating:
    """A rating that waits: no rater, no words; `reason` is a stable word."""

    key: OccurrenceKey
    occurrence_id: int
    grade: int
    reason: str
    received_at: datetime
    organization: UnitRef


def held(conn: Connection, within: Within = EVERYWHERE, limit: int = PAGE) -> list[HeldRating]:
    """Return ratings on hold, the oldest first."""
    statement = _listed(EvaluationStatus.HELD, within).order_by(evaluation.c.received_at)
    return [_read(row) for row in conn.execute(statement.limit(limit))]


def excluded(conn: Connection, within: Within = EVERYWHERE, limit: int = PAGE) -> list[HeldRating]:
    """Return excluded ratings, the newest first."""
    statement = _listed(EvaluationStatus.EXCLUDED, within)
    newest = statement.order_by(evaluation.c.received_at.desc())
    return [_read(row) for row in conn.execute(newest.limit(limit))]


def count_held(conn: Connection) -> int:
    """Return how many ratings are on hold."""
    return int(conn.execute(_COUNT, {"status": EvaluationStatus.HELD}).scalar_one())


_COUNT: Final = (
    select(func.count())
    .select_from(evaluation)
    .where(evaluation.c.status == bindparam("status", literal_execute=True))
)


def _listed(status: EvaluationStatus, within: Within) -> Select[Any]:
    # the literal lets both databases use the partial index over the few rows of this status
    literal: BindParameter[str] = bindparam(None, status.value, literal_execute=True)
    statement = (
        select(
            evaluation.c.region,
            evaluation.c.served_month,
            evaluation.c.id,
            evaluation.c.occurrence_id,
            evaluation.c.grade,
            evaluation.c.reason,
            evaluation.c.received_at,
            organization.c.id.label("organization_id"),
            organization.c.code,
            organization.c.name,
            organization.c.name_en,
        )
        .join(organization, organization.c.id == evaluation.c.organization_id)
        .where(evaluation.c.status == literal)
    )
    if within.region_path:
        of_region = select(region.c.code).where(_below(region.c.path, within.region_path))
        statement = statement.where(evaluation.c.region.in_(of_region))
    if within.organization_path:
        statement = statement.where(_below(organization.c.path, within.organization_path))
    return statement


def _below(column: Any, path: str) -> Any:
    return column.startswith(path, autoescape=True)


def _read(row: Any) -> HeldRating:
    unit = UnitRef(row.organization_id, row.code, Words(row.name, row.name_en))
    key = OccurrenceKey(row.region, row.served_month, row.id)
    return HeldRating(key, row.occurrence_id, row.grade, row.reason, row.received_at, unit)
