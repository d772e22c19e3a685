"""Making anew what should be waiting and is not: jobs that were lost, cases that never opened.

Every row that asks for something to happen has its job, found by the job's own key. What is
missing is made again under the same key, so that a second run finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, exists, select, update

from haochaping.delivery import messages
from haochaping.delivery.tables import message
from haochaping.deployment import Deployment
from haochaping.disclosure import steps as disclosure
from haochaping.disclosure.tables import review
from haochaping.evaluation import events, stored
from haochaping.evaluation.recording import READMIT
from haochaping.evaluation.rules import FOLLOW_UP
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import EvaluationStatus, OccurrenceKey, Words
from haochaping.jobs import Job, enqueue
from haochaping.jobs.queue import DONE, OPEN, PARKED
from haochaping.jobs.tables import job
from haochaping.rectification import deadlines, opening
from haochaping.rectification.records import BELOW
from haochaping.rectification.tables import case_deadline, rectification_case
from haochaping.store.types import micros
from haochaping.uplink import shapes
from haochaping.uplink.tables import exchange_received

BATCH: Final = 500
"""Missing jobs that are made in one transaction."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that should be waiting and is not: of what kind, its key, how to make it."""

    kind: str
    key: str
    make: Callable[[Connection, datetime], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that may be missing, and what it means to people."""

    name: str
    words: Words
    find: Callable[[Deployment, Connection], Iterator[Missing]]


def find(deployment: Deployment, conn: Connection) -> tuple[Missing, ...]:
    """Return everything that is missing; changes nothing."""
    return tuple(each for kind in KINDS for each in kind.find(deployment, conn))


def mend(deployment: Deployment) -> dict[str, int]:
    """Make what is missing, a few at a time; return how many of each kind were made."""
    made: dict[str, int] = {}
    with deployment.store.read() as conn:
        waiting = list(find(deployment, conn))
    while waiting:
        some, waiting = waiting[:BATCH], waiting[BATCH:]
        with deployment.store.write() as conn:
            at = deployment.clock.now()
            for each in some:
                each.make(conn, at)
                made[each.kind] = made.get(each.kind, 0) + 1
    return made


def _job(kind: str, wanted: Job) -> Missing:
    def make(conn: Connection, at: datetime) -> None:
        if not enqueue(conn, wanted, at):
            again = (
                update(job)
                .where(job.c.dedup == wanted.dedup, job.c.state == DONE)
                .values(state=OPEN, ready_at=wanted.due_at, attempts=0, finished_at=None)
            )
            conn.execute(again)

    return Missing(kind, wanted.dedup or "", make)


def _present(conn: Connection, keys: list[str], *states: str) -> set[str]:
    """Return those of the keys whose job is there, in one of the states."""
    found: set[str] = set()
    for start in range(0, len(keys), BATCH):
        some = job.c.dedup.in_(keys[start : start + BATCH])
        found.update(
            conn.execute(select(job.c.dedup).where(some, job.c.state.in_(states))).scalars()
        )
    return found


def _absent(conn: Connection, kind: str, wanted: list[Job], *states: str) -> Iterator[Missing]:
    keys = _present(conn, [each.dedup or "" for each in wanted], *states)
    return (_job(kind, each) for each in wanted if each.dedup not in keys)


def _held(deployment: Deployment, conn: Connection) -> Iterator[Missing]:
    rows = conn.execute(
        select(
            evaluation.c.region,
            evaluation.c.served_month,
            evaluation.c.id,
            evaluation.c.received_at,
        ).where(evaluation.c.status == EvaluationStatus.HELD)
    )
    wanted = [
        Job(
            READMIT,
            row.received_at,
            {"served_month": row.served_month, "id": row.id},
            f"readmit:{row.region}:{row.served_month}:{row.id}",
            row.region,
        )
        for row in rows
    ]
    return _absent(conn, "held", wanted, OPEN, PARKED)


def _plans(deployment: Deployment, conn: Connection) -> Iterator[Missing]:
    columns = rectification_case.c
    rows = conn.execute(
        select(columns.id, columns.region, columns.plan_no, columns.visible_at, columns.opened_at)
        .where(columns.closed_at.is_(None), columns.queue != BELOW)
        .order_by(columns.id)
    ).all()
    plans = [
        Job(
            opening.PLAN_JOB,
            row.opened_at,
            {"case": row.id, "n": row.plan_no},
            f"plan:{row.id}:{row.plan_no}",
            row.region,
        )
        for row in rows
    ]
    releases = [
        Job(
            opening.RELEASE_JOB,
            row.visible_at,
            {"case": row.id},
            f"release:{row.id}",
            row.region,
        )
        for row in rows
    ]
    yield from _absent(conn, "plan", plans, OPEN, PARKED, DONE)
    yield from _absent(conn, "release", releases, OPEN, PARKED, DONE)


def _deadlines(deployment: Deployment, conn: Connection) -> Iterator[Missing]:
    timer, case = case_deadline.c, rectification_case.c
    rows = conn.execute(
        select(timer.region, timer.case_id, timer.round, timer.kind, timer.level, timer.due_at)
        .join_from(case_deadline, rectification_case, case.id == timer.case_id)
        .where(
            timer.state == deadlines.PENDING, case.closed_at.is_(None), case.round == timer.round
        )
    )
    wanted = [
        Job(
            deadlines.JOB,
            row.due_at,
            {"case": row.case_id, "round": row.round, "kind": row.kind, "level": row.level},
            deadlines.dedup(row.case_id, row.round, row.kind, row.level),
            row.region,
        )
        for row in rows
    ]
    return _absent(conn, "deadline", wanted, OPEN, PARKED)


def _messages(deployment: Deployment, conn: Connection) -> Iterator[Missing]:
    states = (messages.QUEUED, messages.RETRYING)
    rows = conn.execute(
        select(message.c.id, message.c.due_at, message.c.queued_at).where(
            message.c.state.in_(states)
        )
    )
    wanted = []
    for row in rows:
        due = row.due_at or row.queued_at
        key = f"{messages.JOB}:{row.id}:{micros(due)}"
        wanted.append(Job(messages.JOB, due, {"message": row.id}, key))
    return _absent(conn, "message", wanted, OPEN, PARKED)


def _reviews(deployment: Deployment, conn: Connection) -> Iterator[Missing]:
    open_states = (disclosure.WAITING, disclosure.HELD)
    rows = conn.execute(
        select(review.c.id, review.c.region).where(
            review.c.state.in_(open_states), review.c.text.is_(None)
        )
    )
    at = deployment.clock.now()
    wanted = [
        Job(
            disclosure.PREPARE,
            at,
            {"review": row.id},
            f"{disclosure.PREPARE}:{row.id}",
            row.region,
        )
        for row in rows
    ]
    return _absent(conn, "review", wanted, OPEN, PARKED, DONE)


def _cases(deployment: Deployment, conn: Connection) -> Iterator[Missing]:
    """Yield bad chains in force that have no case."""
    bad = deployment.rectification.bad_grades
    case = rectification_case.c
    has_case = exists().where(
        case.origin_kind == "evaluation", case.origin_id == evaluation.c.first_id
    )
    below = exchange_received.c
    from_below = exists().where(
        below.kind == shapes.EVALUATION,
        below.region == evaluation.c.region,
        below.ref_id == evaluation.c.first_id,
    )
    rows = conn.execute(
        select(evaluation.c.region, evaluation.c.served_month, evaluation.c.id).where(
            evaluation.c.status == EvaluationStatus.EFFECTIVE,
            evaluation.c.grade.in_(sorted(bad)),
            evaluation.c.round != FOLLOW_UP,
            ~has_case,
            ~from_below,
        )
    ).all()
    for row in rows:
        key = OccurrenceKey(row.region, row.served_month, row.id)
        name = f"{row.region}:{row.served_month}:{row.id}"
        yield Missing("case", name, _opening(deployment, key))


def _opening(deployment: Deployment, key: OccurrenceKey) -> Callable[[Connection, datetime], None]:
    def make(conn: Connection, at: datetime) -> None:
        context, row = deployment.rectification, stored.by_key(conn, key)
        if row is not None:
            told = events.event(events.RECORDED, row, context.bad_grades)
            opening.open_for_evaluation(context, conn, told, at)

    return make


KINDS: Final = (
    Kind("case", Words("差评未立案", "bad ratings without a case"), _cases),
    Kind("held", Words("待裁定评价无复查任务", "held ratings nobody asks about"), _held),
    Kind("plan", Words("整改件无计划任务", "cases without plan or release"), _plans),
    Kind("deadline", Words("期限无任务", "deadlines without a job"), _deadlines),
    Kind("message", Words("消息无发送任务", "messages nobody sends"), _messages),
    Kind("review", Words("评语无处理任务", "comments nobody prepares"), _reviews),
)
"""Everything that is looked for, the most serious first."""
