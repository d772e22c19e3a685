"""Default ratings: only where a profile says so, in no figure, never in a rater's way."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select
from tests.evaluation.conftest import REGION, Town

from haochaping.clock import FakeClock
from haochaping.evaluation.defaults import Defaulting
from haochaping.evaluation.desk import Desk
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.submission import Draft
from haochaping.evaluation.tables import default_rating, evaluation
from haochaping.grading import entries, figures, periods, recount, tallies
from haochaping.grading.context import CountingRules
from haochaping.grading.rollup import Key
from haochaping.hooks.values import Duration, OccurrenceKey, Period, Unit
from haochaping.jobs import Job, Runner
from haochaping.jobs.queue import enqueue
from haochaping.journal import Journal
from haochaping.profile.rules import DefaultRatingRules
from haochaping.store import Store

RULES = DefaultRatingRules(Duration(7, Unit.CALENDAR_DAY), 3)
COUNTING = CountingRules()
AFTER = timedelta(days=7, hours=2)
WORKING = Duration(5, Unit.WORKDAY)


@pytest.fixture
def defaulting(desk: Desk) -> Defaulting:
    """The job, with a ledger behind it as in a deployment."""
    following = {
        kind: (lambda conn, events, at: entries.on_defaults(COUNTING, conn, events, at),)
        for kind in ("default.recorded", "default.set_aside")
    }
    rated = lambda conn, events, at: entries.on_evaluations(COUNTING, conn, events, at)  # noqa: E731
    journal = Journal({**following, "evaluation.recorded": (rated,)})
    return Defaulting(replace(desk, emit=journal.emit, emit_many=journal.emit_many), RULES)


def stored(store: Store) -> list[Any]:
    with store.read() as conn:
        return list(conn.execute(select(default_rating).order_by(default_rating.c.occurrence_id)))


def rate(defaulting: Defaulting, key: OccurrenceKey, grade: int = 5) -> None:
    draft = Draft(
        occurrence=key,
        grade=grade,
        idempotency_key=f"k-{key.id}",
        client="citizen",
        channel="web",
        text="慢" if grade < 3 else "",
    )
    Intake(defaulting.desk, grouped=False).submit(draft)


def differences(conn: Connection) -> list[recount.Difference]:
    """Where the roll-up is not what is stored; services themselves were not told to it."""
    found = recount.compare(conn, COUNTING)
    return [one for one in found if isinstance(one.key, Key) and one.key.provenance]


def month(clock: FakeClock) -> Period:
    return periods.of_month(clock.now().date())


def test_an_unrated_service_gets_its_default_after_the_profile_s_time_once(
    defaulting: Defaulting, store: Store, clock: FakeClock, town: Town
) -> None:
    clock.advance(timedelta(days=6))
    defaulting.record_due(RULES, clock.now())
    assert stored(store) == []
    clock.advance(timedelta(days=1, hours=2))
    assert defaulting.record_due(RULES, clock.now()) == 3
    assert defaulting.record_due(RULES, clock.now()) == 0
    rows = stored(store)
    assert [row.occurrence_id for row in rows] == sorted(
        key.id for key in (town.occurrence, *town.others)
    )
    assert {(row.grade, row.region, row.set_aside_at) for row in rows} == {(3, REGION, None)}
    with store.read() as conn:
        assert conn.execute(select(evaluation)).all() == []
        apart = figures.by_provenance(conn, "region", None, month(clock))
        total = figures.total(conn, "region", None, month(clock))
    assert apart == {"system_default": 3}
    assert (total.rated, total.active) == (0, 0)


def test_who_rates_after_all_is_taken_and_puts_the_default_aside(
    defaulting: Defaulting, store: Store, clock: FakeClock, town: Town
) -> None:
    clock.advance(AFTER)
    defaulting.record_due(RULES, clock.now())
    rate(defaulting, town.occurrence, 1)
    assert defaulting.set_rated_aside(clock.now()) == 1
    assert defaulting.set_rated_aside(clock.now()) == 0
    [aside] = [row for row in stored(store) if row.set_aside_at is not None]
    assert aside.occurrence_id == town.occurrence.id
    with store.write() as conn:
        tallies.fold(conn)
        assert differences(conn) == []
        assert figures.by_provenance(conn, "organization", [1], month(clock)) == {
            "citizen": 1,
            "system_default": 2,
        }
        assert figures.defaults(conn, "hall", None, month(clock)) == {2: 2}


def test_without_rules_the_job_only_puts_aside(
    defaulting: Defaulting, store: Store, clock: FakeClock, town: Town
) -> None:
    clock.advance(AFTER)
    defaulting.record_due(RULES, clock.now())
    rate(defaulting, town.occurrence)
    off = replace(defaulting, rules=None)
    with store.write() as conn:
        enqueue(conn, Job("defaults", clock.now(), {}), clock.now())
    Runner(store, clock, {"defaults": off}, lambda *_, **__: None).run_due()
    assert [row.set_aside_at is not None for row in stored(store)].count(True) == 1
    assert len(stored(store)) == 3


def test_working_days_are_counted_where_the_profile_says_so(
    defaulting: Defaulting, store: Store, clock: FakeClock, town: Town
) -> None:
    late = replace(defaulting.desk, due=lambda start, _within: start + timedelta(days=9))
    working = replace(defaulting, desk=late)
    rules = DefaultRatingRules(WORKING, 3)
    clock.advance(timedelta(days=8))
    assert working.record_due(rules, clock.now()) == 0
    clock.advance(timedelta(days=2))
    assert working.record_due(rules, clock.now()) == 3


@pytest.mark.parametrize("seed", range(4))
def test_adding_defaults_never_changes_a_rate(
    defaulting: Defaulting, store: Store, clock: FakeClock, town: Town, seed: int
) -> None:
    chance = random.Random(seed)
    keys = [town.occurrence, *town.others]
    rated = chance.sample(keys, chance.randrange(3))
    for key in rated:
        rate(defaulting, key, chance.randint(1, 5))
    clock.advance(AFTER)
    with store.read() as conn:
        before = figures.of(conn, "organization", [1], month(clock))
    defaulting.record_due(DefaultRatingRules(RULES.after, chance.randint(3, 5)), clock.now())
    with store.write() as conn:
        tallies.fold(conn)
        assert figures.of(conn, "organization", [1], month(clock)) == before
        assert differences(conn) == []
        apart = figures.by_provenance(conn, "organization", [1], month(clock))
    assert apart.get("system_default", 0) == len(keys) - len(rated)
