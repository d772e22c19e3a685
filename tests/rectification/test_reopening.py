"""A case starts anew: with its own due moment, never with a better first one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from haochaping.hooks.rectification import CaseState
from haochaping.rectification import cases, reopening, replies, thread
from haochaping.rectification.problems import MoveRefused, NeedMissing
from haochaping.rectification.tables import case_event, case_message

from .conftest import World, supervisor
from .test_cases import rectifying, replied


def contest(world: World, case, text="窗口还是没开"):
    return world.call(reopening.contest, case.id, text=text, at=world.clock.now())


def test_a_contested_reply_reopens_the_case_with_a_new_due_moment(world: World):
    case = replied(world)
    world.pass_days(1)
    again = contest(world, case)
    assert (again.state, again.round, again.reopened) == (CaseState.VERIFYING, 1, 1)
    assert again.due_at > case.due_at
    assert again.first_due_at == case.first_due_at
    assert world.emit.kinds[-1] == "case.reopened"


def test_a_closed_case_can_be_contested_within_the_profiles_days(world: World):
    case = world.do(cases.confirm, replied(world), who=supervisor())
    world.pass_days(10)
    again = contest(world, case)
    assert (again.closed_at, again.outcome) == (None, None)


def test_after_the_profiles_days_it_is_too_late(world: World):
    case = world.do(cases.confirm, replied(world), who=supervisor())
    world.pass_days(11)
    with pytest.raises(NeedMissing) as refused:
        contest(world, case)
    assert refused.value.fields["need"] == "in_time"


def test_the_number_of_reopenings_is_limited(world: World):
    case = replied(world)
    for _ in range(2):
        case = contest(world, case)
        case = world.do(cases.rectify, case)
        case = world.do(replies.reply, case, text="再次整改。")
    with pytest.raises(NeedMissing):
        contest(world, case)


def test_the_raters_reason_lies_sealed_and_in_no_event(world: World):
    case = contest(world, replied(world), "李科长仍然刁难")
    with world.store.read() as conn:
        sealed = conn.execute(select(case_message.c.text_sealed)).scalar_one()
        notes = conn.execute(select(case_event.c.note)).scalars().all()
    assert "李科长".encode() not in sealed
    assert "李科长" not in str(notes) + str(world.emit.events)
    with world.store.read() as conn:
        found = thread.messages(world.context, conn, case, exact=False)
    assert [(each.kind, each.text) for each in found] == [("contest", "李科长仍然刁难")]


def test_the_supervisor_reopens_a_closed_case_with_a_reason(world: World):
    case = world.do(cases.confirm, replied(world), who=supervisor())
    with pytest.raises(NeedMissing):
        world.do(reopening.reopen, case, who=supervisor())
    again = world.do(reopening.reopen, case, who=supervisor(), note="抽查发现未整改")
    assert again.state is CaseState.VERIFYING


def test_a_case_that_ended_without_an_answer_is_not_reopened(world: World):
    case = world.open()
    closed = world.call(cases.close_by_system, case, "withdraw", world.clock.now())
    with pytest.raises(NeedMissing) as refused:
        world.do(reopening.reopen, closed, who=supervisor(), note="重开")
    assert refused.value.fields["need"] == "answered"


def test_an_open_case_cannot_be_contested(world: World):
    with pytest.raises(MoveRefused):
        contest(world, rectifying(world))


def test_a_reopened_case_is_warned_about_again(world: World):
    case = replied(world)
    again = contest(world, case)
    world.clock.set(again.due_at)
    world.work()
    found = [(each["deadline"], each["round"]) for each in world.emit.payloads("deadline.reached")]
    assert ("reply", 1) in found
    assert ("reply", 0) not in found


def test_a_late_second_reply_makes_the_case_late(world: World):
    again = world.do(cases.rectify, contest(world, replied(world)))
    world.clock.set(again.due_at)
    late = world.do(replies.reply, again, text="再次整改。")
    assert late.late
    assert late.first_replied_at < late.first_due_at
