"""The disclosure timetable as pages show it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from haochaping import publications
from haochaping.hooks.values import Period
from haochaping.messages import N_
from haochaping.profile import vocabulary
from haochaping.profile.rules import Timed
from haochaping.publications import Line, Newest
from haochaping.web import formats
from haochaping.web.i18n import _, words
from haochaping.web.site import site

EVERY: Final = {"month": N_("每月"), "quarter": N_("每季度"), "year": N_("每年")}


def lines(conn: Connection) -> tuple[Line, ...]:
    """Return the timetable as it stands today."""
    today = site().calendar.local_day(site().clock.now())
    return publications.timetable(
        conn, site().profile.rules.disclosure.timetable, today, site().zone
    )


def overdue(conn: Connection) -> tuple[tuple[str, str], ...]:
    """Return what is overdue: where it would be, and a sentence."""
    return tuple((line.href, late(line)) for line in lines(conn) if line.overdue is not None)


def what(timed: Timed) -> str:
    """Return what is published."""
    return words(vocabulary.say(vocabulary.CHOICES, timed.what))


def rule(timed: Timed) -> str:
    """Return how often and until when."""
    if timed.month == 1:
        return _("%(every)s，期满次月 %(day)s 日前", every=_(EVERY[timed.every]), day=timed.day)
    return _(
        "%(every)s，期满后第 %(month)s 个月 %(day)s 日前",
        every=_(EVERY[timed.every]),
        month=timed.month,
        day=timed.day,
    )


def newest(found: Newest | None) -> str:
    """Return what was published last, and when."""
    if found is None:
        return _("还没有公开过")
    return " · ".join(filter(None, (found.period, formats.day(found.at))))


def late(line: Line) -> str:
    """Return what is overdue, empty when nothing is."""
    if line.overdue is None:
        return ""
    return _(
        "%(what)s %(period)s 应于 %(day)s前公开，尚未公开",
        what=what(line.timed),
        period=_period(line.overdue),
        day=formats.day(line.due),
    )


def _period(period: Period) -> str:
    return formats.period(period)
