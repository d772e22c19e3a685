"""What staff may do to a case, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from haochaping.hooks.rectification import CaseState, Outcome
from haochaping.hooks.values import Words
from haochaping.rectification import cases, contacts, replies
from haochaping.rectification.actors import Actor, actor_for
from haochaping.rectification.case_view import scope_of
from haochaping.rectification.problems import (
    CaseChanged,
    MoveRefused,
    NeedMissing,
    NotPermitted,
    OwnMatter,
    UnknownCase,
    UnknownOrganization,
)
from haochaping.rectification.records import by_public_id
from haochaping.rectification.timeline import timeline
from haochaping.rectification.wording import TextRefused

from .conftest import BUREAU, OTHER, STAFF, World, supervisor, unit_actor


def ready(world: World, **columns):
    return world.released(world.open(**columns))


def rectifying(world: World, **columns):
    return world.do(cases.rectify, world.do(cases.take_up, ready(world, **columns)))


def replied(world: World):
    case = world.do(contacts.contact, rectifying(world), by="phone", reached=True)
    return world.do(replies.reply, case, text="已增开窗口。")


def test_a_case_goes_from_taking_up_to_its_end(world: World):
    closed = world.do(cases.confirm, replied(world), who=supervisor())
    assert (closed.state, closed.outcome) == (CaseState.CLOSED, Outcome.RECTIFIED)
    with world.store.read() as conn:
        kinds = [entry.kind for entry in timeline(conn, closed)]
    assert kinds == ["opened", "take_up", "rectify", "contact", "reply", "confirm"]
    assert world.emit.payloads("case.closed")[0]["outcome"] == "rectified"


def test_an_explanation_ends_as_explained(world: World):
    case = world.do(cases.take_up, ready(world, identity="anonymous"))
    case = world.do(cases.explain, case, note="于法无据")
    case = world.do(replies.reply, case, text="依据现行规定无法办理。")
    assert world.do(cases.confirm, case, who=supervisor()).outcome is Outcome.EXPLAINED


def test_explaining_needs_a_reason(world: World):
    case = world.do(cases.take_up, ready(world))
    with pytest.raises(NeedMissing) as refused:
        world.do(cases.explain, case, note="  ")
    assert refused.value.fields["need"] == "reason"


def test_whoever_comes_second_is_told_so_and_changes_nothing(world: World):
    shown = ready(world)
    world.do(cases.take_up, shown)
    with pytest.raises(CaseChanged):
        world.do(cases.take_up, shown)
    assert world.emit.kinds.count("case.moved") == 1


def test_a_step_cannot_be_skipped(world: World):
    with pytest.raises(MoveRefused) as refused:
        world.do(cases.rectify, ready(world))
    assert "待受理" in refused.value.detail.zh


def test_an_account_without_the_permission_is_refused(world: World):
    with pytest.raises(NotPermitted):
        world.do(cases.take_up, ready(world), who=Actor(9))


def test_nobody_handles_their_own_matter(world: World):
    own = unit_actor(staff_ids=frozenset({STAFF}))
    with pytest.raises(OwnMatter):
        world.do(cases.take_up, ready(world), who=own)


def test_the_unit_cannot_act_before_the_case_is_released(world: World):
    with pytest.raises(UnknownCase):
        world.do(cases.take_up, world.open())


def test_public_numbers_are_read_without_regard_to_case_and_spaces(world: World):
    case = world.open()
    with world.store.read() as conn:
        assert by_public_id(conn, f" {case.public_id.lower()} ") == case
        with pytest.raises(UnknownCase):
            by_public_id(conn, "NOSUCHCASE")


def test_a_transfer_never_resets_the_due_date(world: World):
    case = ready(world)
    moved = world.do(cases.transfer, case, OTHER, note="属该单位职责")
    assert moved.organization_id == OTHER
    assert moved.rated_organization_id == BUREAU
    assert (moved.due_at, moved.first_due_at) == (case.due_at, case.first_due_at)


def test_a_transfer_needs_a_reason_and_another_organization(world: World):
    case = ready(world)
    with pytest.raises(NeedMissing):
        world.do(cases.transfer, case, OTHER)
    with pytest.raises(NeedMissing):
        world.do(cases.transfer, case, BUREAU, note="转办")
    with pytest.raises(UnknownOrganization):
        world.do(cases.transfer, case, 999, note="转办")


def test_a_complex_case_gets_its_longer_deadline_counted_from_the_opening(world: World):
    case = ready(world)
    triaged = world.do(cases.triage, case, "complex", note="涉及多个部门")
    assert triaged.due_day == date(2026, 11, 30)
    assert triaged.first_due_at == triaged.due_at
    again = world.do(cases.triage, triaged, "simple", note="判断有误")
    assert again.due_at == case.due_at


def test_the_same_triage_again_changes_nothing(world: World):
    case = ready(world)
    assert world.do(cases.triage, case, "simple", note="简单") == case


def test_triage_after_the_due_moment_cannot_make_a_late_case_timely(world: World):
    case = ready(world)
    world.clock.set(case.due_at)
    with pytest.raises(NeedMissing) as refused:
        world.do(cases.triage, case, "complex", note="复杂")
    assert refused.value.fields["need"] == "before_due"


def test_complexity_is_one_of_two_words(world: World):
    with pytest.raises(ValueError, match="simple or complex"):
        world.do(cases.triage, ready(world), "middling", note="?")


def test_a_rater_with_a_name_must_be_contacted_before_the_reply(world: World):
    with pytest.raises(NeedMissing) as refused:
        world.do(replies.reply, rectifying(world), text="已整改。")
    assert refused.value.fields["need"] == "contact"


def test_three_failed_attempts_are_enough_for_a_reply(world: World):
    case = rectifying(world)
    for _ in range(3):
        case = world.do(contacts.contact, case, by="phone", reached=False)
    assert world.do(replies.reply, case, text="已整改。").state is CaseState.REPLIED
    assert world.now(case).contacted_at is None


def test_an_anonymous_rater_needs_no_contact(world: World):
    case = rectifying(world, identity="anonymous")
    assert world.do(replies.reply, case, text="已整改。").state is CaseState.REPLIED


def test_what_was_said_on_the_phone_lies_sealed(world: World):
    from sqlalchemy import select

    from haochaping.rectification.tables import case_contact, case_event

    case = world.do(contacts.contact, ready(world), by="phone", reached=True, text="张先生很生气")
    with world.store.read() as conn:
        sealed = conn.execute(select(case_contact.c.note_sealed)).scalar_one()
        notes = conn.execute(select(case_event.c.note)).scalars().all()
    assert "张先生".encode() not in sealed
    assert not any(note and "张先生" in note for note in notes)
    found = world.call(contacts.contacts_of, case)
    assert [contact.note for contact in found] == ["张先生很生气"]


def test_a_reply_needs_words_and_has_a_limit(world: World):
    case = rectifying(world, identity="anonymous")
    with pytest.raises(NeedMissing):
        world.do(replies.reply, case, text=" ")
    with pytest.raises(TextRefused):
        world.do(replies.reply, case, text="字" * 2001)
    with pytest.raises(TextRefused):
        world.do(replies.reply, case, text="\u200b\u200b")


def test_a_reply_at_the_due_moment_is_late(world: World):
    case = rectifying(world, identity="anonymous")
    world.clock.set(case.due_at)
    assert world.do(replies.reply, case, text="已整改。").late


def test_a_reply_before_the_due_moment_is_in_time(world: World):
    assert not replied(world).late


def test_a_reply_that_is_sent_back_does_not_count(world: World):
    case = replied(world)
    back = world.do(replies.send_back, case, who=supervisor(), note="未回应诉求")
    assert (back.replied_at, back.first_replied_at) == (None, None)
    assert back.due_at == case.due_at
    world.clock.set(back.due_at)
    world.work()
    assert "reply" in [event["deadline"] for event in world.emit.payloads("deadline.reached")]


def test_publishing_a_reply_happens_once(world: World):
    case = replied(world)
    with world.store.write() as conn:
        found = replies.replies_of(conn, case.id)[0]
        assert replies.publish(conn, found.id)
        assert not replies.publish(conn, found.id)


def test_the_rater_can_accept_the_reply(world: World):
    case = replied(world)
    closed = world.call(cases.accept_as_rater, case.id, world.clock.now())
    assert (closed.state, closed.outcome) == (CaseState.CLOSED, Outcome.RECTIFIED)


def test_only_plain_actions_go_by_name(world: World):
    with pytest.raises(KeyError):
        world.do(lambda *a: cases.move(a[0], a[1], "reply", a[2]), ready(world))


def test_a_closed_case_has_no_pending_deadline(world: World):
    from haochaping.rectification.deadlines import rows_of

    case = world.do(cases.confirm, replied(world), who=supervisor())
    with world.store.read() as conn:
        assert "pending" not in {row["state"] for row in rows_of(conn, case)}


def test_a_principal_acts_with_the_permissions_that_reach_the_case(world: World):
    from haochaping.access.principals import Grant, Principal
    from haochaping.access.roles import Role

    case = world.open()
    here = Grant(Role.HANDLER, organization_id=BUREAU, organization_path="/1/10/")
    there = Grant(Role.SUPERVISOR, organization_id=OTHER, organization_path="/1/20/")
    person = Grant(Role.STAFF_MEMBER, staff_id=STAFF)
    with world.store.read() as conn:
        scope = scope_of(conn, case)
        actor = actor_for(conn, Principal(5, "甲", (here, there, person)), scope)
    assert {"case.handle", "case.contact", "appeal.file"} == actor.permissions
    assert actor.staff_ids == {STAFF}
    assert actor.organization_paths == ("/1/10/", "/1/20/")


def test_refusals_speak_both_languages(world: World):
    with pytest.raises(NeedMissing) as refused:
        world.do(cases.transfer, ready(world), OTHER)
    assert refused.value.detail == Words("还需要：写明理由", "Needed: a reason in words")
