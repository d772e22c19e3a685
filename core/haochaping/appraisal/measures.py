"""Consequences that people decide on: points, training, exchange, referral, with evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from haochaping.appraisal import entries, stages
from haochaping.appraisal.problems import AppraisalIncomplete, AppraisalRefused
from haochaping.appraisal.tables import appraisal_measure
from haochaping.grading import periods
from haochaping.hooks.grading import AWARD_KINDS
from haochaping.hooks.values import Period, Words
from haochaping.ids import new_id
from haochaping.journal import Emit, Event

TAKEN: Final = "appraisal.measure_taken"
WITHDRAWN: Final = "appraisal.measure_withdrawn"
"""Kinds of the events in the journal."""

NAMES: Final[Mapping[str, Words]] = {
    "points": Words("加减分", "Points"),
    "honour": Words("表彰", "Honour"),
    "penalty": Words("处理", "Penalty"),
    "training": Words("业务培训", "Training"),
    "exchange": Words("交流轮岗", "Exchange of posts"),
    "accountability": Words("问责移送", "Referral for accountability"),
}
"""What kinds of consequences are called."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom something is about: the period, kind and id of the subject."""

    period: Period
    subject_kind: str
    subject_id: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person fills in: kind, reason, links to evidence (one a line), points as text."""

    kind: str
    reason: str
    evidence: str = ""
    points: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as it is kept; `withdrawn` ones no longer stand."""

    id: int
    target: Target
    kind: str
    reason: str
    evidence: tuple[str, ...]
    points: int
    account_id: int
    at: datetime
    withdrawn: bool


def take(
    conn: Connection, emit: Emit, target: Target, draft: Draft, by: tuple[int, datetime]
) -> int:
    """Store a measure on a frozen period; the same one again is the one that is there.

    Raises AppraisalRefused unless the period is frozen, AppraisalIncomplete.
    """
    account_id, at = by
    row = _row(target, draft)
    _require_frozen(conn, target.period)
    own = appraisal_measure.c
    same = [own[name] == row[name] for name in row if name != "evidence"]
    known = conn.execute(select(own.id).where(*same, own.withdrawn_at.is_(None))).scalar()
    if known is not None:
        return int(known)
    number = new_id()
    conn.execute(insert(appraisal_measure).values(id=number, account_id=account_id, at=at, **row))
    emit(conn, _event(TAKEN, target, number, account_id), at)
    return number


def withdraw(conn: Connection, emit: Emit, number: int, by: tuple[int, datetime]) -> Target:
    """Take a measure back before the publication. Raises AppraisalRefused."""
    found = find(conn, number)
    if found is None or found.withdrawn:
        raise AppraisalRefused(Words("该措施已撤回或不存在", "The measure is gone already"))
    _require_frozen(conn, found.target.period)
    account_id, at = by
    own = appraisal_measure.c
    conn.execute(
        update(appraisal_measure)
        .where(own.id == number, own.withdrawn_at.is_(None))
        .values(withdrawn_by=account_id, withdrawn_at=at)
    )
    emit(conn, _event(WITHDRAWN, found.target, number, account_id), at)
    return found.target


def find(conn: Connection, number: int) -> Measure | None:
    """Return a measure, None when there is none."""
    statement = select(appraisal_measure).where(appraisal_measure.c.id == number)
    row = conn.execute(statement).one_or_none()
    return None if row is None else _read(row)


def of(
    conn: Connection, period: Period, kind: str, ids: Sequence[int] | None = None
) -> dict[int, list[Measure]]:
    """Return the measures about subjects of a kind in a period, by subject, oldest first."""
    own = appraisal_measure.c
    statement = select(appraisal_measure).where(own.period == period.name, own.subject_kind == kind)
    if ids is not None:
        statement = statement.where(own.subject_id.in_(ids))
    found: dict[int, list[Measure]] = {}
    for row in conn.execute(statement.order_by(own.at, own.id)):
        found.setdefault(row.subject_id, []).append(_read(row))
    return found


def _row(target: Target, draft: Draft) -> dict[str, Any]:
    if draft.kind not in AWARD_KINDS:
        raise AppraisalIncomplete(Words("请选择措施种类", "Choose what follows"), field="kind")
    points = entries.points_of(draft.points)
    if draft.kind == "points" and not points:
        raise AppraisalIncomplete(Words("请写明分数", "State the points"), field="points")
    return {
        "period": target.period.name,
        "subject_kind": target.subject_kind,
        "subject_id": target.subject_id,
        "kind": draft.kind,
        "reason": entries.reason_of(draft.reason),
        "evidence": entries.links_of(draft.evidence),
        "points": points,
    }


def _require_frozen(conn: Connection, period: Period) -> None:
    if stages.state(conn, period).stage is not stages.Stage.FROZEN:
        raise AppraisalRefused(
            Words(
                "只有冻结后、公布前的时期可以采取或撤回措施",
                "Measures are taken and withdrawn between freezing and publication",
            )
        )


def _event(kind: str, target: Target, number: int, account_id: int) -> Event:
    subject = f"appraisal:{target.period.name}:{target.subject_kind}:{target.subject_id}"
    return Event(kind, subject, {"measure": number, "account": account_id})


def _read(row: Any) -> Measure:
    return Measure(
        id=row.id,
        target=Target(periods.parse(row.period), row.subject_kind, row.subject_id),
        kind=row.kind,
        reason=row.reason,
        evidence=tuple(row.evidence),
        points=row.points,
        account_id=row.account_id,
        at=row.at,
        withdrawn=row.withdrawn_at is not None,
    )
