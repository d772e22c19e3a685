"""Re-audits: a share of the decided appeals, drawn by lot, is looked at by a third reviewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select, update

from haochaping.hooks.values import Words
from haochaping.ids import random_code
from haochaping.jobs import JobContext
from haochaping.messages import N_
from haochaping.rectification import appeal_rows
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.appeal_rows import REJECTED, UPHELD, Appeal
from haochaping.rectification.context import Context
from haochaping.rectification.machine import REVIEW
from haochaping.rectification.moves import own_matter
from haochaping.rectification.needs import rated_path
from haochaping.rectification.problems import NeedMissing, NotPermitted, OwnMatter
from haochaping.rectification.records import Case, by_id, by_public_id
from haochaping.rectification.sampling import Sample, draw
from haochaping.rectification.tables import (
    appeal_audit,
    audit_sample,
    case_appeal,
    rectification_case,
)
from haochaping.rectification.timeline import Entry, record
from haochaping.rectification.wording import needed
from haochaping.store.upsert import insert_or_ignore

JOB: Final = "rectification.audit"
CRON: Final = "45 7 * * *"
DUE, DONE = "due", "done"
RIGHT, WRONG = "right", "wrong"
OUTCOMES: Final = {
    RIGHT: Words(N_("原决定正确"), "the decision was right"),
    WRONG: Words(N_("原决定不当"), "the decision was wrong"),
}
_SEED_SIGNS: Final = 20
_OTHER: Final = Words(
    "复查须由没有参与这件申诉的复核人进行", "A reviewer who took no part in the appeal looks again"
)
_DONE: Final = Words("没有待复查的申诉", "No appeal waits to be looked at again")


@dataclass(frozen=True, slots=True)
class Audit:
    """A decided appeal that was drawn; `outcome` is None until somebody has looked."""

    appeal_id: int
    case_id: int
    drawn_at: datetime
    state: str
    outcome: str | None
    account_id: int | None
    done_at: datetime | None
    note: str | None


def run(context: Context, job: JobContext) -> None:
    """Handle the daily job: draw from the appeals decided on the local day before the slot."""
    slot = datetime.fromisoformat(str(job.payload["slot"]))
    day = slot.astimezone(context.zone).date() - timedelta(days=1)
    with job.transaction() as conn:
        draw_for(context, conn, day, job.clock.now())


def draw_for(context: Context, conn: Connection, day: date, at: datetime) -> Sample | None:
    """Draw from the appeals decided on a local day; a day is drawn once, its seed is kept."""
    share = context.rules.appeals.audit
    known = of_day(conn, day)
    if not share or known is not None:
        return known
    population = _decided_on(context, conn, day)
    seed = random_code(_SEED_SIGNS)
    drawn = draw(seed, [one for one, _ in population], share)
    sample = Sample(day, seed, str(share), [one for one, _ in population], drawn, at)
    row = {name: getattr(sample, name) for name in Sample.__slots__}
    insert_or_ignore(conn, audit_sample, [{**row, "drawn": list(drawn)}])
    cases = dict(population)
    for appeal_id in drawn:
        _open(conn, appeal_id, by_id(conn, cases[appeal_id]), at)
    return sample


def of_day(conn: Connection, day: date) -> Sample | None:
    """Return what was drawn for a day, None when nothing was."""
    row = conn.execute(select(audit_sample).where(audit_sample.c.day == day)).mappings().first()
    return None if row is None else Sample(**row)


def of_case(conn: Connection, case: Case) -> Audit | None:
    """Return the re-audit of a case's appeal, None when it was not drawn."""
    row = conn.execute(_selection().where(appeal_audit.c.case_id == case.id)).mappings().first()
    return None if row is None else Audit(**row)


