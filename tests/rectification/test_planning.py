"""What plugins say about a case, and what stands when they fail."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from haochaping.hooks.rectification import Plan, Route, Rung
from haochaping.hooks.values import Unit
from haochaping.plugins.answers import Failure
from haochaping.rectification import cases, planning, plans
from haochaping.rectification.tables import case_joint
from haochaping.rectification.timeline import timeline

from .conftest import BUREAU, CITY, OTHER, World, days, step
from .test_cases import ready, replied
from .test_deadlines import moments


def planned(world: World, **columns):
    case = world.open(**columns)
    world.work()
    return world.now(case)


def test_without_answers_the_profiles_plan_stays(world: World):
    case = world.open()
    world.work()
    now = world.now(case)
    assert (now.due_at, now.plan_failure) == (case.due_at, None)
    assert [name for name, _ in world.plugins.asked] == [
        "rectification_plan", "rectification_route", "rectification_warnings",
    ]  # fmt: skip


def test_a_plugins_plan_counts_from_the_opening_of_the_case(world: World):
    world.plugins.answers["rectification_plan"] = Plan((step("reply", 15, Unit.CALENDAR_DAY),))
    case = world.open()
    world.pass_days(2)
    world.work()
    now = world.now(case)
    assert now.due_day == date(2026, 12, 1)
    assert now.first_due_at == now.due_at
    assert ("contact", 0) in moments(world)  # dropped, not deleted


def test_the_plan_is_told_in_the_history_with_both_dates(world: World):
    world.plugins.answers["rectification_plan"] = Plan((step("reply", 1),))
    case = planned(world)
    with world.store.read() as conn:
        entry = next(each for each in timeline(conn, case) if each.kind == "planned")
    assert entry.details["due_before"] != entry.details["due_at"]


def test_warnings_are_asked_with_the_due_moment_of_the_plan(world: World):
    world.plugins.answers["rectification_plan"] = Plan((step("reply", 5),))
    case = planned(world)
    asked = dict(world.plugins.asked)["rectification_warnings"]
    assert asked.due_at == case.due_at


def test_a_plugins_rung_replaces_the_profiles_of_the_same_level(world: World):
    rung = Rung(1, "reply", days(1), True, "supervisor", ("inbox", "robot"))
    extra = Rung(4, "reply", days(3), False, "managing_department")
    world.plugins.answers["rectification_warnings"] = (rung, extra)
    planned(world)
    found = moments(world)
    assert found[("reply", 1)] == datetime(2026, 11, 18, 1, tzinfo=UTC)
    assert found[("reply", 4)] == datetime(2026, 11, 24, 1, tzinfo=UTC)


def test_a_route_moves_the_case_and_no_date(world: World):
    world.plugins.answers["rectification_route"] = Route(OTHER, (CITY,), "hotline", "12345")
    case = world.open()
    world.work()
    now = world.now(case)
    assert (now.organization_id, now.queue, now.rated_organization_id) == (OTHER, "hotline", BUREAU)
    assert now.due_at == case.due_at
    with world.store.read() as conn:
        assert conn.execute(select(case_joint.c.organization_id)).scalars().all() == [CITY]


def test_a_route_to_nowhere_is_shown_and_not_taken(world: World):
    world.plugins.answers["rectification_route"] = Route(404)
    case = planned(world)
    assert case.organization_id == BUREAU
    assert "404" in case.plan_failure


def test_failing_plugins_leave_the_profiles_plan_visibly(world: World):
    failure = Failure("north", "rectification_plan", "KeyError at plugin.py:7")
    world.plugins.failures["rectification_plan"] = (failure,)
    case = world.open()
    world.work()
    now = world.now(case)
    assert now.due_at == case.due_at
    assert "north: rectification_plan" in now.plan_failure
    assert world.emit.payloads("case.planned")[0]["failed"] == ["north"]


def test_a_later_plan_does_not_undo_a_transfer_by_staff(world: World):
    world.plugins.answers["rectification_route"] = Route(CITY)
    case = ready(world)
    world.work()
    case = world.do(cases.transfer, world.now(case), OTHER, note="转办")
    case = world.do(cases.triage, case, "complex", note="复杂")
    world.work()
    assert world.now(case).organization_id == OTHER


def test_a_reached_due_moment_is_not_moved_by_a_plan_that_comes_late(world: World):
    world.plugins.answers["rectification_plan"] = Plan((step("reply", 30),))
    case = world.open()
    world.clock.set(case.due_at)
    payload = {"case": case.id, "round": 0, "kind": "reply", "level": 0}
    world.call(planning.deadlines.reach, payload, world.clock.now())
    world.work()
    assert world.now(case).due_at == case.due_at


def test_a_replied_case_is_not_planned_any_more(world: World):
    replied(world)
    world.work()
    assert world.plugins.asked == []


def test_an_outdated_plan_job_does_nothing(world: World):
    case = ready(world)
    world.do(cases.triage, case, "complex", note="复杂")
    world.work()
    assert len(world.plugins.asked) == 3


def test_a_kill_between_question_and_answer_loses_nothing(world: World, monkeypatch):
    from haochaping.jobs.runner import LEASE

    case = world.open()
    with monkeypatch.context() as patch:
        patch.setattr(planning, "write", _dies)
        with pytest.raises(KeyboardInterrupt):
            world.work()
    world.clock.advance(LEASE)
    world.work()
    assert world.emit.kinds.count("case.planned") == 1
    assert world.now(case).version == 2


def _dies(*args):
    raise KeyboardInterrupt


def test_plans_survive_their_way_through_the_table():
    rung = Rung(1, "reply", days(2), True, "handler", ("inbox", "robot"))
    plan = plans.CasePlan((step("reply", 3, source="办法"),), (rung,))
    assert plans.from_json(plans.to_json(plan)) == plan
