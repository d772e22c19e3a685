"""What supervisors count beside the formulas, and why cases are due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, inspect, true

from haochaping.hooks.rectification import CaseState, Visit
from haochaping.hooks.values import Duration, Unit
from haochaping.rectification import appeals, cases, oversight, replies, visit_results, visits
from haochaping.rectification.oversight import Share, Span
from haochaping.rectification.problems import UnusableCursor
from haochaping.rectification.queue import ORGANIZATION_PATH
from haochaping.rectification.records import Case

from .conftest import World, reviewer, supervisor

EVERY = true()


def month(world: World) -> Span:
    return Span(world.clock.now() - timedelta(days=1), world.clock.now() + timedelta(days=30))


def read(world: World, question: Any, *args: Any) -> Any:
    with world.store.read() as conn:
        return question(conn, *args)


def replied(world: World, days: float = 0) -> Case:
    case = world.released(world.open(identity="anonymous"))
    world.pass_days(days)
    case = world.do(cases.take_up, case)
    case = world.do(cases.rectify, case)
    return world.do(replies.reply, case, text="已经改好")


def closed(world: World) -> Case:
    return world.do(cases.confirm, replied(world), who=supervisor())


def planned(world: World, case: Case, within: int = 5) -> None:
    visit = Visit("phone", Duration(within, Unit.WORKDAY), "回访")
    with world.store.write() as conn:
        visits.plan(world.context, conn, case, [visit], world.clock.now())


def test_the_time_to_the_first_reply_is_summed_over_the_cases_replied_to(world: World) -> None:
    span = month(world)
    first, second = replied(world, days=1), replied(world, days=3)
    world.open()
    taken = [one.first_replied_at - one.opened_at for one in (first, second)]
    seconds = sum(int(each.total_seconds()) for each in taken)
    assert read(world, oversight.reply_time, EVERY, span) == Share(seconds, 2)


def test_without_any_reply_there_is_no_mean(world: World) -> None:
    world.open()
    assert read(world, oversight.reply_time, EVERY, month(world)).value is None


def test_what_lies_outside_the_span_or_the_scope_is_not_counted(world: World) -> None:
    before = Span(world.clock.now() - timedelta(days=9), world.clock.now())
    replied(world)
    elsewhere = func.substr(ORGANIZATION_PATH, 1, 6) == "/1/20/"
    assert read(world, oversight.reply_time, EVERY, before).under == 0
    assert read(world, oversight.reply_time, elsewhere, month(world)).under == 0


def test_satisfied_visits_are_counted_over_those_made(world: World) -> None:
    made = [closed(world), closed(world), closed(world)]
    for case in made:
        planned(world, case)
    for case, satisfied in zip(made, (True, False), strict=False):
        (visit,) = read(world, visits.visits_of, case)
        world.do(visit_results.done, case, visit.id, who=supervisor(), satisfied=satisfied)
    assert read(world, oversight.visits_satisfied, EVERY, month(world)) == Share(1, 2)


def test_appeals_count_once_they_are_decided(world: World) -> None:
    upheld, rejected, waiting = (world.released(world.open()) for _ in range(3))
    filed = [world.do(appeals.file, one, "mistaken", text="理由") for one in (upheld, rejected)]
    world.do(appeals.file, waiting, "mistaken", text="理由")
    endorsed = world.do(appeals.endorse, filed[0], who=reviewer(701), note="属实")
    world.do(appeals.uphold, endorsed, who=reviewer(702), note="同意")
    world.do(appeals.reject, filed[1], who=reviewer(701), note="证据不足")
    assert read(world, oversight.appeals_upheld, EVERY, month(world)) == Share(1, 2)


def test_a_transfer_leaves_the_figures_with_the_rated_unit(world: World) -> None:
    case = world.released(world.open(identity="anonymous"))
    case = world.do(cases.transfer, case, 20, note="属其他单位")
    case = world.do(cases.take_up, case)
    case = world.do(cases.rectify, case)
    world.do(replies.reply, case, text="已经改好")
    rated = func.substr(ORGANIZATION_PATH, 1, 6) == "/1/10/"
    assert read(world, oversight.reply_time, rated, month(world)).under == 1


def test_visits_to_make_come_by_due_moment_a_page_at_a_time(world: World) -> None:
    made = [closed(world) for _ in range(3)]
    for case, within in zip(made, (9, 5, 7), strict=True):
        planned(world, case, within)
    first = read(world, oversight.visits_to_make, EVERY, "", 2)
    assert [one.public_id for one in first] == [made[1].public_id, made[2].public_id]
    cursor = oversight.cursor_of(first[-1])
    rest = read(world, oversight.visits_to_make, EVERY, cursor, 2)
    assert [one.public_id for one in rest] == [made[0].public_id]


@pytest.mark.parametrize(
    "cursor", ["x", "~", "2026-11-16~1", "2026-11-16T00:00:00+00:00~" + "9" * 19, "x~1"]
)
def test_a_made_up_cursor_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(UnusableCursor):
        read(world, oversight.visits_to_make, EVERY, cursor)


def test_why_a_case_is_due_is_told_for_its_running_round(world: World) -> None:
    case = world.open()
    other = world.open()
    told = read(world, oversight.why_due, [case.public_id, other.public_id, "UNKNOWN"])
    assert set(told) == {case.public_id, other.public_id}
    counted = [line["day"] for line in told[case.public_id] if line["counted"]]
    assert counted == ["2026-11-17", "2026-11-18", "2026-11-19"]
    assert case.state is CaseState.OPENED


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("rectification_case", "first_replied_at"),
        ("case_visit", "done_at"),
        ("case_appeal", "decided_at"),
    ],
)
def test_the_moments_that_figures_are_counted_by_are_indexed(
    world: World, table: str, column: str
) -> None:
    indexes = inspect(world.store.engine).get_indexes(table)
    assert [column] in [index["column_names"] for index in indexes]
