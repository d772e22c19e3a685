"""Appeals: filed by the unit, decided outside of it, void only by two people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.profile.following_up import AppealRules
from haochaping.rectification import amendments, appeal_rows, appeals, cases, thread
from haochaping.rectification.appeal_rows import newest
from haochaping.rectification.problems import NeedMissing, NotPermitted, OwnMatter
from haochaping.rectification.tables import case_appeal

from .conftest import STAFF, World, days, reviewer, rules, supervisor, unit_actor


def appealing(world: World):
    return world.do(appeals.file, world.released(world.open()), "mistaken", text="评价对象有误")


def endorsed(world: World):
    return world.do(appeals.endorse, appealing(world), who=reviewer(701), note="材料属实")


def state_of(world: World, case) -> str:
    with world.store.read() as conn:
        return newest(conn, case).state


def test_an_appeal_does_not_stop_the_clock(world: World):
    case = world.released(world.open())
    filed = world.do(appeals.file, case, "mistaken", text="评价对象有误")
    assert filed.state is CaseState.APPEALING
    assert filed.due_at == case.due_at
    world.clock.set(case.due_at)
    world.work()
    assert "reply" in [event["deadline"] for event in world.emit.payloads("deadline.reached")]


def test_its_reason_lies_sealed(world: World):
    case = appealing(world)
    with world.store.read() as conn:
        sealed = conn.execute(select(case_appeal.c.reason_sealed)).scalar_one()
    assert "对象".encode() not in sealed
    assert world.call(appeals.reason, case) == "评价对象有误"


def test_two_reviewers_outside_the_unit_make_the_rating_void(world: World):
    case = endorsed(world)
    assert case.state is CaseState.APPEALING
    closed = world.do(appeals.uphold, case, who=reviewer(702), note="同意")
    assert (closed.state, closed.outcome) == (CaseState.CLOSED, Outcome.VOID)
    upheld = world.emit.payloads("appeal.upheld")[0]
    assert (upheld["first_account_id"], upheld["second_account_id"]) == (701, 702)
    assert upheld["evaluation_id"] == case.evaluation_id
    assert state_of(world, case) == "upheld"


def test_no_rating_is_void_before_its_rater_had_time_to_object(world: World):
    own = AppealRules(hear_for=days(2))
    world.context = replace(world.context, rules=rules(appeals=own))
    silent, spoken = endorsed(world), endorsed(world)
    with pytest.raises(NeedMissing) as refused:
        world.do(appeals.uphold, silent, who=reviewer(702), note="同意")
    assert refused.value.fields["need"] == "heard"
    with world.store.write() as conn:
        given = (world.context, conn, spoken.id, "就是这个窗口", "k1", world.clock.now())
        thread.object_to_appeal(*given)
    assert world.do(appeals.uphold, spoken, who=reviewer(702), note="同意").closed
    world.pass_days(4)
    assert world.do(appeals.uphold, silent, who=reviewer(702), note="同意").closed


def test_the_first_reviewer_cannot_be_the_second(world: World):
    with pytest.raises(NeedMissing) as refused:
        world.do(appeals.uphold, endorsed(world), who=reviewer(701), note="同意")
    assert refused.value.fields["need"] == "second_person"


def test_one_reviewer_alone_makes_nothing_void(world: World):
    with pytest.raises(NeedMissing):
        world.do(appeals.uphold, appealing(world), who=reviewer(701), note="同意")


def test_nobody_of_the_rated_unit_or_its_parts_reviews(world: World):
    case = appealing(world)
    for path in ("/1/10/", "/1/10/11/"):
        with pytest.raises(NeedMissing) as refused:
            world.do(appeals.endorse, case, who=reviewer(703, path), note="同意")
        assert refused.value.fields["need"] == "outside_unit"


def test_the_rated_person_does_not_appeal_in_their_own_matter(world: World):
    own = unit_actor(staff_ids=frozenset({STAFF}))
    with pytest.raises(OwnMatter):
        world.do(appeals.file, world.released(world.open()), "mistaken", text="误评", who=own)


def test_a_supervisor_does_not_review_without_the_permission(world: World):
    with pytest.raises(NotPermitted):
        world.do(appeals.endorse, appealing(world), who=supervisor(), note="同意")


def test_a_rejected_appeal_goes_back_to_the_unit_and_is_the_only_one(world: World):
    case = world.do(appeals.reject, appealing(world), who=reviewer(), note="证据不足")
    assert case.state is CaseState.VERIFYING
    assert state_of(world, case) == "rejected"
    with pytest.raises(NeedMissing) as refused:
        world.do(appeals.file, case, "malicious", text="再次申诉")
    assert refused.value.fields["need"] == "first_appeal"


def test_an_endorsed_appeal_is_not_endorsed_again(world: World):
    with pytest.raises(NeedMissing):
        world.do(appeals.endorse, endorsed(world), who=reviewer(702), note="同意")


def test_an_appeal_says_what_is_wrong_in_one_of_two_words(world: World):
    with pytest.raises(ValueError, match="mistaken, malicious"):
        world.do(appeals.file, world.released(world.open()), "unfair", text="不公")


def test_an_appeal_that_nobody_needs_any_more_is_dropped(world: World):
    case = endorsed(world)
    world.call(cases.close_by_system, case, "withdraw", world.clock.now())
    assert state_of(world, case) == "dropped"


def test_without_an_appeal_there_is_no_reason(world: World):
    assert world.call(appeals.reason, world.open()) == ""


def test_the_rating_that_becomes_void_afterwards_changes_nothing_more(world: World):
    event = world.rate(1)
    case = world.released(world.follow(amendments.review_case, event))
    filed = world.do(appeals.file, case, "mistaken", text="误评")
    first = world.do(appeals.endorse, filed, who=reviewer(701), note="属实")
    closed = world.do(appeals.uphold, first, who=reviewer(702), note="属实")
    again = world.follow(amendments.close_as_void, world.mark(event, "void"))
    assert again == closed


def test_an_appeal_comes_in_time_and_has_a_day_of_decision(world: World) -> None:
    within = AppealRules(days(2), days(5))
    world.context = replace(world.context, rules=rules(appeals=within))
    case = world.do(cases.take_up, world.released(world.open()))
    filed = world.do(appeals.file, case, "outside_remit", text="已书面引导到外省系统")
    with world.store.read() as conn:
        found = appeal_rows.newest(conn, filed)
    assert found is not None
    assert found.due_at is not None
    assert found.due_at > filed.opened_at
    late = world.do(cases.take_up, world.released(world.open()))
    world.pass_days(4)
    with pytest.raises(NeedMissing) as refusal:
        world.do(appeals.file, late, "mistaken", text="误评")
    assert refusal.value.fields["need"] == "appeal_in_time"
