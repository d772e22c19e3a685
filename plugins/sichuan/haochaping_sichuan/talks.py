"""Formal talks: acknowledged by the unit with its plan, then held and recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from haochaping.doors import subjects
from haochaping.hooks.values import Subject, Words
from haochaping.store.types import from_micros, micros
from haochaping_sichuan.problems import NotComplete, NotInThatState, NotPermitted
from haochaping_sichuan.settling import ACKNOWLEDGED, HELD, NOTIFIED
from haochaping_sichuan.tables import talk

if TYPE_CHECKING:
    from haochaping_sichuan.plugin import Sichuan

READ, SUPERVISE = "figures.unit", "case.supervise"
SHORTEST, LONGEST = 5, 2000
"""Characters of a unit's answer and of the record of a talk."""

STATES: Final = {
    NOTIFIED: Words("已通知，待签收", "Notified"),
    ACKNOWLEDGED: Words("已签收", "Acknowledged"),
    HELD: Words("已约谈", "Held"),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk as its page shows it; names are those of accounts."""

    id: int
    subject: Subject
    period: str
    state: str
    reason: Words
    notified_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    answer: str
    held_at: datetime | None
    record: str
    may_acknowledge: bool
    may_hold: bool

    @property
    def state_words(self) -> Words:
        """The state in words."""
        return STATES[self.state]


def listed(plugin: Sichuan, account_id: int) -> tuple[Talk, ...]:
    """Return the talks that an account may see, the newest first."""
    statement = select(talk).order_by(talk.c.period.desc(), talk.c.id)
    with plugin.services.records.transaction() as conn:
        rows = conn.execute(statement).all()
        units = sorted({row.organization_id for row in rows})
        names = subjects.names(conn, "organization", units)
    may = plugin.services.accounts.may
    reach = {unit: may(account_id, READ, unit) for unit in units}
    lead = {unit: may(account_id, SUPERVISE, unit) for unit in units}
    return tuple(
        _talk(plugin, row, names[row.organization_id], lead[row.organization_id])
        for row in rows
        if row.organization_id in names
        and (reach[row.organization_id] or lead[row.organization_id])
    )


def acknowledge(plugin: Sichuan, number: int, account_id: int, answer: str) -> None:
    """Let the unit acknowledge a talk with what it means to do.

    Raises NotPermitted for who is not of the unit, NotComplete, NotInThatState.
    """
    changes = {
        "state": ACKNOWLEDGED,
        "acknowledged_by": account_id,
        "acknowledged_at": micros(plugin.services.now()),
        "answer": _text(answer),
    }
    _move(plugin, number, NOTIFIED, changes, (account_id, READ))


def hold(plugin: Sichuan, number: int, account_id: int, record: str) -> None:
    """Record that a talk took place. Raises like `acknowledge`."""
    changes = {
        "state": HELD,
        "held_by": account_id,
        "held_at": micros(plugin.services.now()),
        "record": _text(record),
    }
    _move(plugin, number, ACKNOWLEDGED, changes, (account_id, SUPERVISE))


def _move(
    plugin: Sichuan, number: int, wanted: str, changes: dict[str, Any], who: tuple[int, str]
) -> None:
    account_id, permission = who
    found = plugin.services.lookup.one("sichuan_talk", id=number)
    if found is None:
        raise NotInThatState
    unit = int(found["organization_id"])
    accounts = plugin.services.accounts
    outsider = permission == READ and accounts.may(account_id, SUPERVISE, unit)
    if outsider or not accounts.may(account_id, permission, unit):
        raise NotPermitted
    statement = update(talk).where(talk.c.id == number, talk.c.state == wanted).values(**changes)
    with plugin.services.records.transaction() as conn:
        if conn.execute(statement).rowcount != 1:
            raise NotInThatState
    plugin.services.audit(changes["state"], f"talk:{number}", {"account": account_id})


def _talk(plugin: Sichuan, row: Any, subject: Subject, lead: bool) -> Talk:
    by = row.acknowledged_by
    return Talk(
        id=row.id,
        subject=subject,
        period=row.period,
        state=row.state,
        reason=Words(row.reason_zh, row.reason_en),
        notified_at=from_micros(row.notified_at),
        acknowledged_at=_moment(row.acknowledged_at),
        acknowledged_by="" if by is None else plugin.services.accounts.name(by),
        answer=row.answer,
        held_at=_moment(row.held_at),
        record=row.record,
        may_acknowledge=row.state == NOTIFIED and not lead,
        may_hold=row.state == ACKNOWLEDGED and lead,
    )


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else from_micros(stored)


def _text(written: str) -> str:
    text = written.strip()
    if not SHORTEST <= len(text) <= LONGEST:
        raise NotComplete(
            Words(
                f"请写 {SHORTEST} 到 {LONGEST} 个字",
                f"please write {SHORTEST} to {LONGEST} characters",
            )
        )
    return text
