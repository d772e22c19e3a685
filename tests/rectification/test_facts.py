"""Counts over cases for boards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, update

from haochaping.hooks.grading import CaseFacts
from haochaping.hooks.values import Period
from haochaping.rectification import cases, facts, reopening, replies
from haochaping.rectification.tables import rectification_case

from .conftest import BUREAU, OTHER, REGION, SHANGHAI, STAFF, World
from .test_cases import ready, rectifying, replied

NOVEMBER = Period("2026-11", date(2026, 11, 1), date(2026, 11, 30))
OCTOBER = Period("2026-10", date(2026, 10, 1), date(2026, 10, 31))


def of(world: World, kind="organization", ids=(BUREAU,), period=NOVEMBER) -> dict[int, CaseFacts]:
    with world.store.read() as conn:
        return facts.of(conn, kind, ids, period, (SHANGHAI, world.clock.now()))


def test_a_new_case_is_opened_and_not_due_yet(world: World):
    world.open()
    assert of(world) == {BUREAU: CaseFacts(opened=1, with_contact_due=1)}


def test_a_reply_in_time_counts_as_due_and_on_time_at_once(world: World):
    replied(world)
    assert of(world)[BUREAU] == CaseFacts(1, 1, 1, 1, 1)


def test_a_late_reply_is_due_and_not_on_time(world: World):
    case = rectifying(world, identity="anonymous")
    world.clock.set(case.due_at)
    world.do(replies.reply, case, text="已整改。")
    assert of(world)[BUREAU] == CaseFacts(opened=1, due=1)


def test_an_open_case_past_its_due_moment_is_overdue(world: World):
    case = world.open(identity="anonymous")
    world.clock.set(case.due_at)
    assert of(world)[BUREAU] == CaseFacts(opened=1, due=1, open_overdue=1)
    assert of(world, period=OCTOBER) == {}


def test_what_is_due_at_the_end_of_the_last_day_belongs_to_that_month(world: World):
    world.open(identity="anonymous")
    midnight = datetime(2026, 11, 30, 16, tzinfo=UTC)  # 24:00 in Shanghai
    with world.store.write() as conn:
        conn.execute(update(rectification_case).values(first_due_at=midnight, due_at=midnight))
    world.clock.set(midnight)
    december = Period("2026-12", date(2026, 12, 1), date(2026, 12, 31))
    assert (of(world)[BUREAU].due, of(world, period=december)[BUREAU].due) == (1, 0)


def test_a_withdrawn_case_counts_as_opened_only(world: World):
    case = world.open()
    world.call(cases.close_by_system, case, "withdraw", world.clock.now())
    world.clock.set(case.due_at)
    assert of(world)[BUREAU] == CaseFacts(opened=1)


def test_a_reopened_case_is_told_apart(world: World):
    case = replied(world)
    world.call(reopening.contest, case.id, text="没有整改", at=world.clock.now())
    found = of(world)[BUREAU]
    assert (found.reopened, found.on_time) == (1, 1)


def test_a_reply_that_was_on_time_once_does_not_cover_a_late_second_one(world: World):
    case = replied(world)
    again = world.call(reopening.contest, case.id, text="没有整改", at=world.clock.now())
    again = world.do(cases.rectify, again)
    world.clock.set(again.due_at)
    world.do(replies.reply, again, text="再次整改。")
    assert of(world)[BUREAU].on_time == 0


def test_a_transfer_moves_no_figure(world: World):
    world.do(cases.transfer, ready(world), OTHER, note="转办")
    assert of(world)[BUREAU].opened == 1
    assert of(world, ids=(OTHER,)) == {}


def test_every_kind_of_subject_is_counted(world: World):
    world.clock.set(world.open().visible_at)
    for kind, subject in (("region", int(REGION)), ("staff", STAFF), ("hall", 30), ("item", 33)):
        assert of(world, kind, (subject,))[subject].opened == 1
    assert of(world, "window", None)[31].opened == 1


def test_cases_of_a_window_count_once_their_unit_sees_them(world: World):
    case = world.open()
    world.clock.set(case.visible_at - timedelta(seconds=1))
    for kind, subject in (("staff", STAFF), ("item", 33), ("window", 31)):
        assert of(world, kind, (subject,)) == {}
    assert of(world)[BUREAU].opened == 1
    world.clock.set(case.visible_at)
    assert of(world, "window", (31,))[31].opened == 1


def test_subjects_may_be_named_by_a_statement(world: World):
    from haochaping.catalog.tables import organization

    world.open()
    chosen = select(organization.c.id).where(organization.c.parent_id == 1)
    assert set(of(world, ids=chosen)) == {BUREAU}


def test_totals_add_up(world: World):
    world.open()
    world.open(staff_id=None)
    with world.store.read() as conn:
        found = facts.total(conn, "organization", None, NOVEMBER, (SHANGHAI, world.clock.now()))
    assert found.opened == 2
