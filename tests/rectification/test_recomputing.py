"""Provisional dates become certain once, when the calendar of their year arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from haochaping.hooks.values import Words
from haochaping.jobs import state_of
from haochaping.rectification import recomputing
from haochaping.rectification.timeline import timeline
from haochaping.worktime import Calendar, YearCalendar

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


def test_a_certain_case_is_not_looked_at(world: World):
    case = world.open()
    assert recompute(world) == 0
    assert not world.call(recomputing.recompute, case.id, world.clock.now())


def test_a_year_is_a_year_calendar():
    assert isinstance(Calendar.load().years[-1], YearCalendar)
