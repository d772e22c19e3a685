"""Extensions as they are stored: asked for, then granted or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from haochaping.ids import new_id
from haochaping.rectification.records import Case
from haochaping.rectification.tables import case_extension

ASKED, GRANTED, REFUSED = "asked", "granted", "refused"


@dataclass(frozen=True, slots=True)
class Extension:
    """More time that a unit asked for, counted from the due day."""

    id: int
    round: int
    count: int
    unit: str
    reason: str
    asked_by: int
    asked_at: datetime
    state: str
    decided_by: int | None
    decided_at: datetime | None


_COLUMNS: Final = tuple(case_extension.c[name] for name in Extension.__slots__)


def add(conn: Connection, case: Case, **values: Any) -> None:
    """Store a request."""
    own = {"id": new_id(), "region": case.region, "case_id": case.id, "round": case.round}
    conn.execute(insert(case_extension).values(**own, state=ASKED, **values))


def waiting(conn: Connection, case: Case) -> Extension | None:
    """Return the request of the running round that nobody has decided, None without any."""
    found = [one for one in of_case(conn, case) if one.state == ASKED and one.round == case.round]
    return found[-1] if found else None


def of_case(conn: Connection, case: Case) -> tuple[Extension, ...]:
    """Return all requests of a case, oldest first."""
    owner = case_extension.c
    statement = select(*_COLUMNS).where(owner.case_id == case.id).order_by(owner.id)
    return tuple(Extension(**row) for row in conn.execute(statement).mappings())


def decide(conn: Connection, extension_id: int, state: str, by: int, at: datetime) -> None:
    """Store how a request was decided."""
    statement = update(case_extension).where(case_extension.c.id == extension_id)
    conn.execute(statement.values(state=state, decided_by=by, decided_at=at))
