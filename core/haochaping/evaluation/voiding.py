"""Declaring a rating void takes two people outside the rated unit: one proposes, one confirms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, select, tuple_

from haochaping.access import accounts
from haochaping.evaluation import changes, stored
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.problems import NotChangeable
from haochaping.evaluation.stored import Evaluation
from haochaping.evaluation.tables import void_proposal
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping.journal import Event
from haochaping.problems import Problem
from haochaping.store.upsert import insert_or_ignore

REASONS: Final = frozenset({"mistaken", "duplicate", "malicious", "not_this_service", "test"})
"""Stable words for why a rating is void."""


class VoidRefused(Problem):
    """A rating is not declared void by this person or not in this way."""

    code = "HCP-VOID-REFUSED"
    status = 409
    title = Words("不能认定这条评价无效", "This rating cannot be declared void")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rating that one person would declare void."""

    key: OccurrenceKey
    reason: str
    proposed_by: int
    proposed_at: datetime


def proposals(conn: Connection, keys: Collection[OccurrenceKey]) -> dict[OccurrenceKey, Proposal]:
    """Return the open proposals for some ratings."""
    wanted = [(key.region, key.served_month, key.id) for key in keys]
    rows = void_proposal.c
    statement = select(void_proposal).where(
        tuple_(rows.region, rows.served_month, rows.evaluation_id).in_(wanted)
    )
    found = (_proposal(row) for row in conn.execute(statement)) if wanted else ()
    return {one.key: one for one in found}


def propose(conn: Connection, desk: Desk, key: OccurrenceKey, decree: Decree) -> None:
    """Propose to declare a rating void; nothing changes before a second person confirms.

    `decree.account_id` says who. Raises VoidRefused, NotChangeable.
    """
    found = _open(conn, key)
    by = _outside(conn, found, decree)
    if decree.reason not in REASONS:
        raise VoidRefused(Words("请选择无效的原因", "Choose why the rating is void"))
    row = {
        "region": key.region,
        "served_month": key.served_month,
        "evaluation_id": key.id,
        "reason": decree.reason,
        "proposed_by": by,
        "proposed_at": decree.at,
    }
    if insert_or_ignore(conn, void_proposal, [row]) == 0:
        raise VoidRefused(
            Words(
                "已有人提出认定无效，请由另一人确认", "Somebody has proposed it: another confirms"
            )
        )
    _tell(conn, desk, found, "proposed", decree)


def confirm(conn: Connection, desk: Desk, key: OccurrenceKey, decree: Decree) -> Evaluation:
    """Declare a rating void that somebody else proposed. Raises VoidRefused, NotChangeable."""
    proposal = _sure(conn, key)
    found = _open(conn, key)
    if _outside(conn, found, decree) == proposal.proposed_by:
        raise VoidRefused(
            Words("须由另一人确认，不能自己提出又自己确认", "Another person has to confirm")
        )
    _forget(conn, key)
    decided = Decree(proposal.reason, decree.at, decree.account_id)
    return changes.void(conn, desk, key, decided)


def drop(conn: Connection, desk: Desk, key: OccurrenceKey, decree: Decree) -> None:
    """Take a proposal off again; the rating stays as it is. Raises VoidRefused, NotChangeable."""
    _sure(conn, key)
    found = _open(conn, key)
    _forget(conn, key)
    _tell(conn, desk, found, "dropped", decree)


def _outside(conn: Connection, found: Evaluation, decree: Decree) -> int:
    by = decree.account_id
    if by is None or not accounts.outside(conn, by, found.organization_id):
        raise VoidRefused(
            Words("被评单位的人员不能认定评价无效", "Nobody of the rated unit declares it void")
        )
    return by


def _open(conn: Connection, key: OccurrenceKey) -> Evaluation:
    found = stored.by_key(conn, key)
    if found is None or found.status == "void":
        raise NotChangeable
    return found


def _sure(conn: Connection, key: OccurrenceKey) -> Proposal:
    found = proposals(conn, [key]).get(key)
    if found is None:
        raise VoidRefused(Words("还没有人提出认定无效", "Nobody has proposed it"))
    return found


def _forget(conn: Connection, key: OccurrenceKey) -> None:
    rows = void_proposal.c
    conn.execute(
        delete(void_proposal).where(
            rows.region == key.region,
            rows.served_month == key.served_month,
            rows.evaluation_id == key.id,
        )
    )


def _tell(conn: Connection, desk: Desk, found: Evaluation, what: str, decree: Decree) -> None:
    told = {"account_id": decree.account_id, "reason": decree.reason}
    event = Event(f"evaluation.void_{what}", found.subject, told, found.region)
    desk.emit(conn, event, decree.at)


def _proposal(row: Any) -> Proposal:
    key = OccurrenceKey(row.region, row.served_month, row.evaluation_id)
    return Proposal(key, row.reason, row.proposed_by, row.proposed_at)