def may_audit(case: Case, appeal: Appeal | None, audit: Audit | None, actor: Actor) -> bool:
    """Say whether an actor may look at a drawn appeal now."""
    if appeal is None or audit is None or audit.state != DUE or own_matter(case, actor):
        return False
    took_part = (appeal.filed_by, appeal.endorsed_by, appeal.decided_by)
    return actor.may(REVIEW) and actor.account_id not in took_part


def audit(context: Context, conn: Connection, order: Order, outcome: str) -> Case:
    """Record what a third reviewer found; `order.note` says why. The decision stays.

    Raises OwnMatter, NotPermitted, or NeedMissing when nothing waits, when the reviewer took
    part or belongs to the rated unit. Raises ValueError for an unknown outcome.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"an audit finds one of {', '.join(OUTCOMES)}, not {outcome!r}")
    case = by_public_id(conn, order.public_id)
    if own_matter(case, order.actor):
        raise OwnMatter
    if not order.actor.may(REVIEW):
        raise NotPermitted(needed=[REVIEW])
    found = of_case(conn, case)
    if found is None or found.state != DUE:
        raise NeedMissing(_DONE)
    appeal = appeal_rows.newest(conn, case)
    inside = order.actor.within(rated_path(conn, case))
    if inside or not may_audit(case, appeal, found, order.actor):
        raise NeedMissing(_OTHER, need="other_reviewer")
    values = {"state": DONE, "outcome": outcome, "account_id": order.actor.account_id}
    _write(conn, found, {**values, "done_at": order.at, "note": needed(order.note)})
    facts = {"outcome": outcome}
    record(conn, case, Entry(order.at, "audited", order.actor.account_id, details=facts))
    context.emit(conn, case.event("appeal.audited", **facts), order.at)
    return case


def waiting(conn: Connection, condition: ColumnElement[bool], limit: int = 50) -> Sequence[str]:
    """Return the public numbers of cases whose appeal waits to be looked at, oldest first.

    :param condition: narrows `rectification_case`.
    """
    cases = rectification_case.c
    statement = (
        select(cases.public_id)
        .join(
            appeal_audit,
            (appeal_audit.c.region == cases.region) & (appeal_audit.c.case_id == cases.id),
        )
        .where(appeal_audit.c.state == DUE, condition)
        .order_by(appeal_audit.c.drawn_at, appeal_audit.c.appeal_id)
        .limit(limit)
    )
    return conn.execute(statement).scalars().all()


def results(conn: Connection) -> dict[str, int]:
    """Return how many re-audits found what."""
    rows = appeal_audit.c
    statement = select(rows.outcome, func.count()).where(rows.state == DONE)
    found = dict.fromkeys(OUTCOMES, 0)
    found.update({row[0]: row[1] for row in conn.execute(statement.group_by(rows.outcome))})
    return found


def _decided_on(context: Context, conn: Connection, day: date) -> list[tuple[int, int]]:
    start = datetime.combine(day, time(0), context.zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(0), context.zone).astimezone(UTC)
    rows = case_appeal.c
    statement = (
        select(rows.id, rows.case_id)
        .where(rows.decided_at >= start, rows.decided_at < end, rows.state.in_((UPHELD, REJECTED)))
        .order_by(rows.id)
    )
    return [(row.id, row.case_id) for row in conn.execute(statement)]


def _open(conn: Connection, appeal_id: int, case: Case, at: datetime) -> None:
    row = {"appeal_id": appeal_id, "region": case.region, "case_id": case.id, "drawn_at": at}
    if insert_or_ignore(conn, appeal_audit, [{**row, "state": DUE}]):
        record(conn, case, Entry(at, "audit_drawn"))


def _write(conn: Connection, found: Audit, values: dict[str, Any]) -> None:
    mine = (appeal_audit.c.appeal_id == found.appeal_id, appeal_audit.c.state == DUE)
    if conn.execute(update(appeal_audit).where(*mine).values(**values)).rowcount != 1:
        raise NeedMissing(_DONE)


def _selection() -> Any:
    return select(*(appeal_audit.c[name] for name in Audit.__slots__))
