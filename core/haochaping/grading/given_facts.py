"""Facts from elsewhere that feed indicators: efficiency, catalogue, inspections, events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, cast, func, select

from haochaping.grading import closing, periods
from haochaping.grading.tables import grading_fact
from haochaping.hooks.grading import Ratio
from haochaping.hooks.values import Period, Words
from haochaping.problems import Problem
from haochaping.store.types import Id
from haochaping.store.upsert import upsert


class PeriodClosed(Problem):
    """Facts of a closed period cannot be changed: its scores were made from them."""

    code = "HCP-PERIOD-CLOSED"
    status = 409
    title = Words("该时期已封账，不能再改数据", "The period is closed, its facts cannot change")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a subject in a period: `over` of `under`, by name."""

    period: str
    subject_kind: str
    subject_id: int
    name: str
    over: int
    under: int


def record(conn: Connection, facts: Sequence[Fact], source: str, at: datetime) -> None:
    """Store facts; what was stored under the same name before is replaced.

    :param source: where they come from, in words. Raises PeriodClosed.
    """
    for name in {fact.period for fact in facts}:
        if closing.is_closed(conn, periods.parse(name)):
            raise PeriodClosed(period=name)
    rows = [
        {
            "period": fact.period,
            "subject_kind": fact.subject_kind,
            "subject_id": fact.subject_id,
            "name": fact.name,
            "over": fact.over,
            "under": fact.under,
            "source": source,
            "at": at,
        }
        for fact in facts
    ]
    keys = ["period", "subject_kind", "subject_id", "name"]
    upsert(conn, grading_fact, rows, keys, ["over", "under", "source", "at"])


def sums(conn: Connection, kind: str, period: Period) -> dict[str, Ratio]:
    """Return the facts of all subjects of a kind in the months of a period, added up by name."""
    row = grading_fact.c
    months = [month.name for month in periods.months_of(period)]
    statement = (
        select(row.name, cast(func.sum(row.over), Id()), cast(func.sum(row.under), Id()))
        .where(row.subject_kind == kind, row.period.in_(months))
        .group_by(row.name)
        .order_by(row.name)
    )
    return {name: Ratio(over, under) for name, over, under in conn.execute(statement)}
