"""What the public learns of cases: their state in plain words and the published reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select, true

from haochaping.evaluation import prompting
from haochaping.evaluation.prompting import How
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.rectification.origins import EVALUATION, OPINION
from haochaping.rectification.tables import case_reply, rectification_case
from haochaping.store.among import among

PUBLIC_STATE: Final[Mapping[CaseState, str]] = {
    CaseState.OPENED: "verifying",
    CaseState.VERIFYING: "verifying",
    CaseState.APPEALING: "verifying",
    CaseState.RECTIFYING: "rectifying",
    CaseState.EXPLAINING: "rectifying",
    CaseState.REPLIED: "replied",
    CaseState.CLOSED: "closed",
}
"""The public word for each state: an appeal is the unit's matter and stays unseen."""

_GONE: Final = (str(Outcome.VOID), str(Outcome.WITHDRAWN))

Key = tuple[str, int, int]
"""Region, month served and id of an evaluation."""


@dataclass(frozen=True, slots=True)
class PublicCase:
    """A case as the public sees it; `reply` is the newest one fit for publication.

    A `provisional` due day may still move with the holidays of its year.
    """

    public_id: str
    state: str
    opened_at: datetime
    due_at: datetime
    due_day: date
    provisional: bool
    replied_at: datetime | None
    closed: bool
    late: bool
    reply: str
    came: How | None = None
    """How the rating came about; None for the case of an opinion and in lists."""


def states(
    conn: Connection, counties: Select[Any] | None, start: datetime, end: datetime
) -> Mapping[str, int]:
    """Count the cases opened in [start, end) by public state; `counties` None means all."""
    statement = (
        select(rectification_case.c.state, func.count())
        .where(
            rectification_case.c.opened_at >= start,
            rectification_case.c.opened_at < end,
            func.coalesce(rectification_case.c.outcome, "").not_in(_GONE),
            true() if counties is None else rectification_case.c.region.in_(counties),
        )
        .group_by(rectification_case.c.state)
    )
    found: dict[str, int] = {}
    for state, count in conn.execute(statement):
        word = PUBLIC_STATE[CaseState(state)]
        found[word] = found.get(word, 0) + int(count)
    return found


def of_evaluations(conn: Connection, keys: Sequence[Key], at: datetime) -> Mapping[Key, PublicCase]:
    """Return the cases behind evaluations, as far as they have reached their unit."""
    columns = (
        rectification_case.c.region,
        rectification_case.c.served_month,
        rectification_case.c.evaluation_id,
    )
    if not keys:
        return {}
    rows = conn.execute(_cases().where(among(columns, list(keys)), _reached(at)))
    return {(row.region, row.served_month, row.evaluation_id): _case(row) for row in rows}


def by_public_id(conn: Connection, public_id: str, at: datetime) -> PublicCase | None:
    """Return a case by its public number, None when unknown or not yet with its unit."""
    statement = _cases().where(rectification_case.c.public_id == public_id, _reached(at))
    row = conn.execute(statement).one_or_none()
    if row is None:
        return None
    key = (row.region, row.served_month, row.evaluation_id)
    return replace(_case(row), came=prompting.how(conn, [key]).get(key))


def of_opinion(conn: Connection, public_id: str, at: datetime) -> PublicCase | None:
    """Return the case of an opinion by its public number, as `by_public_id` does for ratings."""
    statement = _cases(OPINION).where(rectification_case.c.public_id == public_id, _reached(at))
    row = conn.execute(statement).one_or_none()
    return None if row is None else _case(row)


def _cases(origin: str = EVALUATION) -> Select[Any]:
    theirs = (case_reply.c.region == rectification_case.c.region) & (
        case_reply.c.case_id == rectification_case.c.id
    )
    newest = (
        select(case_reply.c.text)
        .where(theirs, case_reply.c.published == 1)
        .order_by(case_reply.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(rectification_case, newest.label("reply")).where(
        rectification_case.c.origin_kind == origin
    )


def _reached(at: datetime) -> Any:
    return rectification_case.c.visible_at <= at


def _case(row: Any) -> PublicCase:
    return PublicCase(
        public_id=row.public_id,
        state=PUBLIC_STATE[CaseState(row.state)],
        opened_at=row.opened_at,
        due_at=row.due_at,
        due_day=row.due_day,
        provisional=row.provisional,
        replied_at=row.replied_at,
        closed=row.closed_at is not None,
        late=row.late,
        reply=row.reply or "",
    )
