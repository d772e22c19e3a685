"""Printing a receipt again: a new code, and the old one is spent.

A lost or torn slip may be found by somebody else. The reprint is good for one day longer,
which makes its signed code another one; codes up to the old last day no longer count, and
the short code is drawn anew. Devices at the window hold the code for themselves and are
not concerned.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select, update

from haochaping.evaluation.codes import last_day_of
from haochaping.evaluation.invitations import Invitation, Inviter, new_short_code
from haochaping.evaluation.tables import invitation
from haochaping.hooks.values import OccurrenceKey
from haochaping.journal import Emit, Event

VIA = "reprint"


def reissue(
    conn: Connection, inviter: Inviter, emit: Emit, key: OccurrenceKey, at: datetime
) -> Invitation:
    """Return a new invitation of an occurrence; the codes of the one before are spent."""
    before = inviter.issue(conn, key, at, VIA)
    last_day = max(before.last_day, inviter.rules.local_day(at)) + timedelta(days=1)
    values = {
        "short_code": _unused(conn),
        "expires_at": inviter.rules.day_ends(last_day),
        "spent_through": last_day - timedelta(days=1),
    }
    conn.execute(update(invitation).where(*_of(key)).values(values))
    subject = f"occurrence:{key.region}:{key.served_month}:{key.id}"
    emit(conn, Event("invitation.reprinted", subject, {}, key.region), at)
    return inviter.issue(conn, key, at, VIA)


def is_spent(conn: Connection, key: OccurrenceKey, code: str) -> bool:
    """Say whether a verified code has been replaced by a reprint."""
    spent: date | None = conn.execute(
        select(invitation.c.spent_through).where(*_of(key))
    ).scalar_one_or_none()
    return spent is not None and last_day_of(code) <= spent


def _unused(conn: Connection) -> str:
    while True:
        digits = new_short_code()
        taken = select(invitation.c.short_code).where(invitation.c.short_code == digits)
        if conn.execute(taken).first() is None:
            return digits


def _of(key: OccurrenceKey) -> tuple[ColumnElement[bool], ...]:
    return (
        invitation.c.region == key.region,
        invitation.c.served_month == key.served_month,
        invitation.c.occurrence_id == key.id,
    )
