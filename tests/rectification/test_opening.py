"""A bad rating opens one case, in the transaction that stores it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from haochaping.evaluation.tables import opinion
from haochaping.jobs.tables import job
from haochaping.rectification import opening, steps
from haochaping.rectification.problems import UnknownOrigin
from haochaping.rectification.tables import case_deadline, rectification_case

from .conftest import HALL, REGION, World, rules


class BrokenCalendar:
    """A calendar that fails whatever it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no calendar")


def count(world: World, table: Any) -> int:
    with world.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_bad_rating_opens_a_case_due_by_the_working_day_calendar(world: World):
    case = world.open(grade=2)
    assert case.due_day == date(2026, 11, 19)  # Monday plus three workdays
    assert case.due_at == datetime(2026, 11, 19, 16, tzinfo=UTC)  # 24:00 in Shanghai
    assert case.first_due_at == case.due_at
    assert not case.provisional
    assert "case.opened" in world.emit.kinds


def test_a_good_rating_opens_none(world: World):
    assert world.follow(opening.open_for_evaluation, world.rate(3)) is None
    assert count(world, rectification_case) == 0


def test_a_held_rating_opens_none(world: World):
    assert world.follow(opening.open_for_evaluation, world.rate(1, status="held")) is None


def test_a_released_rating_counts_from_when_it_was_received(world: World):
    event = world.rate(1, status="held")
    received = world.clock.now()
    world.pass_days(2)
    case = world.follow(steps.amendments.review_case, world.mark(event, "effective"))
    assert case.opened_at == received
    assert case.due_day == date(2026, 11, 19)
    assert case.visible_at > world.clock.now()


def test_the_same_rating_never_opens_a_second_case(world: World):
    event = world.rate(1)
    first = world.follow(opening.open_for_evaluation, event)
    second = world.follow(opening.open_for_evaluation, event)
    assert first == second
    assert world.emit.kinds.count("case.opened") == 1
    assert count(world, rectification_case) == 1


def test_a_step_for_several_events_opens_each_case_once(world: World):
    step = steps.bound(world.context, steps.open_case_if_bad)
    events = [world.rate(1), world.rate(5), world.rate(2)]
    with world.store.write() as conn:
        step(conn, events, world.clock.now())
        step(conn, events, world.clock.now())
    assert count(world, rectification_case) == 2


def test_the_unit_sees_the_case_after_a_random_delay_only(world: World):
    delays = {world.open().visible_at - world.clock.now() for _ in range(5)}
    assert all(timedelta(minutes=10) <= delay <= timedelta(minutes=120) for delay in delays)
    assert len(delays) == 5


def test_the_delay_leaves_at_least_half_of_a_short_deadline(world: World):
    world.clock.set(datetime(2026, 11, 16, 15, 30, tzinfo=UTC))  # 23:30 in Shanghai
    same_day = {"reply": {"simple": replace(rules().deadlines["reply"]["simple"])}}
    world.context = replace(world.context, rules=rules(deadlines=same_day))
    case = world.open()
    assert case.visible_at <= world.clock.now() + (case.due_at - world.clock.now()) / 2


def test_every_moment_of_a_case_is_one_job(world: World):
    case = world.open()
    with world.store.read() as conn:
        keys = set(conn.execute(select(job.c.dedup)).scalars())
    assert keys == {
        f"plan:{case.id}:1",
        f"release:{case.id}",
        f"case:{case.id}:contact:0",
        f"case:{case.id}:reply:0",
        f"case:{case.id}:reply:1",
        f"case:{case.id}:reply:2",
        f"case:{case.id}:reply:3",
    }


def test_an_anonymous_rater_sets_no_contact_deadline(world: World):
    case = world.open(identity="anonymous")
    with world.store.read() as conn:
        kinds = set(conn.execute(select(case_deadline.c.kind)).scalars())
    assert kinds == {"reply"}
    assert not case.real_name


def test_a_broken_calendar_opens_the_case_with_provisional_weekdays(world: World):
    world.context = replace(world.context, calendar=BrokenCalendar())
    case = world.open()
    assert case.provisional
    assert case.due_day == date(2026, 11, 19)


def test_a_plan_without_any_deadline_is_due_the_same_day_provisionally(world: World):
    world.context = replace(world.context, rules=rules(deadlines={}))
    case = world.open()
    assert (case.due_day, case.provisional) == (date(2026, 11, 16), True)


def test_a_due_date_beyond_the_published_years_is_provisional(world: World):
    world.clock.set(datetime(2026, 12, 30, 2, tzinfo=UTC))
    assert world.open().provisional


def test_public_numbers_cannot_be_guessed(world: World):
    numbers = [world.open().public_id for _ in range(3)]
    assert len(set(numbers)) == 3
    assert all(len(number) == 10 for number in numbers)


def test_the_journal_learns_ids_and_dates_only(world: World):
    world.open(words="窗口态度差")
    payload = world.emit.payloads("case.opened")[0]
    assert set(payload) == {
        "case_id", "served_month", "origin_kind", "origin_id", "organization_id", "round",
        "evaluation_id", "occurrence_id", "due_at", "provisional",
    }  # fmt: skip


def test_an_opinion_has_one_case_too(world: World):
    with world.store.write() as conn:
        conn.execute(
            insert(opinion).values(
                id=5, region=REGION, kind="comprehensive", organization_id=10, hall_id=HALL,
                grade=1, idempotency_key="k", at=world.clock.now(),
            )
        )  # fmt: skip
    case = world.call(opening.open_for_opinion, 5, world.clock.now())
    again = world.call(opening.open_for_opinion, 5, world.clock.now())
    assert case == again
    assert (case.origin_kind, case.served_month) == ("opinion", 202611)


def test_an_unknown_opinion_is_refused(world: World):
    with pytest.raises(UnknownOrigin):
        world.call(opening.open_for_opinion, 99, world.clock.now())


def test_a_hall_that_closes_early_ends_its_deadlines_early(world: World):
    from sqlalchemy import update

    from haochaping.catalog.tables import hall

    closing = replace(rules().deadlines["reply"]["simple"], cut_off="hall_closing")
    world.context = replace(world.context, rules=rules(deadlines={"reply": {"simple": closing}}))
    with world.store.write() as conn:
        conn.execute(update(hall).values(opening=[["09:00", "15:30"]]))
    assert world.open().due_at == datetime(2026, 11, 19, 7, 30, tzinfo=UTC)
