"""A rating that is changed after it was bad: what its case does, and what it leaves to people."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.rectification import cases, contacts, replies
from haochaping.rectification.amendments import close_as_void, review_case
from haochaping.rectification.opening import open_for_evaluation
from haochaping.rectification.problems import NeedMissing
from haochaping.rectification.tables import rectification_case

from .conftest import World, supervisor
from .test_cases import replied


def opened(world: World):
    event = world.rate(1)
    return event, world.follow(open_for_evaluation, event)


def contacted(world: World):
    event, case = opened(world)
    case = world.do(contacts.contact, world.released(case), by="phone", reached=True)
    return event, case


def test_a_rating_made_good_before_any_contact_ends_its_case(world: World):
    event, _ = opened(world)
    case = world.follow(review_case, world.amend(event, 5))
    assert (case.state, case.outcome) == (CaseState.CLOSED, Outcome.WITHDRAWN)


def test_a_rating_withdrawn_before_any_contact_ends_its_case(world: World):
    event, _ = opened(world)
    case = world.follow(review_case, world.mark(event, "withdrawn"))
    assert case.outcome is Outcome.WITHDRAWN


def test_after_the_units_contact_nothing_closes_by_itself(world: World):
    event, _ = contacted(world)
    case = world.follow(review_case, world.amend(event, 5))
    assert case.state is CaseState.OPENED
    assert case.confirm == "amended"
    assert not case.closed


def test_the_supervisors_side_confirms_a_changed_rating(world: World):
    event, _ = contacted(world)
    case = world.follow(review_case, world.mark(event, "withdrawn"))
    closed = world.do(
        lambda *a: cases.move(a[0], a[1], "confirm_withdrawal", a[2]), case, who=supervisor()
    )
    assert (closed.outcome, closed.confirm) == (Outcome.WITHDRAWN, None)


def test_without_a_changed_rating_there_is_nothing_to_confirm(world: World):
    _, case = contacted(world)
    with pytest.raises(NeedMissing):
        world.do(
            lambda *a: cases.move(a[0], a[1], "confirm_withdrawal", a[2]), case, who=supervisor()
        )


def test_a_reply_is_a_contact_as_well(world: World):
    event, case = opened(world)
    case = world.released(case)
    case = world.do(cases.rectify, world.do(cases.take_up, case))
    for _ in range(3):
        case = world.do(contacts.contact, case, by="phone", reached=False)
    world.do(replies.reply, case, text="已整改。")
    assert world.follow(review_case, world.amend(event, 4)).confirm == "amended"


def test_a_good_rating_made_bad_opens_the_one_case_from_that_moment(world: World):
    event = world.rate(5)
    assert world.follow(review_case, event) is None
    world.pass_days(1)
    case = world.follow(review_case, world.amend(event, 2))
    assert case.opened_at == world.clock.now()
    assert case.origin_id == int(event.subject.rpartition(":")[2])


def test_bad_stays_bad_keeps_the_case_and_its_dates(world: World):
    event, case = opened(world)
    again = world.follow(review_case, world.amend(event, 2))
    assert (again.id, again.grade, again.due_at) == (case.id, 2, case.due_at)
    assert again.evaluation_id != case.evaluation_id


def test_bad_good_bad_is_still_one_case_started_again(world: World):
    event, case = opened(world)
    better = world.amend(event, 5)
    world.follow(review_case, better)
    world.pass_days(2)
    again = world.follow(review_case, world.amend(better, 1))
    assert (again.id, again.state, again.round) == (case.id, CaseState.OPENED, 1)
    assert again.first_due_at == again.due_at > case.due_at
    with world.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(rectification_case)).scalar() == 1


def test_an_amended_rating_that_is_held_moves_nothing(world: World):
    event, case = opened(world)
    assert world.follow(review_case, world.amend(event, 5, status="held")) is None
    assert not world.now(case).closed


def test_a_void_rating_ends_its_case_as_void(world: World):
    event, _ = opened(world)
    case = world.follow(close_as_void, world.mark(event, "void"))
    assert case.outcome is Outcome.VOID
    assert world.follow(close_as_void, event) == case


def test_an_excluded_rating_ends_its_case_as_void(world: World):
    event, _ = opened(world)
    assert world.follow(review_case, world.mark(event, "excluded")).outcome is Outcome.VOID


def test_an_answered_case_whose_rating_becomes_void_is_void_but_keeps_its_end(world: World):
    case = world.do(cases.confirm, replied(world), who=supervisor())
    ended = case.closed_at
    world.pass_days(1)
    voided = world.call(cases.close_by_system, case, "void", world.clock.now())
    assert (voided.outcome, voided.closed_at) == (Outcome.VOID, ended)


def test_a_good_rating_that_becomes_void_has_no_case_to_end(world: World):
    event = world.rate(5)
    assert world.follow(close_as_void, world.mark(event, "void")) is None
    assert world.follow(review_case, world.mark(event, "void")) is None


def test_a_closed_case_stays_closed_when_its_rating_is_made_good(world: World):
    event, _ = opened(world)
    case = world.follow(review_case, world.mark(event, "withdrawn"))
    assert world.follow(review_case, event) == case
