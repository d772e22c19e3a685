"""Appeals as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update

from haochaping.rectification.records import Case
from haochaping.rectification.tables import case_appeal, case_message

FILED, ENDORSED, UPHELD, REJECTED, DROPPED = "filed", "endorsed", "upheld", "rejected", "dropped"
PENDING: Final = (FILED, ENDORSED)
OBJECTION: Final = "objection"
"""The kind of a message in which the rater objects."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal of the rated unit; its reason lies sealed and is opened by `appeals.reason`."""

    id: int
    case_id: int
    kind: str
    state: str
    filed_at: datetime
    filed_by: int
    endorsed_by: int | None
    endorsed_at: datetime | None
    decided_by: int | None
    decided_at: datetime | None
    decision: str | None
    reason_sealed: bytes
    reason_key_id: int | None
    due_at: datetime | None = None


def newest(conn: Connection, case: Case) -> Appeal | None:
    """Return the newest appeal in a case, None without any."""
    statement = (
        select(*(case_appeal.c[name] for name in Appeal.__slots__))
        .where(case_appeal.c.case_id == case.id)
        .order_by(case_appeal.c.id.desc())
        .limit(1)
    )
    row = conn.execute(statement).mappings().one_or_none()
    return None if row is None else Appeal(**row)


def objected(conn: Connection, case: Case) -> bool:
    """Say whether the rater has said anything against the appeal."""
    mine = case_message.c.case_id == case.id, case_message.c.kind == OBJECTION
    return conn.execute(select(case_message.c.id).where(*mine).limit(1)).first() is not None


def change(conn: Connection, appeal_id: int, **values: Any) -> None:
    """Write how an appeal went on; its reason is never touched."""
    conn.execute(update(case_appeal).where(case_appeal.c.id == appeal_id).values(**values))


def drop_pending(conn: Connection, case: Case, at: datetime) -> None:
    """End an appeal that nobody needs to decide any more."""
    statement = (
        update(case_appeal)
        .where(case_appeal.c.case_id == case.id, case_appeal.c.state.in_(PENDING))
        .values(state=DROPPED, decided_at=at)
    )
    conn.execute(statement)
