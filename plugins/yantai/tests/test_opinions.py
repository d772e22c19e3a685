"""Opinions: structured, many a day, cases with the jurisdiction's deadlines, what came of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from haochaping_yantai.opinions import Said
from haochaping_yantai.problems import Incomplete, NotNow
from haochaping_yantai.tables import opinion

from .yantai_town import UNIT, Town


def said(**changes: Any) -> Said:
    values: dict[str, Any] = {
        "organization_id": UNIT,
        "topic": "process",
        "text": "变更和备案希望一次办完",
        "grade": None,
        "as_case": False,
    }
    return Said(**{**values, **changes})


def count(town: Town, table: Any) -> int:
    with town.deployment.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def test_an_opinion_becomes_a_case_with_the_profiles_deadline(town: Town) -> None:
    who = town.account()
    number = town.held(who)
    town.plugin.opinions.record(number, said(as_case=True), who)
    [case] = town.seen.cases()
    assert case.origin_kind == "opinion"
    assert case.due_at > town.clock.now()
    town.clock.advance(timedelta(days=1))
    found = town.plugin.opinions.of_event(number)[0]
    assert found.case_public_id == case.public_id
    assert found.progress is not None
    assert found.progress.state == "verifying"
    assert found.progress.due_day == case.due_day


def test_opinions_never_enter_the_rates(town: Town) -> None:
    who = town.account()
    number = town.held(who)
    for grade in (1, 5, None):
        town.plugin.opinions.record(number, said(grade=grade), who)
    assert [one.kind for one in town.seen.opinions()] == ["event"] * 3


def test_an_opinion_that_a_stop_cut_off_is_handed_on_once(town: Town) -> None:
    who = town.account()
    number = town.held(who)
    own = town.plugin.opinions.record(number, said(as_case=True), who)
    with town.deployment.store.write() as conn:
        cut = {"opinion_id": None, "case_public_id": "?"}
        conn.execute(update(opinion).where(opinion.c.id == own).values(cut))
    assert town.plugin.opinions.complete() == 1
    assert town.plugin.opinions.complete() == 0
    assert (len(town.seen.opinions()), len(town.seen.cases())) == (1, 1)
    assert town.plugin.opinions.of_event(number)[0].case_public_id not in ("", "?")


def test_an_answer_given_at_once_is_what_came_of_it(town: Town) -> None:
    who = town.account()
    number = town.held(who)
    own = town.plugin.opinions.record(number, said(), who)
    town.plugin.opinions.answer(own, "已采纳", who)
    assert town.plugin.opinions.of_event(number)[0].outcome == "已采纳"


@pytest.mark.parametrize(
    "wrong", [{"topic": "weather"}, {"text": ""}, {"grade": 6}, {"organization_id": 999}]
)
def test_an_incomplete_opinion_is_refused_and_stores_nothing(
    site: Town, wrong: dict[str, Any]
) -> None:
    who = site.account()
    number = site.held(who)
    with pytest.raises(Incomplete):
        site.plugin.opinions.record(number, said(**wrong), who)
    assert count(site, opinion) == 0


def test_opinions_are_written_down_once_the_event_was_held(site: Town) -> None:
    who = site.account()
    with pytest.raises(NotNow):
        site.plugin.opinions.record(site.opened(who), said(), who)
