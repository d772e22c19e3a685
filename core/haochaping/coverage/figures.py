"""Reading the ledger: by window and channel, by subject, within regions and units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, cast, func, select, true

from haochaping.coverage.tables import COUNTS, coverage
from haochaping.hooks.values import Period
from haochaping.store.types import Id


@dataclass(frozen=True, slots=True)
class Covered:
    """Counts of services: received, offered an evaluation, rated by people, default-rated."""

    served: int = 0
    offered: int = 0
    rated: int = 0
    assumed: int = 0

    @property
    def gap(self) -> int:
        """Services whose visitor was never offered an evaluation."""
        return self.served - self.offered


@dataclass(frozen=True, slots=True)
class Line:
    """The coverage of one window and service channel; 0 stands for none."""

    organization_id: int
    hall_id: int
    window_id: int
    channel: str
    covered: Covered


@dataclass(frozen=True, slots=True)
class Within:
    """Which part of the ledger: counties and organizations, None for all."""

    counties: Select[Any] | Sequence[str] | None = None
    organizations: Select[Any] | Sequence[int] | None = None


ALL: Final = Within()
_SUBJECTS: Final[Mapping[str, ColumnElement[int]]] = {
    "region": cast(coverage.c.region, Id()),
    "organization": coverage.c.organization_id,
    "hall": coverage.c.hall_id,
    "window": coverage.c.window_id,
}
"""Kinds of subjects the ledger knows."""


def lines(conn: Connection, period: Period, within: Within = ALL) -> tuple[Line, ...]:
    """Return the coverage by organization, hall, window and channel, in that order."""
    rows = coverage.c
    place = (rows.organization_id, rows.hall_id, rows.window_id, rows.channel)
    query = select(*place, *_sums()).where(_in(period), _inside(within))
    found = conn.execute(query.group_by(*place).order_by(*place))
    return tuple(_line(row) for row in found if row.served)


def of(conn: Connection, kind: str, ids: Sequence[int], period: Period) -> dict[int, Covered]:
    """Return the coverage of subjects; those of a kind that the ledger lacks are left out."""
    subject = _SUBJECTS.get(kind)
    if subject is None or not ids:
        return {}
    query = select(subject, *_sums()).where(_in(period), subject.in_(ids)).group_by(subject)
    return {row[0]: _covered(row) for row in conn.execute(query)}


def _line(row: Any) -> Line:
    return Line(row.organization_id, row.hall_id, row.window_id, row.channel, _covered(row))


def _covered(row: Any) -> Covered:
    return Covered(row.served, row.offered, row.rated, row.assumed)


def add_up(parts: Sequence[Covered]) -> Covered:
    """Return the sum of counts."""
    return Covered(*(sum(getattr(one, name) for one in parts) for name in COUNTS))


def _sums() -> list[ColumnElement[int]]:
    return [cast(func.sum(coverage.c[name]), Id()).label(name) for name in COUNTS]


def _in(period: Period) -> ColumnElement[bool]:
    return coverage.c.day.between(period.first, period.last)


def _inside(within: Within) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = true()
    if within.counties is not None:
        condition &= coverage.c.region.in_(within.counties)
    if within.organizations is not None:
        condition &= coverage.c.organization_id.in_(within.organizations)
    return condition
