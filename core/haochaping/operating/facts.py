"""When something was last done for the deployment, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from haochaping.operating.tables import ops_fact
from haochaping.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was done: its name, when, and what came of it (counts and digests only)."""

    name: str
    at: datetime
    value: Mapping[str, Any]


def note(conn: Connection, name: str, value: Mapping[str, Any], at: datetime) -> None:
    """Write down that something was done; the time before is forgotten."""
    row = {"name": name, "at": at, "value": dict(value)}
    upsert(conn, ops_fact, [row], ["name"], ["at", "value"])


def last(conn: Connection, name: str) -> Fact | None:
    """Return the last time something was done, None when it never was."""
    row = conn.execute(select(ops_fact).where(ops_fact.c.name == name)).one_or_none()
    return None if row is None else Fact(row.name, row.at, row.value)


def named(conn: Connection, beginning: str) -> tuple[Fact, ...]:
    """Return all that was done whose name begins so, by name."""
    mine = ops_fact.c.name.startswith(beginning, autoescape=True)
    found = conn.execute(select(ops_fact).where(mine).order_by(ops_fact.c.name))
    return tuple(Fact(row.name, row.at, row.value) for row in found)
