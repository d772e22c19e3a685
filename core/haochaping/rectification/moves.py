"""Carrying out a move: who may, in which state, under which conditions; then the writing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import Words
from haochaping.rectification import appeal_rows, deadlines
from haochaping.rectification.actors import Actor, Order
from haochaping.rectification.context import Context
from haochaping.rectification.machine import (
    CLOSED,
    PARTNER,
    RATER,
    REVIEW,
    SUPERVISE,
    SYSTEM,
    THIRD_PARTY,
    VISIT,
    Move,
    actions_for,
    move_of,
)
from haochaping.rectification.needs import demand
from haochaping.rectification.problems import (
    CaseChanged,
    MoveRefused,
    NotPermitted,
    OwnMatter,
    UnknownCase,
)
from haochaping.rectification.records import BELOW, Case, by_public_id, changed
from haochaping.rectification.timeline import Entry, record

INSIDE_UNIT = frozenset({"case.handle", "case.contact", "appeal.file"})
"""Permissions of the unit's side, which sees a case only once it is released."""

BESIDE_UNIT = frozenset({SUPERVISE, REVIEW, VISIT, THIRD_PARTY, RATER, SYSTEM, PARTNER})
"""Permissions of those beside the unit; whoever holds none of them waits like the unit."""


def begin(context: Context, conn: Connection, order: Order, action: str) -> Case:
    """Return the case if `order` may do `action` to it now; writes nothing.

    Raises UnknownCase, OwnMatter, NotPermitted, CaseChanged, MoveRefused or NeedMissing.
    """
    case, move = by_public_id(conn, order.public_id), move_of(action)
    _permit(case, move, order)
    if case.queue == BELOW:
        raise MoveRefused(_HANDLED_BELOW, state=str(case.state))
    if case.version != order.version:
        raise CaseChanged(version=case.version)
    if case.state not in move.before:
        raise MoveRefused(_refusal(case, move), state=str(case.state))
    demand(context, conn, case, order, move)
    return case


def finish(
    context: Context, conn: Connection, case: Case, action: str, order: Order, **changes: Any
) -> Case:
    """Write the move and its history, and tell the journal. Raises CaseChanged."""
    move = move_of(action)
    moved = changed(conn, case, **_state_changes(case, move, order), **changes)
    record(conn, moved, _entry(case, moved, move, order))
    if moved.closed and not case.closed:
        deadlines.drop_all(conn, moved)
        appeal_rows.drop_pending(conn, moved, order.at)
    _tell(context, conn, case, moved, (move, order))
    return moved


def available(case: Case, actor: Actor) -> tuple[Move, ...]:
    """Return the moves an actor may try in the case's state; conditions are checked later."""
    unseen = case.queue == BELOW or own_matter(case, actor)
    return () if unseen else actions_for(case.state, actor.permissions)


def own_matter(case: Case, actor: Actor) -> bool:
    """Say whether the case is about the staff member that the account belongs to."""
    return case.staff_id is not None and case.staff_id in actor.staff_ids


def may_see(case: Case, actor: Actor, at: datetime) -> bool:
    """Say whether an actor sees the case: never the rated person, the unit after its release."""
    if own_matter(case, actor):
        return False
    return case.visible_at <= at or _beside_unit(actor)


def _beside_unit(actor: Actor) -> bool:
    beside = bool(actor.permissions & BESIDE_UNIT)
    return actor.may(SUPERVISE) or (beside and not actor.permissions & INSIDE_UNIT)


def _permit(case: Case, move: Move, order: Order) -> None:
    if own_matter(case, order.actor):
        raise OwnMatter
    if not order.actor.permissions.intersection(move.who):
        raise NotPermitted(needed=list(move.who))
    if not may_see(case, order.actor, order.at):
        raise UnknownCase


def _refusal(case: Case, move: Move) -> Words:
    return Words(
        f"工单现为“{STATE_NAMES[case.state].zh}”，不能{move.words.zh}，请刷新后查看可用操作",
        f"The case is {STATE_NAMES[case.state].en}: {move.words.en} is not possible now,"
        " reload to see what is",
    )


def _state_changes(case: Case, move: Move, order: Order) -> dict[str, Any]:
    if move.after is None:
        return {}
    changes: dict[str, Any] = {"state": move.after}
    if move.after is CLOSED:
        changes["closed_at"] = case.closed_at or order.at
        changes["confirm"] = None
        if move.outcome is not None:
            changes["outcome"] = move.outcome
    elif case.closed:
        changes |= {"closed_at": None, "outcome": None}
    return changes


def _entry(case: Case, moved: Case, move: Move, order: Order) -> Entry:
    return Entry(
        at=order.at,
        kind=move.action,
        account_id=order.actor.account_id,
        from_state=case.state,
        to_state=moved.state,
        note=order.note.strip(),
        public_note=order.public_note.strip(),
    )


def _tell(
    context: Context, conn: Connection, case: Case, moved: Case, what: tuple[Move, Order]
) -> None:
    move, order = what
    facts = {
        "action": move.action,
        "from": str(case.state),
        "to": str(moved.state),
        "account_id": order.actor.account_id,
    }
    if move.after is None:
        context.emit(conn, moved.event("case.noted", **facts), order.at)
        return
    context.emit(conn, moved.event("case.moved", **facts), order.at)
    if moved.closed:
        ended = {"outcome": str(moved.outcome), "action": move.action}
        context.emit(conn, moved.event("case.closed", **ended), order.at)
    elif case.closed or moved.round > case.round:
        again = {"action": move.action, "reopened": moved.reopened}
        context.emit(conn, moved.event("case.reopened", **again), order.at)


STATE_NAMES = {
    CaseState.OPENED: Words("待受理", "opened"),
    CaseState.VERIFYING: Words("核实中", "being verified"),
    CaseState.RECTIFYING: Words("整改中", "being rectified"),
    CaseState.EXPLAINING: Words("解释说明中", "being explained"),
    CaseState.APPEALING: Words("申诉审核中", "under appeal"),
    CaseState.REPLIED: Words("已答复", "replied"),
    CaseState.CLOSED: Words("已办结", "closed"),
}
"""The states in words."""

_HANDLED_BELOW = Words(
    "工单由下级平台办理，这里只能查看；请联系下级平台",
    "A lower platform handles this case: it can only be read here; ask that platform",
)

OUTCOME_NAMES = {
    Outcome.RECTIFIED: Words("已整改", "rectified"),
    Outcome.EXPLAINED: Words("已解释说明", "explained"),
    Outcome.VOID: Words("评价作废", "rating void"),
    Outcome.WITHDRAWN: Words("评价人已撤回或修改", "withdrawn or changed by the rater"),
}
"""The outcomes in words."""
