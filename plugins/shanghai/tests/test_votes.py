"""Votes and the award: one a visitor, few a network, decided by another person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from haochaping.doors.votes import NoVote
from haochaping.testing.towns import Role
from haochaping_shanghai import award
from haochaping_shanghai.problems import NoSuchReview, NotNow
from haochaping_shanghai.reviews import ITEM, Wish
from haochaping_shanghai.votes import AWARD, USEFUL

from .shanghai_town import MATTER, OTHER, UNIT, Town


def shown(town: Town) -> int:
    (number,) = town.plugin.reviews.write(town.given(stars={ITEM: 5}))
    town.clock.advance(timedelta(days=1))
    town.plugin.reviews.count()
    return number


def useful(town: Town) -> int:
    return town.plugin.reviews.shown(ITEM, MATTER, Wish())[0][0].useful


def test_a_visitor_votes_once(town: Town) -> None:
    number = shown(town)
    town.plugin.votes.cast(USEFUL, number, "anna", "net")
    with pytest.raises(NoVote):
        town.plugin.votes.cast(USEFUL, number, "anna", "other")
    assert useful(town) == 1


def test_a_script_that_drops_its_cookies_gets_nowhere(town: Town) -> None:
    number = shown(town)
    with pytest.raises(NoVote):
        town.plugin.votes.cast(USEFUL, number, "", "net")
    for n in range(10):
        try:
            town.plugin.votes.cast(USEFUL, number, f"fresh{n}", "net")
        except NoVote:
            continue
    assert useful(town) == 3


def test_votes_are_forgotten_and_the_count_stays(town: Town) -> None:
    number = shown(town)
    town.plugin.votes.cast(USEFUL, number, "anna", "net")
    town.clock.advance(timedelta(days=181))
    assert town.plugin.votes.forget(180) == 1
    assert useful(town) == 1


def test_a_nomination_is_admitted_by_another_person_and_voted_on(town: Town) -> None:
    unit = town.account(Role.UNIT_LIAISON, organization_id=UNIT)
    with pytest.raises(NoSuchReview):
        town.plugin.award.nominate("标题", "事迹", OTHER, unit)
    number = town.plugin.award.nominate("少填一张表", "合并了三张表", UNIT, unit)
    assert town.plugin.award.of_year(2026, public=True) == ()
    with pytest.raises(NoVote):
        town.plugin.votes.cast(AWARD, number, "anna", "net")
    judge = town.account()
    town.plugin.award.decide(number, judge, award.OPEN)
    town.plugin.votes.cast(AWARD, number, "anna", "net")
    town.plugin.award.decide(number, judge, award.CLOSED)
    with pytest.raises(NoVote):
        town.plugin.votes.cast(AWARD, number, "berta", "net")
    with pytest.raises(NoVote):
        town.plugin.votes.take_back(AWARD, number, "anna")
    assert town.plugin.votes.mine(AWARD, [number], "anna") == {number}
    with pytest.raises(NotNow):
        town.plugin.award.decide(number, judge, award.OPEN)
    assert [one.votes for one in town.plugin.award.of_year(2026, public=True)] == [1]
