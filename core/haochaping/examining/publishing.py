"""Checks of what is published: nothing of the profile's timetable is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from haochaping import publications
from haochaping.deployment import Deployment
from haochaping.examining.findings import Check, Found, warning
from haochaping.hooks.values import Words
from haochaping.profile import vocabulary


def _timetable(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    lines = deployment.profile.rules.disclosure.timetable
    today = deployment.calendar.local_day(deployment.clock.now())
    for line in publications.overdue(conn, lines, today, deployment.zone):
        assert line.overdue is not None
        what = vocabulary.say(vocabulary.CHOICES, line.timed.what)
        yield warning(
            f"{what.zh}（{line.overdue.name}）应于 {line.due} 前公开，尚未公开",
            f"{what.into('en')} for {line.overdue.name} was due on {line.due}",
        )


CHECKS: Final = (
    Check(
        "timetable",
        Words("公开时间表是对公众的承诺", "the timetable is a promise to the public"),
        Words(
            "公开所缺的一期",
            "publish what is missing",
        ),
        _timetable,
    ),
)
