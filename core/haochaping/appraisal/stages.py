"""The way of a period: open, frozen (objections), published. Each step is taken once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from haochaping.appraisal.problems import AppraisalRefused
from haochaping.appraisal.rules import AppraisalRules, Due
from haochaping.appraisal.tables import appraisal_objection, appraisal_period
from haochaping.delivery import messages
from haochaping.grading import appraisal as awarding
from haochaping.grading import closing, periods
from haochaping.grading.closing import Closer
from haochaping.grading.scoring import Scorer
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Period, Words
from haochaping.jobs import Job, enqueue
from haochaping.journal import Event
from haochaping.store.upsert import insert_or_ignore

FROZEN: Final = "appraisal.frozen"
PUBLISHED: Final = "appraisal.published"
"""Kinds of the events that a period's way leaves in the journal."""
APPRAISE: Final = "appraisal.appraise"
"""Kind of the job that asks profile and plugins about a frozen period."""
PAGE: Final = "/console/appraisal"


class Stage(StrEnum):
    """Where a period stands."""

    OPEN = "open"
    FROZEN = "frozen"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class State:
    """A period with where it stands; moments are UTC, the accounts 0 for the worker."""

    period: Period
    stage: Stage
    frozen_at: datetime | None = None
    objections_until: datetime | None = None
    published_at: datetime | None = None
    published_by: int | None = None
    open_objections: int = 0
    appraised: bool = False

    def accepts_objections(self, now: datetime) -> bool:
        """Say whether one may still object."""
        until = self.objections_until
        return self.stage is Stage.FROZEN and until is not None and now < until

    def obstacle(self, now: datetime) -> Words | None:
        """Return why the period cannot be published yet, None when it can."""
        if self.stage is Stage.OPEN:
            return Words("还没有冻结", "it is not frozen yet")
        if self.stage is Stage.PUBLISHED:
            return Words("已经公布", "it is published already")
        if not self.appraised:
            return Words("正在评定，请稍后", "it is being appraised, wait a moment")
        if self.accepts_objections(now):
            return Words("异议期还没有结束", "objections are still possible")
        if self.open_objections:
            return Words(
                f"还有 {self.open_objections} 项异议没有裁定",
                f"{self.open_objections} objections are not decided yet",
            )
        return None


@dataclass(frozen=True, slots=True)
class Freezer:
    """Freezes and publishes periods: figures and scores by grading, days by the calendar."""

    closer: Closer
    scorer: Scorer
    rules: AppraisalRules
    due: Due

    def freeze(self, conn: Connection, period: Period, day: Day) -> bool:
        """Freeze figures and scores in the caller's transaction; False when it was done before.

        The awards are asked for afterwards, outside of any transaction. Raises PeriodNotOver.
        """
        if self.closer.close(conn, period, day.today, day.at):
            self.scorer.score(conn, period)
        row = {
            "period": period.name,
            "frozen_at": day.at,
            "frozen_by": day.account_id,
            "objections_until": self.due(day.at, self.rules.objections),
        }
        if insert_or_ignore(conn, appraisal_period, [row]) == 0:
            return False
        payload = {"period": period.name, "account": day.account_id or 0}
        self.closer.emit(conn, Event(FROZEN, f"period:{period.name}", payload), day.at)
        job = Job(APPRAISE, day.at, {"period": period.name}, dedup=f"{APPRAISE}:{period.name}")
        enqueue(conn, job, day.at)
        for unit in sorted(closing.frozen(conn, "organization", period)):
            messages.queue(conn, _notice(period, unit), day.at)
        return True

    def publish(self, conn: Connection, period: Period, account_id: int, at: datetime) -> None:
        """Publish a frozen period, once. Raises AppraisalRefused saying what is missing."""
        why = state(conn, period).obstacle(at)
        if why is None:
            row = appraisal_period.c
            statement = (
                update(appraisal_period)
                .where(row.period == period.name, row.published_at.is_(None))
                .values(published_at=at, published_by=account_id)
            )
            if conn.execute(statement).rowcount == 1:
                payload = {"period": period.name, "account": account_id}
                event = Event(PUBLISHED, f"period:{period.name}", payload)
                self.closer.emit(conn, event, at)
                return
            why = Words("已经公布", "it is published already")
        raise AppraisalRefused(Words(f"不能公布：{why.zh}", f"It cannot be published: {why.en}"))


@dataclass(frozen=True, slots=True)
class Day:
    """When something is done and by whom: the moment, its local day, the account if any."""

    at: datetime
    today: date
    account_id: int | None = None


def state(conn: Connection, period: Period) -> State:
    """Return where a period stands."""
    return states(conn, [period])[period.name]


def states(conn: Connection, wanted: Sequence[Period]) -> Mapping[str, State]:
    """Return where periods stand, by name."""
    names = [each.name for each in wanted]
    row, own = appraisal_period.c, appraisal_objection.c
    known = {
        each.period: each
        for each in conn.execute(select(appraisal_period).where(row.period.in_(names)))
    }
    waiting = select(own.period, func.count()).where(own.period.in_(names), own.state == "open")
    open_ones: dict[str, int] = {
        name: count for name, count in conn.execute(waiting.group_by(own.period))
    }
    return {
        each.name: _state(conn, each, known.get(each.name), open_ones.get(each.name, 0))
        for each in wanted
    }


def frozen_periods(conn: Connection) -> tuple[Period, ...]:
    """Return all periods that were frozen, the newest first, longer ones before their parts."""
    names = conn.execute(select(appraisal_period.c.period)).scalars()
    return tuple(sorted((periods.parse(name) for name in names), key=_newest))


def published_periods(conn: Connection) -> tuple[Period, ...]:
    """Return the periods that were published, the newest first, longer ones before their parts."""
    row = appraisal_period.c
    names = conn.execute(select(row.period).where(row.published_at.is_not(None))).scalars()
    return tuple(sorted((periods.parse(name) for name in names), key=_newest))


def _newest(period: Period) -> tuple[int, int]:
    return -period.last.toordinal(), period.first.toordinal()


def _state(conn: Connection, period: Period, row: Any, waiting: int) -> State:
    if row is None:
        return State(period, Stage.OPEN)
    return State(
        period=period,
        stage=Stage.FROZEN if row.published_at is None else Stage.PUBLISHED,
        frozen_at=row.frozen_at,
        objections_until=row.objections_until,
        published_at=row.published_at,
        published_by=row.published_by,
        open_objections=waiting,
        appraised=not awarding.is_due(conn, period),
    )


def _notice(period: Period, unit: int) -> OutgoingMessage:
    return OutgoingMessage(
        business_id=f"appraisal:{period.name}:{unit}",
        to="unit_head",
        organization_id=unit,
        gateway="inbox",
        subject=Words(f"{period.name} 考核结果已冻结", f"Results of {period.name} are frozen"),
        body=Words(
            "本单位的结果和每一分的来历已经可以查看；有异议的，请在期限内提出。",
            "Your unit's results, with how each point came about, can be seen; objections are"
            " possible within the time that the page states.",
        ),
        link=f"{PAGE}?period={period.name}",
    )
