"""Proposing, deciding, taking back and applying changes of the profile, each step journaled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from haochaping import ids
from haochaping.amending.changes import Change, Draft, State
from haochaping.amending.problems import ChangeIncomplete, ChangeRefused
from haochaping.amending.tables import profile_change
from haochaping.hooks.values import Words
from haochaping.journal import Emit, Event

LONGEST: Final = 500
"""Characters of a reason."""
OPEN_AT_MOST: Final = 100
"""Proposals that may wait at once."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something to a change, when, and why."""

    by: int
    at: datetime
    note: str = ""


def every(conn: Connection) -> tuple[Change, ...]:
    """Return all changes, the newest first; there are a few dozen in the life of a deployment."""
    rows = conn.execute(select(profile_change).order_by(profile_change.c.id.desc()))
    return tuple(_change(row) for row in rows)


def approved(conn: Connection) -> tuple[Change, ...]:
    """Return the changes that stand or will."""
    statement = select(profile_change).where(profile_change.c.state == State.APPROVED.value)
    return tuple(_change(row) for row in conn.execute(statement))


def find(conn: Connection, change_id: int) -> Change | None:
    """Return a change, None when there is none of this id."""
    row = conn.execute(select(profile_change).where(profile_change.c.id == change_id)).first()
    return None if row is None else _change(row)


def propose(conn: Connection, emit: Emit, draft: Draft, act: Act) -> int:
    """Keep a proposal and return its id; nothing changes before a second person approves.

    Whether the profile would be valid is asked before. Raises ChangeIncomplete, ChangeRefused.
    """
    if not draft.reason.strip() or len(draft.reason) > LONGEST:
        raise ChangeIncomplete(_REASON, field="reason")
    if draft.effective_at <= act.at:
        raise ChangeIncomplete(PAST, field="effective")
    _require_room(conn, draft)
    change_id = ids.new_id()
    row = {
        "id": change_id,
        "key": draft.key,
        "value": draft.value,
        "source": dict(draft.source),
        "reason": draft.reason.strip(),
        "effective_at": draft.effective_at,
        "withdraws": draft.withdraws,
        "state": State.PROPOSED.value,
        "proposed_by": act.by,
        "proposed_at": act.at,
    }
    conn.execute(insert(profile_change).values(**row))
    _tell(conn, emit, "proposed", change_id, act)
    return change_id


def decide(conn: Connection, emit: Emit, change_id: int, act: Act, *, approve: bool) -> Change:
    """Approve or refuse a proposal as a second person. Raises ChangeRefused."""
    found = _sure(conn, change_id)
    if found.state is not State.PROPOSED:
        raise ChangeRefused(_DECIDED)
    if found.proposed_by == act.by:
        raise ChangeRefused(_SECOND)
    if approve and found.draft.effective_at <= act.at:
        raise ChangeRefused(_LATE)
    if not approve and not act.note.strip():
        raise ChangeIncomplete(_WHY, field="note")
    state = State.APPROVED if approve else State.REFUSED
    _move(conn, change_id, (State.PROPOSED,), state, act)
    _tell(conn, emit, state.value, change_id, act)
    return found


def drop(conn: Connection, emit: Emit, change_id: int, act: Act) -> None:
    """Take back a change that does not stand yet. Raises ChangeRefused, ChangeIncomplete."""
    found = _sure(conn, change_id)
    if not act.note.strip():
        raise ChangeIncomplete(_WHY, field="note")
    if found.state is State.APPROVED and found.draft.effective_at <= act.at:
        raise ChangeRefused(_STANDS)
    _move(conn, change_id, (State.PROPOSED, State.APPROVED), State.DROPPED, act)
    _tell(conn, emit, "dropped", change_id, act)


def withdraw(
    conn: Connection, emit: Emit, change_id: int, act: Act, approver: int | None = None
) -> None:
    """Take a change back at once, without the console: `act.by` asks for it.

    One that does not stand yet is dropped. One that stands ends now, by a withdrawal that
    `approver`, a second person, approves; it is kept and journaled as if it had been proposed
    there. Raises ChangeRefused, ChangeIncomplete.
    """
    found = _sure(conn, change_id)
    stands = found.state is State.APPROVED and found.draft.effective_at <= act.at
    if not stands:
        drop(conn, emit, change_id, act)
        return
    if found.draft.withdraws is not None:
        raise ChangeRefused(_AN_END)
    if approver is None:
        raise ChangeRefused(_NEEDS_TWO)
    if approver == act.by:
        raise ChangeRefused(_SECOND)
    ending = Draft("", "", {}, act.note, act.at + _SOON, change_id)
    number = propose(conn, emit, ending, act)
    decide(conn, emit, number, Act(approver, act.at, _OFFLINE), approve=True)
    now = update(profile_change).where(profile_change.c.id == number)
    conn.execute(now.values(effective_at=act.at))


