"""Provisional dates become certain once, when the calendar of their year arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from haochaping.hooks.values import Words
from haochaping.jobs import state_of
from haochaping.rectification import recomputing
from haochaping.rectification.timeline import timeline
from haochaping.worktime import Calendar, YearCalendar
from haochaping.worktime.years import LOCAL

from .conftest import World

NEW_YEAR = Words("元旦", "New Year")


def with_2027(world: World) -> None:
    """Publish 2027 with the first four days of the year off."""
    known = Calendar.load()
    off = {date(2027, 1, day): NEW_YEAR for day in (1, 2, 3, 4)}
    coming = replace(known.years[-1], year=2027, holidays=off, workdays={})
    world.context = replace(world.context, calendar=Calendar([*known.years, coming]))


def over_new_year(world: World):
    world.clock.set(datetime(2026, 12, 30, 2, tzinfo=UTC))
    return world.open()


def recompute(world: World) -> int:
    return world.call(recomputing.recompute_all, world.clock.now())


def test_the_due_date_moves_once_with_the_calendar(world: World):
    case = over_new_year(world)
    assert case.provisional
    with_2027(world)
    recompute(world)
    now = world.now(case)
    assert (now.provisional, now.due_day) == (False, date(2027, 1, 6))
    assert now.first_due_at == now.due_at
    assert recompute(world) == 0


def test_the_job_moves_with_the_date(world: World):
    case = over_new_year(world)
    with_2027(world)
    recompute(world)
    world.clock.set(case.due_at)
    world.work()
    reached = [each for each in world.emit.payloads("deadline.reached") if each["level"] == 0]
    assert [each["deadline"] for each in reached] == ["contact"]
    world.clock.set(world.now(case).due_at)
    world.work()
    with world.store.read() as conn:
        assert state_of(conn, f"case:{case.id}:reply:0") == "done"


def test_the_move_is_recorded_with_both_moments(world: World):
    case = over_new_year(world)
    with_2027(world)
    recompute(world)
    with world.store.read() as conn:
        entry = timeline(conn, case)[-1]
    assert entry.kind == "rescheduled"
    assert entry.details == {
        "due_before": case.due_at.isoformat(),
        "due_at": world.now(case).due_at.isoformat(),
        "calendar": world.context.calendar.version,
    }
    assert world.emit.kinds.count("case.rescheduled") == 1


def test_without_a_new_calendar_nothing_moves(world: World):
    case = over_new_year(world)
    recompute(world)
    assert world.now(case) == case


def test_a_calendar_never_makes_a_late_case_timely(world: World):
    case = over_new_year(world)
    world.clock.set(case.due_at + timedelta(hours=1))
    with_2027(world)
    recompute(world)
    assert world.now(case).due_at == case.due_at


def test_a_certain_case_moves_only_with_another_calendar(world: World):
    case = world.open()
    assert recompute(world) == 0
    assert not world.call(recomputing.recompute, case.id, world.clock.now())
    assert world.now(case) == case


def with_a_local_day_off(world: World, day: date) -> None:
    known = world.context.calendar
    local = replace(
        known.years[-1], year=day.year, scope=LOCAL, holidays={day: NEW_YEAR}, workdays={}
    )
    world.context = replace(world.context, calendar=Calendar([*known.years, local]))


def replan(world: World) -> int:
    return recomputing.replan(world.context, world.store, world.clock)


def test_a_changed_calendar_moves_every_open_case_once_with_both_dates(world: World):
    cases = [world.open() for _ in range(3)]
    with_a_local_day_off(world, cases[0].due_day)
    assert replan(world) == 3
    for case in cases:
        now = world.now(case)
        assert now.due_day > case.due_day
        assert now.first_due_at == now.due_at
        with world.store.read() as conn:
            last = timeline(conn, case)[-1]
        assert last.kind == "rescheduled"
        assert last.details["due_before"] == case.due_at.isoformat()
    assert replan(world) == 0
    applied = world.emit.payloads("calendar.applied")
    assert [one["moved"] for one in applied] == [3, 0]
    assert world.emit.kinds.count("case.rescheduled") == 3


def test_the_jobs_of_a_moved_case_fire_once_on_the_new_day(world: World):
    case = world.open()
    world.work()
    with_a_local_day_off(world, world.now(case).due_day)
    replan(world)
    moved = world.now(case)
    world.clock.set(moved.due_at - timedelta(seconds=1))
    world.work()
    assert not [each for each in world.emit.payloads("deadline.reached") if _is_due(each)]
    world.clock.set(moved.due_at)
    world.work()
    replan(world)
    world.work()
    assert len([each for each in world.emit.payloads("deadline.reached") if _is_due(each)]) == 1


def _is_due(payload: dict) -> bool:
    return payload["deadline"] == "reply" and payload["level"] == 0


def test_neither_late_nor_answered_cases_move(world: World):
    late = world.open()
    world.clock.set(late.due_at + timedelta(hours=1))
    with_a_local_day_off(world, late.due_day)
    assert replan(world) == 0
    assert world.now(late).due_at == late.due_at


def test_a_year_is_a_year_calendar():
    assert isinstance(Calendar.load().years[-1], YearCalendar)
