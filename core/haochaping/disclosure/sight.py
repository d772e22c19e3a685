"""Who sees which figures: live and exact ones, or shielded snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, literal, select

from haochaping.catalog.tables import hall, organization, window
from haochaping.disclosure import epochs
from haochaping.grading import figures, periods
from haochaping.hooks.grading import Tally
from haochaping.hooks.values import Period
from haochaping.profile.rules import DisclosureRules
from haochaping.store.types import Flag, Id


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


def monthly(conn: Connection, rules: DisclosureRules, kind: str, period: Period) -> dict[str, Seen]:
    """Return what the public sees of all subjects of a kind in each whole month of a period.

    The same as `look` for one month after the other, in as many statements as one takes.
    """
    keys = [month.name for month in periods.months_of(period)]
    kept = epochs.monthly(conn, kind, keys)
    if kind in ALWAYS_SHIELDED:
        return {key: Seen(tallies, frozenset(tallies)) for key, tallies in kept.items()}
    shielded = small(conn, kind, rules.small_hall_windows)
    live: dict[str, dict[int, Tally]] = {key: {} for key in keys}
    for subject, parts in figures.split(conn, kind, None, period, "month").items():
        for key, tally in parts.items():
            if key in live:
                live[key][subject] = tally
    return {key: _merged(live[key], kept[key], shielded) for key in keys}


def small(conn: Connection, kind: str, windows: int) -> frozenset[int]:
    """Return halls or organizations with fewer than so many active windows."""
    return frozenset(conn.execute(_small(kind), {"windows": windows}).scalars())


@cache
def _small(kind: str) -> Select[Any]:
    """Return the statement of `small`, made once."""
    owner, column = {
        "hall": (hall, window.c.hall_id),
        "organization": (organization, window.c.organization_id),
    }[kind]
    active = window.c.active == literal(True, Flag())
    return (
        select(owner.c.id)
        .outerjoin(window, (column == owner.c.id) & active)
        .group_by(owner.c.id)
        .having(func.count(window.c.id) < bindparam("windows", type_=Id()))
    )


def _mixed(conn: Connection, rules: DisclosureRules, wanted: Wanted) -> Seen:
    shielded = small(conn, wanted.kind, rules.small_hall_windows)
    live = figures.of(conn, wanted.kind, wanted.ids, wanted.period)
    kept = epochs.published(conn, wanted.kind, wanted.ids, wanted.period)
    return _merged(live, kept, shielded)


def _merged(live: Mapping[int, Tally], kept: Mapping[int, Tally], shielded: frozenset[int]) -> Seen:
    tallies = {subject: tally for subject, tally in live.items() if subject not in shielded}
    tallies |= {subject: tally for subject, tally in kept.items() if subject in shielded}
    return Seen(tallies, shielded & tallies.keys())