def mark_applied(conn: Connection, emit: Emit, at: datetime, digest: str) -> int:
    """Note once for each change that has begun that a process works by it; return how many."""
    rows = profile_change.c
    begun = (
        rows.state == State.APPROVED.value,
        rows.effective_at <= at,
        rows.applied_at.is_(None),
    )
    done = 0
    for change_id in list(conn.execute(select(rows.id).where(*begun)).scalars()):
        statement = update(profile_change).where(rows.id == change_id, *begun)
        if conn.execute(statement.values(applied_at=at, profile_digest=digest)).rowcount:
            told = {"profile_digest": digest}
            emit(conn, Event("profile.applied", f"profile-change:{change_id}", told), at)
            done += 1
    return done


def _require_room(conn: Connection, draft: Draft) -> None:
    """Refuse a proposal too many, and a second end of the same change."""
    rows = profile_change.c
    waiting = select(func.count()).where(rows.state == State.PROPOSED.value)
    if (conn.execute(waiting).scalar() or 0) >= OPEN_AT_MOST:
        raise ChangeRefused(_MANY)
    if draft.withdraws is None:
        return
    alive = (State.PROPOSED.value, State.APPROVED.value)
    again = select(rows.id).where(rows.withdraws == draft.withdraws, rows.state.in_(alive))
    if conn.execute(again).first() is not None:
        raise ChangeRefused(_ENDED)


def _sure(conn: Connection, change_id: int) -> Change:
    statement = select(profile_change).where(profile_change.c.id == change_id).with_for_update()
    row = conn.execute(statement).first()
    if row is None:
        raise ChangeRefused(_UNKNOWN)
    return _change(row)


def _move(
    conn: Connection, change_id: int, before: tuple[State, ...], after: State, act: Act
) -> None:
    rows = profile_change.c
    allowed = [one.value for one in before]
    statement = update(profile_change).where(rows.id == change_id, rows.state.in_(allowed))
    values = {"state": after.value, "decided_by": act.by, "decided_at": act.at}
    note = act.note.strip()[:LONGEST]
    if not conn.execute(statement.values(**values, decision=note)).rowcount:
        raise ChangeRefused(_DECIDED)


def _tell(conn: Connection, emit: Emit, what: str, change_id: int, act: Act) -> None:
    told = {"account_id": act.by}
    emit(conn, Event(f"profile.{what}", f"profile-change:{change_id}", told), act.at)


def _change(row: Any) -> Change:
    draft = Draft(row.key, row.value, row.source, row.reason, row.effective_at, row.withdraws)
    return Change(
        id=row.id,
        draft=draft,
        state=State(row.state),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision=row.decision,
        applied_at=row.applied_at,
        profile_digest=row.profile_digest,
    )


_OFFLINE: Final = "haochaping profile withdraw"
_SOON: Final = timedelta(microseconds=1)
_AN_END: Final = Words(
    "这是一项撤回，不能再撤回；请重新提出变更",
    "This is a withdrawal and cannot be withdrawn: propose the change anew",
)
_NEEDS_TWO: Final = Words(
    "这项变更已经生效，撤回须有第二人批准：--approved-by",
    "This change stands: a second person has to approve its end (--approved-by)",
)
_REASON: Final = Words("请写明变更理由，500 字以内", "Say why, in at most 500 characters")
PAST: Final = Words("生效日期最早是明天", "The first day may be tomorrow or later")
_DECIDED: Final = Words("这项变更已经处理过", "This change has already been dealt with")
_SECOND: Final = Words("须由另一人批准，不能自己提出又自己批准", "Another person has to decide")
_LATE: Final = Words(
    "生效日期已过；请退回，由提出人改期后重新提出",
    "Its first day has passed: refuse it, and let it be proposed anew",
)
_WHY: Final = Words("请写明理由", "Say why")
_STANDS: Final = Words(
    "这项变更已经生效；请提出撤回，由另一人批准",
    "This change stands: propose its withdrawal, which another person approves",
)
_ENDED: Final = Words("已有人提出撤回这项变更", "Its withdrawal has already been proposed")
_MANY: Final = Words("待批准的变更太多，请先处理", "Too many proposals wait: decide them first")
_UNKNOWN: Final = Words("没有这项变更", "There is no such change")
