"""Reviews: by receipt, once, apart for hall and item, counted a day late, looked at first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from haochaping.hooks.values import Duration, Unit
from haochaping.testing.towns import Role
from haochaping_shanghai.problems import (
    AlreadyReviewed,
    Incomplete,
    NoSuchReview,
    NotNow,
    NotServed,
)
from haochaping_shanghai.reviews import CONTESTED, HALL, HIDDEN, ITEM, PENDING, SHOWN, Given, Wish
from haochaping_shanghai.tables import review

from .shanghai_town import MATTER, OTHER, PLACE, UNIT, Town


def tomorrow(town: Town) -> None:
    town.clock.advance(timedelta(days=1))
    town.plugin.reviews.count()


def states(town: Town, given: Given) -> set[str]:
    return {one.state for one in town.plugin.reviews.of_receipt(given.receipt)}


def test_hall_and_item_are_reviewed_apart(town: Town) -> None:
    town.plugin.reviews.write(town.given(stars=5))
    town.plugin.reviews.write(town.given(stars={HALL: 1}))
    tomorrow(town)
    hall, item = town.plugin.reviews.scores(HALL)[PLACE], town.plugin.reviews.scores(ITEM)[MATTER]
    assert (hall.n, hall.mean) == (2, 3.0)
    assert (item.n, item.mean) == (1, 5.0)


def test_a_mean_of_few_leans_towards_the_mean_of_all(town: Town) -> None:
    for stars in (5, 5, 2):
        town.plugin.reviews.write(town.given(stars={HALL: stars}))
    tomorrow(town)
    found = town.plugin.reviews.scores(HALL)[PLACE]
    assert found.mean == found.weighted == 4.0


def test_nothing_moves_on_the_day_it_is_written(town: Town) -> None:
    given = town.given(text="排队不久")
    town.plugin.reviews.write(given)
    assert town.plugin.reviews.count() == 0
    assert town.plugin.reviews.scores(HALL) == {}
    tomorrow(town)
    assert town.plugin.reviews.scores(HALL)[PLACE].n == 1
    assert town.plugin.reviews.count() == 0
    assert town.plugin.reviews.scores(HALL)[PLACE].n == 1


def test_a_service_is_reviewed_once_and_only_with_its_receipt(town: Town) -> None:
    given = town.given()
    town.plugin.reviews.write(given)
    with pytest.raises(AlreadyReviewed):
        town.plugin.reviews.write(given)
    with pytest.raises(NotServed):
        town.plugin.reviews.write(town.given(receipt="ABCDEFGHJKMN"))


def test_words_are_public_once_a_moderator_has_looked_at_them(town: Town) -> None:
    given = town.given(text="指引很清楚")
    number = town.plugin.reviews.write(given)[0]
    tomorrow(town)
    assert states(town, given) == {PENDING}
    assert town.plugin.reviews.shown(HALL, PLACE, Wish())[0] == ()
    town.plugin.reviews.decide(number, town.account(), show=True, reason="")
    assert [one.text for one in town.plugin.reviews.shown(HALL, PLACE, Wish())[0]] == ["指引很清楚"]


def test_what_is_not_published_has_a_reason_and_another_person_hears_the_objection(
    town: Town,
) -> None:
    given = town.given(text="窗口的王某", stars={HALL: 3})
    (number,) = town.plugin.reviews.write(given)
    tomorrow(town)
    first, second = town.account(), town.account()
    with pytest.raises(Incomplete):
        town.plugin.reviews.decide(number, first, show=False, reason="")
    town.plugin.reviews.decide(number, first, show=False, reason="写有姓名")
    assert states(town, given) == {HIDDEN}
    town.plugin.reviews.object(given.receipt, number, "没有全名")
    assert states(town, given) == {CONTESTED}
    with pytest.raises(NotNow):
        town.plugin.reviews.decide(number, first, show=True, reason="")
    town.plugin.reviews.decide(number, second, show=True, reason="")
    assert states(town, given) == {SHOWN}


def test_only_who_may_moderate_there_does(town: Town) -> None:
    (number,) = town.plugin.reviews.write(town.given(text="说说经过", stars={ITEM: 4}))
    tomorrow(town)
    stranger = town.account(Role.PUBLISHER, organization_id=OTHER)
    assert town.plugin.reviews.waiting(stranger) == ()
    with pytest.raises(NoSuchReview):
        town.plugin.reviews.decide(number, stranger, show=True, reason="")


def test_one_star_with_a_concrete_opinion_becomes_a_case_once(town: Town) -> None:
    given = town.given(stars={ITEM: 1}, text="材料清单前后不一")
    town.plugin.reviews.write(given)
    assert town.plugin.reviews.complete() == 0
    cases = town.seen.cases()
    kinds = [case.origin_kind for case in cases]
    assert kinds.count("opinion") == 1
    own = town.plugin.reviews.of_receipt(given.receipt)[0]
    assert own.case_public_id in {case.public_id for case in cases}


def test_one_star_without_a_concrete_opinion_becomes_none(town: Town) -> None:
    town.plugin.reviews.write(town.given(stars={ITEM: 1}, text="差"))
    assert town.seen.cases() == ()


def test_a_unit_replies_in_line_and_the_writer_adds_to_it(town: Town) -> None:
    given = town.given(stars={HALL: 4}, text="等候区座位少")
    (number,) = town.plugin.reviews.write(given)
    tomorrow(town)
    town.plugin.reviews.decide(number, town.account(), show=True, reason="")
    unit = town.account(Role.HANDLER, organization_id=UNIT)
    assert [one.id for one in town.plugin.reviews.to_answer(unit)] == [number]
    town.plugin.reviews.reply(number, unit, "已增加座位")
    assert town.plugin.reviews.to_answer(unit) == ()
    town.plugin.reviews.add(given.receipt, number, "现在好多了呀")
    assert town.plugin.reviews.of_receipt(given.receipt)[0].follow_up == "现在好多了呀"
    assert states(town, given) == {PENDING}


@pytest.mark.parametrize(
    "wrong",
    [
        {"stars": {}},
        {"stars": {HALL: 6}},
        {"tags": {HALL: ("nonsense",)}},
        {"text": "长" * 501},
    ],
)
def test_what_does_not_fit_is_refused_and_stores_nothing(site: Town, wrong: dict[str, Any]) -> None:
    with pytest.raises(Incomplete):
        site.plugin.reviews.write(site.given(**wrong))
    with site.deployment.store.read() as conn:
        assert conn.execute(select(review)).all() == []


def test_reviews_are_sorted_and_filtered(site: Town) -> None:
    for stars, text in ((5, "很快就办好"), (2, "跑了三趟路"), (3, "还算可以吧")):
        numbers = site.plugin.reviews.write(
            site.given(stars={ITEM: stars}, text=text, tags={ITEM: ("slow",)})
        )
        tomorrow(site)
        for number in numbers:
            site.plugin.reviews.decide(number, site.account(), show=True, reason="")

    def stars_of(**wish: Any) -> list[int]:
        return [one.stars for one in site.plugin.reviews.shown(ITEM, MATTER, Wish(**wish))[0]]

    assert stars_of() == [3, 2, 5]
    assert stars_of(order="lowest") == [2, 3, 5]
    assert stars_of(stars=2) == [2]
    assert stars_of(text="三趟") == [2]
    assert stars_of(text="%") == []
    assert stars_of(tag="slow") == [3, 2, 5]
    assert stars_of(tag="few_papers") == []
    assert site.plugin.reviews.tag_counts(ITEM, MATTER) == {"slow": 3}


def test_hashes_of_senders_are_hints_of_rings_and_erased_in_time(site: Town) -> None:
    for _ in range(3):
        site.plugin.reviews.write(site.given(stars={ITEM: 5}))
    assert site.plugin.reviews.rings(3) == ((ITEM, MATTER, "network", 3),)
    site.clock.advance(timedelta(days=181))
    assert site.plugin.reviews.forget(180) == 3
    assert site.plugin.reviews.forget(180) == 0
    assert site.plugin.reviews.rings(1) == ()


def test_the_profile_lets_no_case_be_handed_back_and_asks_for_contact_the_same_day(
    site: Town,
) -> None:
    rules = site.deployment.profile.rules.rectification
    assert rules.handling.transfer_limit == 0
    assert rules.deadlines["contact"]["simple"].duration == Duration(0, Unit.SAME_DAY)
