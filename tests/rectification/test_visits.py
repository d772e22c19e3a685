"""Follow-up visits: planned when a case ends answered, unsatisfied ones reopen it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from haochaping.hooks.rectification import CaseState, Visit
from haochaping.plugins.answers import Failure
from haochaping.rectification import cases, steps, visit_results, visits
from haochaping.rectification.actors import Actor
from haochaping.rectification.problems import (
    NeedMissing,
    NotPermitted,
    OwnMatter,
    UnknownVisit,
)
from haochaping.rectification.tables import case_visit
from haochaping.rectification.timeline import timeline

from .conftest import STAFF, SUPERVISOR, World, days, rules, supervisor
from .test_cases import replied


def closed(world: World):
    phone = Visit("phone", days(5), "抽查")
    world.context = replace(world.context, rules=rules(visits=(phone,)))
    case = world.do(cases.confirm, replied(world), who=supervisor())
    follow_closing(world)
    world.work()
    return case


def follow_closing(world: World) -> None:
    event = next(each for each in world.emit.events if each.kind == "case.closed")
    world.follow(steps.enqueue_visits, event)


def visit_of(world: World, case):
    with world.store.read() as conn:
        return visits.visits_of(conn, case)[0]


def test_a_closed_case_gets_the_profiles_visits_and_the_plugins(world: World):
    world.plugins.answers["rectification_visits"] = (Visit("sms", days(3)),)
    case = closed(world)
    with world.store.read() as conn:
        assert [each.by for each in visits.visits_of(conn, case)] == ["phone", "sms"]
        assert [each.by for each in visits.due_visits(conn)] == ["sms", "phone"]


def test_a_failing_plugin_leaves_the_profiles_visits_and_a_trace(world: World):
    failure = Failure("north", "rectification_visits", "KeyError at plugin.py:7")
    world.plugins.failures["rectification_visits"] = (failure,)
    case = closed(world)
    with world.store.read() as conn:
        assert timeline(conn, case)[-1].details == {"failed": ["north"]}
        assert len(visits.visits_of(conn, case)) == 1


def test_the_same_end_plans_visits_once(world: World):
    case = closed(world)
    follow_closing(world)
    world.work()
    with world.store.read() as conn:
        assert len(visits.visits_of(conn, case)) == 1


def test_a_withdrawn_case_is_not_visited(world: World):
    case = world.open()
    ended = world.call(cases.close_by_system, case, "withdraw", world.clock.now())
    with world.store.write() as conn:
        assert not visits.enqueue(conn, ended, world.clock.now())


def test_a_satisfied_rater_leaves_the_case_closed(world: World):
    case = closed(world)
    visit = visit_of(world, case)
    after = world.do(visit_results.done, case, visit.id, satisfied=True, who=supervisor())
    assert after.state is CaseState.CLOSED
    assert visit_of(world, case).satisfied is True
    assert "visit.satisfied" in world.emit.kinds


def test_an_unsatisfied_rater_reopens_it(world: World):
    case = closed(world)
    visit = visit_of(world, case)
    said = "仍未解决"
    again = world.do(
        visit_results.done, case, visit.id, satisfied=False, who=supervisor(), text=said
    )
    assert (again.state, again.reopened) == (CaseState.VERIFYING, 1)
    with world.store.read() as conn:
        sealed = conn.execute(select(case_visit.c.note_sealed)).scalar_one()
    assert said.encode() not in sealed


def test_a_visit_is_recorded_once(world: World):
    case = closed(world)
    visit = visit_of(world, case)
    world.do(visit_results.done, case, visit.id, satisfied=True, who=supervisor())
    with pytest.raises(NeedMissing):
        world.do(visit_results.done, case, visit.id, satisfied=True, who=supervisor())


def test_only_those_who_may_visit_and_were_not_rated(world: World):
    case = closed(world)
    visit = visit_of(world, case)
    with pytest.raises(NotPermitted):
        world.do(visit_results.done, case, visit.id, satisfied=True)
    own = Actor(1, frozenset({STAFF}), SUPERVISOR)
    with pytest.raises(OwnMatter):
        world.do(visit_results.done, case, visit.id, satisfied=True, who=own)


def test_an_unknown_visit_is_refused(world: World):
    with pytest.raises(UnknownVisit):
        world.do(visit_results.done, closed(world), 404, satisfied=True, who=supervisor())
