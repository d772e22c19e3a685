"""What inspections found, apart from all ratings: lists, and figures by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from haochaping.channels.inspection_tables import inspection_campaign, inspection_sample
from haochaping.channels.inspections import (
    BY_LOT,
    GRADED,
    UNREACHABLE,
    Campaign,
    Found,
    Sample,
)
from haochaping.hooks.values import OccurrenceKey, Period

SOURCE: Final = "inspection"
"""The name under which indicators may take these figures in."""
_COLUMNS: Final = {"organization": "organization_id", "hall": "hall_id"}


def campaigns(conn: Connection) -> tuple[Campaign, ...]:
    """Return all campaigns, the newest first."""
    statement = select(inspection_campaign).order_by(inspection_campaign.c.created_at.desc())
    return tuple(_campaign(row) for row in conn.execute(statement))


def by_lot(conn: Connection, limit: int = 10) -> tuple[Campaign, ...]:
    """Return the newest campaigns that the daily lot drew, the newest first."""
    statement = (
        select(inspection_campaign)
        .where(inspection_campaign.c.created_by == BY_LOT)
        .order_by(inspection_campaign.c.first_day.desc())
        .limit(limit)
    )
    return tuple(_campaign(row) for row in conn.execute(statement))


def campaign(conn: Connection, campaign_id: int) -> Campaign | None:
    """Return a campaign."""
    statement = select(inspection_campaign).where(inspection_campaign.c.id == campaign_id)
    row = conn.execute(statement).one_or_none()
    return None if row is None else _campaign(row)


def samples(conn: Connection, campaign_id: int) -> tuple[Sample, ...]:
    """Return the sample of a campaign in the order of the draw."""
    statement = (
        select(inspection_sample)
        .where(inspection_sample.c.campaign_id == campaign_id)
        .order_by(inspection_sample.c.no)
    )
    return tuple(_sample(row) for row in conn.execute(statement))


def sample(conn: Connection, campaign_id: int, no: int) -> Sample | None:
    """Return one service of a sample."""
    mine = (inspection_sample.c.campaign_id == campaign_id, inspection_sample.c.no == no)
    row = conn.execute(select(inspection_sample).where(*mine)).one_or_none()
    return None if row is None else _sample(row)


def by_organization(conn: Connection, campaign_id: int) -> Mapping[int, Found]:
    """Return what a campaign found, by organization."""
    where = (inspection_sample.c.campaign_id == campaign_id,)
    return _counted(conn, "organization_id", where)


def figures(conn: Connection, kind: str, ids: Sequence[int], period: Period) -> Mapping[int, Found]:
    """Return what inspections found at units in a period (local days of the findings).

    `kind`: organization or hall. For indicators of the source `inspection`; ratings are not
    in it, and it is in no rate of ratings.
    """
    column = inspection_sample.c[_COLUMNS[kind]]
    where = (column.in_(ids), inspection_sample.c.day.between(period.first, period.last))
    return _counted(conn, _COLUMNS[kind], where)


def _counted(conn: Connection, name: str, where: Sequence[Any]) -> Mapping[int, Found]:
    column = inspection_sample.c[name]
    statement = (
        select(column, inspection_sample.c.outcome, inspection_sample.c.grade, func.count())
        .where(*where)
        .group_by(column, inspection_sample.c.outcome, inspection_sample.c.grade)
    )
    found: dict[int, list[int]] = {}
    for unit, outcome, grade, count in conn.execute(statement):
        counts = found.setdefault(unit, [0] * 8)
        counts[6] += count
        if outcome == UNREACHABLE:
            counts[7] += count
        elif outcome == GRADED:
            counts[grade] += count
    return {unit: _found(counts) for unit, counts in found.items()}


def _found(counts: Sequence[int]) -> Found:
    _, one, two, three, four, five, drawn, unreachable = counts
    return Found(drawn, unreachable, (0, one, two, three, four, five))


def _campaign(row: Row[Any]) -> Campaign:
    names = Campaign.__dataclass_fields__
    return Campaign(**{name: value for name, value in row._mapping.items() if name in names})


def _sample(row: Row[Any]) -> Sample:
    key = OccurrenceKey(row.region, row.served_month, row.occurrence_id)
    return Sample(row.campaign_id, row.no, key, row.organization_id, row.outcome, row.grade)
