"""Checks of what is published: nothing of the timetable is overdue, no bulletin is late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import Connection

from haochaping import publications
from haochaping.bulletins import kept, working
from haochaping.bulletins.content import period_words
from haochaping.bulletins.kept import State
from haochaping.bulletins.rules import BulletinRules, Edition
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
        outlet = line.timed.outlet
        days = (today - line.due).days
        yield warning(
            f"{what.zh}（{line.overdue.name}）应于 {line.due} 前在{outlet.zh}公开，"
            f"已逾期 {days} 天；公开后见 {line.href}",
            f"{what.into('en')} for {line.overdue.name} was due on {line.due}"
            f" ({outlet.into('en')}), {days} days ago; it appears at {line.href}",
        )


def _bulletins(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    rules = BulletinRules.of(deployment.profile)
    today = deployment.calendar.local_day(deployment.clock.now())
    for wanted in working.late(conn, rules, today):
        when, edition = period_words(wanted.period), _EDITIONS[wanted.edition]
        due = rules.last_day(wanted.period)
        there = kept.newest(conn, wanted.period, wanted.edition)
        state = _NONE if there is None else _STATES.get(there.state, _NONE)
        yield warning(
            f"{when.zh}通报（{edition.zh}）应于 {due} 前发布，已逾期 {(today - due).days} 天；"
            f"目前：{state.zh}",
            f"the bulletin of {when.into('en')} ({edition.into('en')}) was due on {due},"
            f" {(today - due).days} days ago; it is: {state.into('en')}",
        )


_EDITIONS: Final[Mapping[Edition, Words]] = {
    Edition.INTERNAL: Words("内部版", "internal"),
    Edition.PUBLIC: Words("公开版", "public"),
}
_NONE: Final = Words("还没有草稿", "not drafted")
_STATES: Final[Mapping[State, Words]] = {
    State.DRAFT: Words("草稿，未提交", "a draft, not submitted"),
    State.SUBMITTED: Words("已提交，待批准", "submitted, not approved"),
    State.APPROVED: Words("已批准，待发布", "approved, not issued"),
    State.WITHDRAWN: Words("已撤回", "withdrawn"),
}

CHECKS: Final = (
    Check(
        "timetable",
        Words("公开时间表是对公众的承诺", "the timetable is a promise to the public"),
        Words(
            "补做并公开所缺的一期：榜单由 worker 在月末后封存，"
            "开放数据用 haochaping open-data make，"
            "通报、考核和典型案例在工作台相应页面；不再公开的从 disclosure.timetable 中删去",
            "publish what is missing: the worker closes boards after the month, open data is made"
            " by haochaping open-data make, bulletins, appraisal and typical cases on their pages"
            " of the console; take out of disclosure.timetable what is not published any more",
        ),
        _timetable,
    ),
    Check(
        "bulletins",
        Words("通报过了最迟发布日", "a bulletin is later than the profile promises"),
        Words(
            "在工作台“通报”提交、批准并发布；没有草稿的先运行 haochaping bulletin 时期",
            "submit, approve and issue it on the console's page of bulletins; where there is no"
            " draft, run haochaping bulletin PERIOD first",
        ),
        _bulletins,
    ),
)
