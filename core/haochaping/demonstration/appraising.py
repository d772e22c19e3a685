"""Appraised months of the demonstration: published ones; quarters and years wait for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

from haochaping.access.principals import Principal
from haochaping.appraisal import stages
from haochaping.appraisal.problems import AppraisalRefused
from haochaping.appraisal.stages import Day
from haochaping.demonstration.services import moment
from haochaping.deployment import Deployment
from haochaping.grading import appraisal as awarding
from haochaping.grading import periods
from haochaping.hooks.values import Period
from haochaping.plugins.references import load

MONTHS: Final = 3
"""Months that are appraised at least; what is still open to objections is not published."""


def play(deployment: Deployment, supervisor: Principal, now: datetime) -> int:
    """Freeze and appraise the newest months, publish every month that may be; return how many.

    Plugins' nightly work is done once, so that what follows from the months is there.
    """
    today = deployment.calendar.local_day(now)
    newest = periods.months_until(periods.last_over(today)[0], MONTHS)
    with deployment.store.read() as conn:
        frozen = [each for each in stages.frozen_periods(conn) if periods.is_month(each)]
    known = {each.name: each for each in (*reversed(frozen), *newest)}
    return appraise(deployment, supervisor, tuple(known.values()), now)


def appraise(
    deployment: Deployment, supervisor: Principal, months: Sequence[Period], now: datetime
) -> int:
    """Take months through freezing, appraisal and publication, as far as `now` allows."""
    shown = deployment.disclosing
    for month in months:
        at = min(now, moment(month.last + timedelta(days=2), time(2, 30), deployment.zone))
        with deployment.store.write() as conn:
            shown.freezer.freeze(conn, month, Day(at, deployment.calendar.local_day(at)))
            due = awarding.is_due(conn, month)
        if due:
            shown.appraiser.appraise(deployment.store, month)
        _publish(deployment, supervisor, month, now)
    for plugin, job in deployment.hooks.contributions("scheduled_jobs"):
        load(job.call)(deployment.hooks.plugin(plugin).plugin, now)
    return len(months)


def _publish(deployment: Deployment, who: Principal, month: Period, now: datetime) -> None:
    with deployment.store.write() as conn:
        try:
            deployment.disclosing.freezer.publish(conn, month, who.account_id, now)
        except AppraisalRefused:
            return  # still open to objections: left for whoever looks at the demonstration
