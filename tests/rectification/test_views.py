"""What unit, supervisor and rater see of a case, and the messages between them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from haochaping.hooks.rectification import CaseState
from haochaping.rectification import case_view, cases, progress, reopening, thread
from haochaping.rectification.actors import Actor
from haochaping.rectification.moves import may_see
from haochaping.rectification.problems import NeedMissing
from haochaping.rectification.records import by_public_id
from haochaping.rectification.tables import case_message
from haochaping.rectification.thread import Posting
from haochaping.rectification.view import case_view as plugin_view

from .conftest import STAFF, World, supervisor, unit_actor
from .test_cases import ready, replied


def seen(world: World, case, actor=None) -> bool:
    """Whether the unit's side sees the case by now."""
    with world.store.read() as conn:
        known = by_public_id(conn, case.public_id)
    return may_see(known, actor or unit_actor(), world.clock.now())


def messages(world: World, case, *, exact: bool = False):
    with world.store.read() as conn:
        return thread.messages(world.context, conn, by_public_id(conn, case.public_id), exact=exact)


def as_rater(world: World, case):
    with world.store.read() as conn:
        return progress.progress_for_rater(world.context, conn, case.origin_id, world.clock.now())


def from_rater(world: World, case, text="什么时候能好？", key="r1"):
    posting = Posting(thread.RATER_SIDE, text, key, world.clock.now())
    return world.call(thread.from_rater, case.id, posting)


def test_the_unit_reads_the_rater_s_words(world: World):
    case = world.released(world.follow(opened_for, world.rate(1, words="排队两小时")))
    with world.store.read() as conn:
        assert case_view.rater_words(world.context, conn, case) == "排队两小时"
    assert seen(world, case)


def opened_for(context, conn, event, at):
    from haochaping.rectification.opening import open_for_evaluation

    return open_for_evaluation(context, conn, event, at)


def test_before_the_release_there_is_no_case_for_the_unit(world: World):
    case = world.open()
    assert not seen(world, case)
    assert seen(world, case, supervisor())


def test_the_rated_person_never_sees_the_case(world: World):
    own = unit_actor(staff_ids=frozenset({STAFF}))
    assert not seen(world, ready(world), own)


def test_messages_pass_without_a_number_and_count_as_contact(world: World):
    case = ready(world)
    sent = world.do(lambda *a: thread.from_unit(*a, "u1"), case, text="请问哪一天办理？")
    assert sent.contacted_at is None
    answered = from_rater(world, sent)
    assert answered.contacted_at == world.clock.now()
    texts = [message.text for message in messages(world, answered)]
    assert texts == ["请问哪一天办理？", "什么时候能好？"]


def test_the_unit_learns_the_day_of_an_answer_and_not_its_time(world: World):
    case = from_rater(world, ready(world))
    assert messages(world, case)[0].at is None
    assert messages(world, case, exact=True)[0].at == world.clock.now()


def test_the_same_message_twice_is_one(world: World):
    case = ready(world)
    send = lambda *a: thread.from_unit(*a, "u1")  # noqa: E731
    sent = world.do(send, case, text="请问哪一天办理？")
    assert world.do(send, sent, text="请问哪一天办理？") == sent
    from_rater(world, sent)
    from_rater(world, sent)
    assert len(as_rater(world, case).messages) == 2


def test_messages_lie_sealed(world: World):
    from_rater(world, ready(world), "王某某 13800001111")
    with world.store.read() as conn:
        sealed = conn.execute(select(case_message.c.text_sealed)).scalar_one()
    assert b"13800001111" not in sealed


def test_a_rater_cannot_flood_a_case_or_write_to_a_closed_one(world: World, monkeypatch):
    monkeypatch.setattr(thread, "LIMIT", 2)
    case = ready(world)
    for number in range(2):
        from_rater(world, case, key=f"r{number}")
    with pytest.raises(NeedMissing):
        from_rater(world, case, key="r3")
    world.call(cases.close_by_system, world.now(case), "withdraw", world.clock.now())
    with pytest.raises(NeedMissing):
        from_rater(world, case, key="r4")


def test_the_rater_reads_in_plain_words_how_it_stands(world: World):
    case = ready(world)
    first = as_rater(world, case)
    assert first.said.zh.startswith("您的差评已受理登记")
    assert (first.may_accept, first.may_contest_until, first.overdue) == (False, None, False)
    world.do(cases.take_up, case, public_note="我们正在核实")
    second = as_rater(world, case)
    assert [(step.state, step.note) for step in second.steps][-1] == ("verifying", "我们正在核实")


def test_the_rater_reads_the_reply_and_may_accept_or_contest(world: World):
    case = replied(world)
    found = as_rater(world, case)
    assert found.replies == ("已增开窗口。",)
    assert found.may_accept
    assert found.may_contest_until > world.clock.now() + timedelta(days=9)
    world.pass_days(12)
    assert as_rater(world, case).may_contest_until is None


def test_the_rater_sees_that_the_unit_is_late(world: World):
    case = world.open()
    world.clock.set(case.due_at)
    assert as_rater(world, case).overdue


def test_a_chain_without_a_case_has_no_progress(world: World):
    with world.store.read() as conn:
        assert progress.progress_for_rater(world.context, conn, 404, world.clock.now()) is None


def test_plugins_see_the_occurrence_and_no_rater(world: World):
    case = world.open(grade=2)
    with world.store.read() as conn:
        view = plugin_view(conn, case, world.clock.now())
    assert (view.grade, view.state) == (2, CaseState.OPENED)
    assert view.occurrence.window.code == "7"
    assert view.due_at == case.due_at


def test_a_contested_case_shows_the_reason_in_the_thread(world: World):
    case = replied(world)
    world.call(reopening.contest, case.id, text="没有整改", at=world.clock.now())
    assert [message.kind for message in as_rater(world, case).messages] == ["contest"]


def test_a_unit_head_waits_for_the_release_like_the_unit(world: World):
    case = world.open()
    head = Actor(801, organization_paths=("/1/10/",))
    assert not seen(world, case, head)
    assert seen(world, world.released(case), head)
