"""The daily lot of services (每日随机抽取办件): each morning a survey by phone of the day before.

Nobody chooses whom to call: the services of a day are drawn by a recorded seed, as every
inspection is, and what is found counts apart from all ratings. Surveys end by themselves.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select, update

from haochaping.channels.inspection_tables import inspection_campaign
from haochaping.channels.inspections import BY_LOT, SAMPLE_MAX, Inspections, NewCampaign, frame_size
from haochaping.jobs import JobContext
from haochaping.profile.following_up import ServiceDraw

JOB: Final = "inspections.daily"
CRON: Final = "40 7 * * *"
SURVEY: Final = "survey"


def run(room: Inspections, rule: ServiceDraw | None, region: str, job: JobContext) -> None:
    """Handle the daily job: draw for the local day before the slot, once; end what is over."""
    if rule is None:
        return
    slot, at = datetime.fromisoformat(str(job.payload["slot"])), job.clock.now()
    today = slot.astimezone(room.zone).date()
    with job.transaction() as conn:
        draw_for(room, conn, (rule, region, today - timedelta(days=1)), at)
        end(conn, region, today - timedelta(days=rule.open_days), at)


def draw_for(
    room: Inspections, conn: Connection, what: tuple[ServiceDraw, str, date], at: datetime
) -> int | None:
    """Draw the services of a region and local day; return the campaign's id.

    None when there was none to draw or the day was drawn before.
    """
    rule, region, day = what
    if _drawn(conn, region, day):
        return None
    new = NewCampaign(f"每日随机电话回访 {day:%Y-%m-%d}", SURVEY, region, day, day, 1, BY_LOT)
    size = frame_size(conn, new, room.zone)
    wanted = min(math.ceil(size * rule.share), rule.at_most, SAMPLE_MAX)
    return room.draw(conn, new.of(wanted), at) if wanted else None


def end(conn: Connection, region: str, before: date, at: datetime) -> int:
    """Close the lots of days up to and including `before`; return how many there were."""
    mine = inspection_campaign.c
    statement = (
        update(inspection_campaign)
        .where(mine.created_by == BY_LOT, mine.region == region, mine.closed_at.is_(None))
        .where(mine.last_day <= before)
        .values(closed_at=at)
    )
    return conn.execute(statement).rowcount


def _drawn(conn: Connection, region: str, day: date) -> bool:
    mine = inspection_campaign.c
    statement = select(mine.id).where(
        mine.created_by == BY_LOT, mine.region == region, mine.first_day == day
    )
    return conn.execute(statement).first() is not None
