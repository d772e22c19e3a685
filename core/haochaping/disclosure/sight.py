"""Who sees which figures: live and exact ones, or shielded snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, func, literal, select

from haochaping.catalog.tables import hall, organization, window
from haochaping.disclosure import epochs
from haochaping.grading import figures
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import Period
from haochaping.profile.rules import DisclosureRules
from haochaping.store.types import Flag


class Audience(StrEnum):
    """Who looks. The public and the rated unit see the same shielded figures."""

    PUBLIC = "public"
    UNIT = "unit"
    SUPERVISOR = "supervisor"


ALWAYS_SHIELDED: Final = ("window", "staff", "item")
"""Kinds whose figures could be told apart customer by customer."""

SOMETIMES_SHIELDED: Final = ("organization", "hall")
"""Kinds that are shielded while they have few windows."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Figures of subjects, and which of them are shielded snapshots."""

    tallies: dict[int, Tally]
    shielded: frozenset[int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Figures asked for: of which subjects, in which period."""

    kind: str
    ids: figures.Ids
    period: Period


def look(
    conn: Connection,
    audience: Audience,
    rules: DisclosureRules,
    wanted: Wanted,
) -> Seen:
    """Return the figures that an audience may see."""
    if audience is Audience.SUPERVISOR or wanted.kind == "region":
        return Seen(figures.of(conn, wanted.kind, wanted.ids, wanted.period), frozenset())
    if wanted.kind in ALWAYS_SHIELDED:
        tallies = epochs.published(conn, wanted.kind, wanted.ids, wanted.period)
        return Seen(tallies, frozenset(tallies))
    return _mixed(conn, rules, wanted)


def small(conn: Connection, kind: str, windows: int) -> frozenset[int]:
    """Return halls or organizations with fewer than so many active windows."""
    owner, column = {
        "hall": (hall, window.c.hall_id),
        "organization": (organization, window.c.organization_id),
    }[kind]
    active = window.c.active == literal(True, Flag())
    statement: Select[Any] = (
        select(owner.c.id)
        .outerjoin(window, (column == owner.c.id) & active)
        .group_by(owner.c.id)
        .having(func.count(window.c.id) < windows)
    )
    return frozenset(conn.execute(statement).scalars())


def _mixed(conn: Connection, rules: DisclosureRules, wanted: Wanted) -> Seen:
    shielded = small(conn, wanted.kind, rules.small_hall_windows)
    live = figures.of(conn, wanted.kind, wanted.ids, wanted.period)
    kept = epochs.published(conn, wanted.kind, wanted.ids, wanted.period)
    tallies = {subject: tally for subject, tally in live.items() if subject not in shielded}
    tallies |= {subject: tally for subject, tally in kept.items() if subject in shielded}
    return Seen(tallies, shielded & tallies.keys())
