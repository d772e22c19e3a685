"""Cases that are open now, in every band of urgency: on which days their ratings came in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from haochaping.demonstration.services import moment
from haochaping.deployment import Deployment
from haochaping.rectification.opening import SIMPLE
from haochaping.rectification.plans import own_plan
from haochaping.rectification.schedule import reply_of, timers
from haochaping.worktime import Band

RATED_AT: Final = time(12, 0)
_LOOK_BACK: Final = 60

WANTED: Final[Mapping[Band, tuple[str, ...]]] = {
    Band.OVERDUE: ("untouched", "under_way"),
    Band.TODAY: ("taken_up", "under_way"),
    Band.SOON: ("under_way", "answered", "untouched"),
    Band.NORMAL: ("untouched", "taken_up", "under_way", "appealing"),
}
"""Stories of cases that stay open, by how urgent they are to be now."""


def staged(deployment: Deployment, now: datetime) -> Mapping[date, list[str]]:
    """Return the fates to be met on past days, so that every band that can occur does occur.

    A band that no working day leads to is left out, as "due today" on a Sunday.
    """
    days: dict[Band, list[date]] = {}
    for day, band in _bands(deployment, now):
        days.setdefault(band, []).append(day)
    found: dict[date, list[str]] = {}
    for band, fates in WANTED.items():
        for number, fate in enumerate(fates if band in days else ()):
            found.setdefault(days[band][number % len(days[band])], []).append(fate)
    return found


def _bands(deployment: Deployment, now: datetime) -> Iterator[tuple[date, Band]]:
    """Yield past working days, the latest first, with how urgent a rating of then is now."""
    calendar, context = deployment.calendar, deployment.rectification
    today, plan = calendar.local_day(now), own_plan(context.rules, SIMPLE)
    for back in range(1, _LOOK_BACK):
        day = today - timedelta(days=back)
        if not calendar.is_workday(day):
            continue
        start = moment(day, RATED_AT, calendar.zone)
        due = reply_of(timers(context, plan, start, "opened"))
        if due is not None:
            yield day, calendar.remaining(now, due.due_at).band
