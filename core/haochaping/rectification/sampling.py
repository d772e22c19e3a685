"""The daily lot: which cases closed the day before are visited without any rule asking for it.

The seed is drawn once a day and kept with the cases drawn from, so that anybody can draw
again and find the same ones.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, select

from haochaping.ids import random_code
from haochaping.jobs import JobContext
from haochaping.rectification import visits
from haochaping.rectification.context import Context
from haochaping.rectification.needs import ANSWERED
from haochaping.rectification.records import BELOW, by_id
from haochaping.rectification.tables import case_visit, rectification_case, visit_sample
from haochaping.rectification.visits import SAMPLE
from haochaping.store.upsert import insert_or_ignore

JOB: Final = "rectification.sample"
CRON: Final = "30 7 * * *"
_SEED_SIGNS: Final = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn for a day: ids of the cases drawn from, in order, and of those drawn."""

    day: date
    seed: str
    share: str
    population: Sequence[int]
    drawn: Sequence[int]
    at: datetime


def draw(seed: str, population: Sequence[int], share: Decimal) -> tuple[int, ...]:
    """Return the drawn ids: of n the first ⌈n · share⌉ by SHA-256 of seed and id."""
    count = math.ceil(len(population) * share)
    ranked = sorted(
        population, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).hexdigest()
    )
    return tuple(sorted(ranked[:count]))


def run(context: Context, job: JobContext) -> None:
    """Handle the daily job: draw for the local day before the slot, once."""
    slot = datetime.fromisoformat(str(job.payload["slot"]))
    day = slot.astimezone(context.zone).date() - timedelta(days=1)
    with job.transaction() as conn:
        draw_for(context, conn, day, job.clock.now())


def draw_for(context: Context, conn: Connection, day: date, at: datetime) -> Sample | None:
    """Draw the cases closed on a local day and plan their visits; None when none are drawn.

    A day is drawn once: later calls return what was drawn then.
    """
    rule = context.rules.visiting.sample
    if rule is None or of_day(conn, day) is not None:
        return of_day(conn, day)
    population = _closed_on(context, conn, day)
    seed = random_code(_SEED_SIGNS)
    drawn = draw(seed, population, rule.share)
    sample = Sample(day, seed, str(rule.share), population, drawn, at)
    row = {name: getattr(sample, name) for name in Sample.__slots__}
    insert_or_ignore(conn, visit_sample, [{**row, "drawn": list(drawn)}])
    for case_id in drawn:
        visits.add(context, conn, by_id(conn, case_id), rule.visit, (SAMPLE, at))
    return sample


def of_day(conn: Connection, day: date) -> Sample | None:
    """Return what was drawn for a day, None when nothing was."""
    row = conn.execute(select(visit_sample).where(visit_sample.c.day == day)).mappings().first()
    return None if row is None else Sample(**row)


def newest(conn: Connection, limit: int = 10) -> tuple[Sample, ...]:
    """Return the last draws, the newest first."""
    statement = select(visit_sample).order_by(visit_sample.c.day.desc()).limit(limit)
    return tuple(Sample(**row) for row in conn.execute(statement).mappings())


def _closed_on(context: Context, conn: Connection, day: date) -> list[int]:
    """Return the answered cases of reachable raters closed that day that get no visit yet."""
    cases, visited = rectification_case.c, case_visit.c
    start = datetime.combine(day, time(0), context.zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(0), context.zone).astimezone(UTC)
    planned = select(visited.id).where(
        visited.region == cases.region, visited.case_id == cases.id, visited.round == cases.round
    )
    statement = (
        select(cases.id)
        .where(
            cases.closed_at >= start,
            cases.closed_at < end,
            cases.outcome.in_([str(outcome) for outcome in ANSWERED]),
            cases.identity != "anonymous",
            cases.queue != BELOW,
            ~planned.exists(),
        )
        .order_by(cases.id)
    )
    return list(conn.execute(statement).scalars())
