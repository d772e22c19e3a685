"""Periods to choose from, newest first, and what they are called."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import Connection

from haochaping.grading import figures, periods
from haochaping.hooks.values import Period
from haochaping.web import formats
from haochaping.web.i18n import _
from haochaping.web.public.contexts import Option

MONTHS: Final = 36
"""Months offered at most; older ones are reached by their address."""

Groups = tuple[tuple[str, tuple[Option, ...]], ...]


def period_label(period: Period) -> str:
    """Return a period as people call it: a day, a month, a quarter or a year."""
    return formats.period(period)


def period_options(conn: Connection, chosen: Period, today: date) -> Groups:
    """Return months and years with figures, grouped; the chosen period is always there."""
    months = counted_months(conn, today)
    years = list(dict.fromkeys(periods.of_year(month.first) for month in months))
    known = {each.name for each in (*months, *years)}
    other = [] if chosen.name in known else [chosen]
    groups = ((_("按月"), months), (_("按年"), years), (_("所选时期"), other))
    return tuple(
        (title, tuple(_option(each, chosen) for each in group)) for title, group in groups if group
    )


def counted_months(conn: Connection, today: date) -> list[Period]:
    """Return the months with figures, newest first, the running one included."""
    keys = figures.lifetime(conn, today).keys[-MONTHS:]
    return [periods.parse(key) for key in reversed(keys)]


def _option(period: Period, chosen: Period) -> Option:
    return Option(period.name, period_label(period), period.name == chosen.name)
