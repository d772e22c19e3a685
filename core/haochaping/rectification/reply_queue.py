"""Official replies on the publisher's desk: waiting, published, kept back with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, select

from haochaping.catalog.tables import organization, region
from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.rectification.tables import case_reply, rectification_case

PAGE: Final = 20
ORGANIZATION_PATH: Final = organization.c.path
REGION_PATH: Final = region.c.path
"""Columns of the list that `access.visible` narrows."""
_ANSWERED: Final = (str(CaseState.REPLIED), str(CaseState.CLOSED))
_GONE: Final = (str(Outcome.VOID), str(Outcome.WITHDRAWN))


WAITING, PUBLISHED, ASIDE = "waiting", "published", "aside"
STATES: Final = (WAITING, PUBLISHED, ASIDE)


@dataclass(frozen=True, slots=True)
class WaitingReply:
    """The newest reply of a case; `aside` says why the public does not see it, if so."""

    id: int
    public_id: str
    organization_id: int
    text: str
    at: datetime
    account_id: int
    aside: str = ""


def waiting(
    conn: Connection, seen: ColumnElement[bool], after: int = 0
) -> tuple[WaitingReply, ...]:
    """Return replies that wait, the oldest first, after an id."""
    statement = _waiting(seen).where(case_reply.c.id > after).order_by(case_reply.c.id).limit(PAGE)
    return tuple(_reply(row) for row in conn.execute(statement))


def decided(
    conn: Connection, seen: ColumnElement[bool], state: str, before: int = 0
) -> tuple[WaitingReply, ...]:
    """Return replies that are published or kept back, the newest first, before an id."""
    statement = _in_state(seen, state).order_by(case_reply.c.id.desc()).limit(PAGE)
    if before:
        statement = statement.where(case_reply.c.id < before)
    return tuple(_reply(row) for row in conn.execute(statement))


def find(conn: Connection, seen: ColumnElement[bool], reply_id: int) -> WaitingReply | None:
    """Return a reply in any state, None when there is none or it must not be seen."""
    for state in STATES:
        statement = _in_state(seen, state).where(case_reply.c.id == reply_id)
        row = conn.execute(statement).one_or_none()
        if row is not None:
            return _reply(row)
    return None


def count(conn: Connection, seen: ColumnElement[bool]) -> int:
    """Return how many replies wait."""
    statement = select(func.count()).select_from(_waiting(seen).subquery())
    return int(conn.execute(statement).scalar_one())


def _waiting(seen: ColumnElement[bool]) -> Select[Any]:
    return _in_state(seen, WAITING)


def _in_state(seen: ColumnElement[bool], state: str) -> Select[Any]:
    cases, newest = rectification_case.c, case_reply.alias("newest")
    its_own = (newest.c.region == cases.region) & (newest.c.case_id == cases.id)
    latest = select(func.max(newest.c.id)).where(its_own).scalar_subquery()
    theirs = (cases.region == case_reply.c.region) & (cases.id == case_reply.c.case_id)
    return (
        select(
            case_reply.c.id,
            cases.public_id,
            cases.organization_id,
            case_reply.c.text,
            case_reply.c.at,
            case_reply.c.account_id,
            case_reply.c.aside,
        )
        .join(rectification_case, theirs)
        .join(organization, organization.c.id == cases.organization_id)
        .join(region, region.c.code == cases.region, isouter=True)
        .where(
            case_reply.c.published == int(state == PUBLISHED),
            (case_reply.c.aside != "") if state == ASIDE else (case_reply.c.aside == ""),
            case_reply.c.id == latest,
            cases.state.in_(_ANSWERED),
            func.coalesce(cases.outcome, "").not_in(_GONE),
            seen,
        )
    )


def _reply(row: Any) -> WaitingReply:
    return WaitingReply(**{name: getattr(row, name) for name in WaitingReply.__slots__})
