"""What happened to a case, in order: written with every change, read by its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from haochaping.ids import new_id
from haochaping.rectification.records import Case
from haochaping.rectification.tables import case_event


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a case's history.

    kind: an action of the machine, or `opened`, `planned`, `deadline`, `rescheduled`,
    `rating_changed`, `released`. `note` is for staff only, `public_note` for the rater.
    """

    at: datetime
    kind: str
    account_id: int | None = None
    from_state: str | None = None
    to_state: str | None = None
    note: str = ""
    public_note: str = ""
    details: Mapping[str, Any] | None = None


def record(conn: Connection, case: Case, entry: Entry) -> None:
    """Write a line into the case's history; texts of the rater never go there."""
    conn.execute(
        insert(case_event).values(
            id=new_id(),
            region=case.region,
            case_id=case.id,
            at=entry.at,
            kind=entry.kind,
            account_id=entry.account_id,
            from_state=_plain(entry.from_state),
            to_state=_plain(entry.to_state),
            note=entry.note or None,
            public_note=entry.public_note or None,
            details=None if entry.details is None else dict(entry.details),
        )
    )


def timeline(conn: Connection, case: Case) -> tuple[Entry, ...]:
    """Return the case's history, oldest first."""
    statement = (
        select(*(case_event.c[name] for name in Entry.__slots__))
        .where(case_event.c.case_id == case.id)
        .order_by(case_event.c.id)
    )
    return tuple(_entry(dict(row)) for row in conn.execute(statement).mappings())


def _plain(state: str | None) -> str | None:
    return None if state is None else str(state)


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(**{**row, "note": row["note"] or "", "public_note": row["public_note"] or ""})
