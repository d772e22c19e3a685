"""Reading the counts: by month, unit, hall, item, hour and reason, within a place.

Every statement reads the rows of some months and one facet, which are as many as there are
combinations of place and item (or hour, or reason) in use, whatever the number of ratings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Select, cast, func, select, true

from haochaping.analysis.tables import COUNTS, HOUR, PLACE, REASON, SHOWN, analysis_count
from haochaping.store.types import Id

KINDS: Final = ("organization", "hall", "item")
"""Kinds of subjects that are compared with themselves."""

Units = Select[Any] | Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Rate:
    """Bad ratings of all ratings."""

    bad: int = 0
    rated: int = 0

    def plus(self, other: Rate) -> Rate:
        """Return both taken together."""
        return Rate(self.bad + other.bad, self.rated + other.rated)


@dataclass(frozen=True, slots=True)
class Within:
    """Which part: organizations (None: all), and one of them, one hall or one item (0: all).

    `shown` reads the counts as the rated units see them.
    """

    organizations: Units = None
    organization: int = 0
    hall: int = 0
    item: int = 0
    shown: bool = False

    @property
    def narrow(self) -> bool:
        """Say whether the place was narrowed by a filter."""
        return bool(self.organization or self.hall or self.item)


NONE: Final = Rate()
Months = Sequence[str]


def totals(conn: Connection, within: Within, months: Months) -> dict[str, Rate]:
    """Return the ratings of each month; every month is there."""
    rows = analysis_count.c
    found = dict.fromkeys(months, NONE)
    statement = _of(within, PLACE, months, rows.month).group_by(rows.month)
    return found | {row[0]: Rate(row[2], row[1]) for row in conn.execute(statement)}


def by_kind(
    conn: Connection, within: Within, months: Months, kind: str
) -> dict[int, dict[str, Rate]]:
    """Return the ratings of each organization, hall or item by month; without any, left out."""
    rows, column = analysis_count.c, analysis_count.c[f"{kind}_id"]
    statement = _of(within, PLACE, months, column, rows.month).where(column != 0)
    found: dict[int, dict[str, Rate]] = {}
    for subject, month, rated, bad in conn.execute(statement.group_by(column, rows.month)):
        if rated:
            found.setdefault(subject, {})[month] = Rate(bad, rated)
    return found


def by_hour(conn: Connection, within: Within, months: Months) -> dict[tuple[int, int], Rate]:
    """Return the ratings by weekday (0 is Monday) and local hour; items are not told apart."""
    rows = analysis_count.c
    statement = _of(within, HOUR, months, rows.value).group_by(rows.value)
    return {
        (int(value[0]), int(value[1:])): Rate(bad, rated)
        for value, rated, bad in conn.execute(statement)
        if rated
    }


def by_reason(conn: Connection, within: Within, months: Months) -> dict[str, dict[str, int]]:
    """Return how often each reason was chosen, by month; the empty code is for none."""
    rows = analysis_count.c
    statement = _of(within, REASON, months, rows.month, rows.value)
    found: dict[str, dict[str, int]] = {month: {} for month in months}
    for month, code, _rated, bad in conn.execute(statement.group_by(rows.month, rows.value)):
        if bad:
            found[month][code] = bad
    return found


def reasons_of(
    conn: Connection, within: Within, months: Months, kind: str
) -> Mapping[int, Mapping[str, int]]:
    """Return how often each reason was chosen, by organization, hall or item."""
    rows, column = analysis_count.c, analysis_count.c[f"{kind}_id"]
    statement = _of(within, REASON, months, column, rows.value).group_by(column, rows.value)
    found: dict[int, dict[str, int]] = {}
    for subject, code, _rated, bad in conn.execute(statement):
        found.setdefault(subject, {})[code] = bad
    return found


def _of(within: Within, facet: str, months: Months, *columns: Column[Any]) -> Select[Any]:
    rows = analysis_count.c
    counts = [rows[name] for name in (SHOWN if within.shown else COUNTS)]
    sums = [cast(func.sum(each), Id()) for each in counts]
    return select(*columns, *sums).where(
        rows.month.in_(list(months)), rows.facet == facet, _inside(within, facet)
    )


def _inside(within: Within, facet: str) -> ColumnElement[bool]:
    rows = analysis_count.c
    condition: ColumnElement[bool] = true()
    if within.organizations is not None:
        condition &= rows.organization_id.in_(within.organizations)
    if within.organization:
        condition &= rows.organization_id == within.organization
    if within.hall:
        condition &= rows.hall_id == within.hall
    if within.item and facet != HOUR:
        condition &= rows.item_id == within.item
    return condition
