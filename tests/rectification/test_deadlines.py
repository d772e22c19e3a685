"""Warnings and due moments: each reached once, whatever happens to worker and clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from haochaping.hooks.rectification import Rung
from haochaping.hooks.values import Unit, Words
from haochaping.jobs import NotYet
from haochaping.rectification import cases, contacts, deadlines, replies
from haochaping.rectification.tables import case_deadline

from .conftest import World, days, rules, step
from .test_cases import rectifying, replied


def reached(world: World) -> list[tuple[str, int]]:
    return [(each["deadline"], each["level"]) for each in world.emit.payloads("deadline.reached")]


def moments(world: World) -> dict[tuple[str, int], datetime]:
    with world.store.read() as conn:
        rows = conn.execute(select(case_deadline)).mappings().all()
    return {(row["kind"], row["level"]): row["due_at"] for row in rows}


def test_the_ladder_stands_around_the_due_moment(world: World):
    world.open()
    found = moments(world)
    assert found[("reply", 1)] == datetime(2026, 11, 17, 1, tzinfo=UTC)  # two workdays before
    assert found[("reply", 2)] == datetime(2026, 11, 19, 1, tzinfo=UTC)  # that day, 9:00
    assert found[("reply", 0)] == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert found[("reply", 3)] == datetime(2026, 11, 20, 1, tzinfo=UTC)  # next workday, 9:00


def test_every_moment_is_reached_once_in_order(world: World):
    world.open()
    for _ in range(30):
        world.work()
        world.clock.advance(timedelta(hours=6))
    assert reached(world) == [
        ("reply", 1), ("contact", 0), ("reply", 2), ("reply", 0), ("reply", 3),
    ]  # fmt: skip


def test_a_worker_that_slept_for_forty_days_reaches_everything_once(world: World):
    world.open()
    world.pass_days(40)
    world.work()
    world.pass_days(-40)
    world.work()
    world.pass_days(80)
    world.work()
    assert sorted(reached(world)) == [
        ("contact", 0), ("reply", 0), ("reply", 1), ("reply", 2), ("reply", 3),
    ]  # fmt: skip


def test_two_runs_of_one_deadline_tell_once(world: World):
    case = world.open()
    payload = {"case": case.id, "round": 0, "kind": "reply", "level": 0}
    world.clock.set(case.due_at)
    assert world.call(deadlines.reach, payload, world.clock.now())
    assert not world.call(deadlines.reach, payload, world.clock.now())
    assert reached(world) == [("reply", 0)]


def test_a_run_that_dies_before_its_commit_is_repeated_whole(world: World):
    case = world.open()
    payload = {"case": case.id, "round": 0, "kind": "reply", "level": 0}
    world.clock.set(case.due_at)
    with pytest.raises(KeyboardInterrupt), world.store.write() as conn:
        deadlines.reach(world.context, conn, payload, world.clock.now())
        raise KeyboardInterrupt
    assert world.call(deadlines.reach, payload, world.clock.now())


def test_a_moment_before_its_time_is_put_off(world: World):
    case = world.open()
    payload = {"case": case.id, "round": 0, "kind": "reply", "level": 0}
    with pytest.raises(NotYet) as put_off:
        world.call(deadlines.reach, payload, world.clock.now())
    assert put_off.value.at == case.due_at


def test_a_replied_case_warns_nobody(world: World):
    replied(world)
    world.pass_days(30)
    world.work()
    assert reached(world) == []


def test_a_contact_ends_the_contact_deadline_only(world: World):
    case = world.released(world.open())
    world.do(contacts.contact, case, by="phone", reached=True)
    world.pass_days(30)
    world.work()
    assert ("contact", 0) not in reached(world)
    assert ("reply", 0) in reached(world)


def test_messages_name_number_and_date_and_nothing_else(world: World):
    case = world.open(words="窗口态度差")
    world.clock.set(case.due_at)
    world.work()
    text = " ".join(message.body.zh + message.subject.zh for message in world.notices)
    assert case.public_id in text
    assert "2026-11-19" in text
    assert "态度" not in text
    assert {message.to for message in world.notices} == {"handler"}


def test_an_overdue_case_is_told_to_the_unit_head(world: World):
    case = world.open()
    world.clock.set(case.due_at + timedelta(days=5))
    world.work()
    heads = [message for message in world.notices if message.to == "unit_head"]
    assert [message.business_id for message in heads] == [f"case:{case.public_id}:0:reply:3"]
    assert heads[0].organization_id == case.organization_id


def test_a_message_goes_to_the_organization_that_leads_now(world: World):
    case = world.released(world.open())
    world.do(cases.transfer, case, 20, note="转办")
    world.clock.set(case.due_at)
    world.work()
    assert {
        message.organization_id for message in world.notices if "reply" in message.business_id
    } == {20}


def test_every_gateway_of_a_rung_gets_its_message_with_the_rungs_own_text(world: World):
    text = Words("请尽快办理", "Please hurry")
    ladder = (Rung(1, "reply", days(1), True, "handler", ("inbox", "robot"), text),)
    world.context = replace(world.context, rules=rules(warnings=ladder))
    world.open()
    world.pass_days(3)
    world.work()
    sent = [(each.gateway, each.body) for each in world.notices if ":reply:1" in each.business_id]
    assert sent == [("inbox", text), ("robot", text)]


def test_warnings_do_not_betray_the_case_before_its_release(world: World):
    ladder = (Rung(1, "reply", days(9), True, "handler"),)
    world.context = replace(world.context, rules=rules(warnings=ladder))
    case = world.open()
    assert moments(world)[("reply", 1)] == case.visible_at


def test_warnings_in_calendar_days_count_every_day(world: World):
    week = {"reply": {"simple": step("reply", 15, Unit.CALENDAR_DAY)}}
    ladder = (Rung(1, "reply", days(3, Unit.CALENDAR_DAY), True, "handler"),)
    world.context = replace(world.context, rules=rules(deadlines=week, warnings=ladder))
    world.open()
    assert moments(world)[("reply", 1)] == datetime(2026, 11, 28, 1, tzinfo=UTC)


def test_the_unit_is_told_of_its_case_when_it_is_released(world: World):
    case = world.open()
    world.work()
    assert world.notices == []
    world.clock.set(case.visible_at)
    world.work()
    assert [message.business_id for message in world.notices] == [f"case:{case.public_id}:arrival"]
    assert world.emit.kinds.count("case.released") == 1


def test_a_case_that_ended_before_its_release_is_not_announced(world: World):
    case = world.open()
    world.call(cases.close_by_system, case, "withdraw", world.clock.now())
    world.clock.set(case.visible_at)
    world.work()
    assert world.notices == []


def test_deadlines_that_start_with_the_reply_are_set_by_it(world: World):
    second = {
        **rules().deadlines,
        "second_visit": {"simple": step("second_visit", 5, start="replied")},
    }
    world.context = replace(world.context, rules=rules(deadlines=second))
    case = rectifying(world, identity="anonymous")
    assert ("second_visit", 0) not in moments(world)
    world.do(replies.reply, case, text="已整改。")
    assert moments(world)[("second_visit", 0)] == datetime(2026, 11, 23, 16, tzinfo=UTC)
