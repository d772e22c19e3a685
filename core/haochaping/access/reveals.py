"""The audit trail of looks at unmasked identities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from haochaping.access.tables import reveal
from haochaping.hooks.values import Words
from haochaping.ids import new_id
from haochaping.journal import Event, append
from haochaping.problems import Problem

PURPOSE_MIN: Final = 4
PURPOSE_MAX: Final = 200


class PurposeMissing(Problem):
    """A look without a stated purpose."""

    code = "HCP-PURPOSE-MISSING"
    status = 422
    title = Words("请写明查看身份信息的用途", "Say what you need the identity for")


@dataclass(frozen=True, slots=True)
class Look:
    """Who wants to see whom, what for and for which case."""

    person_id: int
    account_id: int
    purpose: str
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """A look that was taken."""

    id: int
    at: datetime
    look: Look


def record(conn: Connection, look: Look, at: datetime) -> int:
    """Write the audit row and its journal event; return the row's id. Raises PurposeMissing."""
    purpose = " ".join(look.purpose.split())
    if not PURPOSE_MIN <= len(purpose) <= PURPOSE_MAX:
        raise PurposeMissing(
            Words(
                f"用途应为 {PURPOSE_MIN} 至 {PURPOSE_MAX} 个字",
                f"Give a purpose of {PURPOSE_MIN} to {PURPOSE_MAX} characters",
            )
        )
    reveal_id, who = new_id(), {"account_id": look.account_id, "case_id": look.case_id}
    row = who | {"id": reveal_id, "at": at, "person_id": look.person_id, "purpose": purpose}
    conn.execute(insert(reveal).values(row))
    details = who | {"reveal": reveal_id}
    append(conn, [Event("person.revealed", f"person:{look.person_id}", details)], at)
    return reveal_id


def latest(conn: Connection, *, before: int | None = None, limit: int = 50) -> tuple[Looked, ...]:
    """Return the latest looks, a page at a time back from the row id `before`."""
    statement = select(reveal).order_by(reveal.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(reveal.c.id < before)
    return tuple(
        Looked(row.id, row.at, Look(row.person_id, row.account_id, row.purpose, row.case_id))
        for row in conn.execute(statement)
    )
