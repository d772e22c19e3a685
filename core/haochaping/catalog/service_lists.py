"""Services of a case or of persons, for people who enter what raters tell them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Connection, Select, or_, select

from haochaping.catalog.tables import SAME_CASE, occurrence, service_case
from haochaping.hooks.values import OccurrenceKey

MOST: Final = 9
"""How many services are listed: a digit chooses one."""


def of_case(conn: Connection, case_no: str) -> tuple[OccurrenceKey, ...]:
    """Return the services of a case, the latest first."""
    return _keys(conn, _services().where(service_case.c.case_no == case_no))


def of_persons(conn: Connection, person_ids: Collection[int]) -> tuple[OccurrenceKey, ...]:
    """Return the services that persons applied for, themselves or by an agent, latest first."""
    wanted = set(person_ids)
    if not wanted:
        return ()
    theirs = or_(service_case.c.person_id.in_(wanted), service_case.c.agent_person_id.in_(wanted))
    return _keys(conn, _services().where(theirs))


def _services() -> Select[Any]:
    return (
        select(occurrence.c.region, occurrence.c.served_month, occurrence.c.id)
        .join(service_case, SAME_CASE)
        .order_by(occurrence.c.created_at.desc(), occurrence.c.no.desc())
        .limit(MOST)
    )


def _keys(conn: Connection, statement: Select[Any]) -> tuple[OccurrenceKey, ...]:
    return tuple(OccurrenceKey(*row) for row in conn.execute(statement))
