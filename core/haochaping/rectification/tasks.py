"""Tasks of partners in joint handling (会办), as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select, update

from haochaping.catalog.tables import organization, region
from haochaping.rectification.actors import Actor
from haochaping.rectification.records import Case
from haochaping.rectification.tables import case_joint, rectification_case
from haochaping.store.upsert import insert_or_ignore

NAMED, OPEN, DONE, DROPPED = "named", "open", "done", "dropped"


@dataclass(frozen=True, slots=True)
class Task:
    """What a partner is asked to do. `named`: a partner by route, without a task yet."""

    organization_id: int
    path: str
    task: str | None
    due_at: datetime | None
    asked_by: int | None
    asked_at: datetime | None
    state: str
    result: str | None
    done_by: int | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task in a partner's queue."""

    public_id: str
    organization_id: int
    item_id: int | None
    staff_id: int | None
    task: str
    due_at: datetime


_COLUMNS: Final = tuple(
    organization.c.path if name == "path" else case_joint.c[name] for name in Task.__slots__
)


def tasks_of(conn: Connection, case: Case) -> tuple[Task, ...]:
    """Return the partners of a case with their tasks, in the order of their codes."""
    statement = (
        select(*_COLUMNS)
        .join(organization, organization.c.id == case_joint.c.organization_id)
        .where(case_joint.c.case_id == case.id)
        .order_by(organization.c.code)
    )
    return tuple(Task(**row) for row in conn.execute(statement).mappings())


def own(conn: Connection, case: Case, actor: Actor) -> Task | None:
    """Return the open task of the actor's own unit, None without any."""
    found = (one for one in tasks_of(conn, case) if one.state == OPEN and actor.within(one.path))
    return next(found, None)


def put(conn: Connection, case: Case, organization_id: int, **values: Any) -> None:
    """Write a partner's task; a partner has one at a time in a case."""
    key = {"region": case.region, "case_id": case.id, "organization_id": organization_id}
    insert_or_ignore(conn, case_joint, [{**key, "state": NAMED}])
    statement = update(case_joint).where(
        case_joint.c.case_id == case.id, case_joint.c.organization_id == organization_id
    )
    conn.execute(statement.values(**values))


def open_tasks(
    conn: Connection, seen: ColumnElement[bool], limit: int = 100
) -> tuple[OpenTask, ...]:
    """Return the open tasks of the partners that `seen` keeps, the most urgent first.

    :param seen: a condition of `access.visible` over the partner's `organization.path`.
    """
    cases, joint = rectification_case.c, case_joint.c
    statement = (
        select(
            cases.public_id,
            joint.organization_id,
            cases.item_id,
            cases.staff_id,
            joint.task,
            joint.due_at,
        )
        .select_from(case_joint)
        .join(rectification_case, (cases.region == joint.region) & (cases.id == joint.case_id))
        .join(organization, organization.c.id == joint.organization_id)
        .join(region, region.c.code == cases.region, isouter=True)
        .where(joint.state == OPEN, cases.closed_at.is_(None), seen)
        .order_by(joint.due_at, joint.case_id)
        .limit(limit)
    )
    return tuple(OpenTask(**row) for row in conn.execute(statement).mappings())
