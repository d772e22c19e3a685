"""Jobs happen once, late rather than never, and never twice."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from haochaping.clock import FakeClock
from haochaping.jobs import Hopeless, Job, NotYet, Periodic, Runner, cancel, enqueue, move, retry
from haochaping.jobs.queue import state_of
from haochaping.jobs.runner import LeaseLost, pause
from haochaping.jobs.slots import enqueue_slots, latest_slot
from haochaping.jobs.tables import job as job_table
from haochaping.store import Store

SHANGHAI = ZoneInfo("Asia/Shanghai")


def put(store: Store, clock: FakeClock, dedup: str = "a", *, after: int = 0, kind: str = "k"):
    with store.write() as conn:
        due = clock.now() + timedelta(seconds=after)
        return enqueue(conn, Job(kind, due, {"n": 1}, dedup), clock.now())


def runner(store: Store, clock: FakeClock, handler) -> Runner:
    return Runner(store, clock, {"k": handler}, lambda *a, **k: None)


def state(store: Store, dedup: str = "a") -> str | None:
    with store.read() as conn:
        return state_of(conn, dedup)


def test_a_job_runs_when_due_and_once(store: Store, clock: FakeClock) -> None:
    runs = []
    put(store, clock, after=60)
    worker = runner(store, clock, lambda context: runs.append(context.payload["n"]))
    assert worker.run_due() == 0
    clock.wait(61)
    assert worker.run_due() == 1
    assert worker.run_due() == 0
    assert runs == [1]
    assert state(store) == "done"


def test_the_same_dedup_key_is_enqueued_once_even_when_done(store: Store, clock: FakeClock) -> None:
    assert put(store, clock)
    assert not put(store, clock)
    runner(store, clock, lambda context: None).run_due()
    assert not put(store, clock)


def test_a_failed_job_is_retried_later_and_parked_in_the_end(
    store: Store, clock: FakeClock
) -> None:
    def fail(context):
        raise RuntimeError("network")

    put(store, clock)
    worker = runner(store, clock, fail)
    worker.run_due()
    assert worker.run_due() == 0
    for _ in range(12):
        clock.wait(7 * 3600)
        worker.run_due()
    assert state(store) == "parked"
    with store.write() as conn:
        row = conn.execute(select(job_table)).mappings().one()
        assert "network" in row["error"]
        assert retry(conn, row["id"], clock.now())
    runner(store, clock, lambda context: None).run_due()
    assert state(store) == "done"


def test_a_hopeless_job_is_parked_at_once(store: Store, clock: FakeClock) -> None:
    def refuse(context):
        raise Hopeless("the receiver answered 410")

    put(store, clock)
    runner(store, clock, refuse).run_due()
    assert state(store) == "parked"


def test_a_job_that_is_not_ready_waits_without_counting_a_failure(
    store: Store, clock: FakeClock
) -> None:
    later = clock.now() + timedelta(hours=1)
    ready = []

    def handler(context):
        if not ready:
            raise NotYet(later, "not yet")

    put(store, clock)
    worker = runner(store, clock, handler)
    worker.run_due()
    assert worker.run_due() == 0
    ready.append(True)
    clock.wait(3601)
    assert worker.run_due() == 1
    assert state(store) == "done"


def test_a_job_nobody_knows_is_parked_and_says_so(store: Store, clock: FakeClock) -> None:
    put(store, clock, kind="unknown")
    runner(store, clock, lambda context: None).run_due()
    assert state(store) == "parked"


def test_a_worker_paused_past_its_lease_keeps_nothing(store: Store, clock: FakeClock) -> None:
    put(store, clock)
    slow = runner(store, clock, lambda context: None)
    claim = slow.claim(1)[0]
    clock.wait(3600)
    runner(store, clock, lambda context: None).run_due()
    assert state(store) == "done"

    def effect(context):
        with context.transaction() as conn:
            enqueue(conn, Job("k", clock.now(), dedup="effect"), clock.now())

    assert not runner(store, clock, effect).run(claim)
    assert state(store, "effect") is None


def test_a_killed_worker_leaves_its_job_to_the_next(store: Store, clock: FakeClock) -> None:
    put(store, clock)
    runner(store, clock, lambda context: None).claim(1)
    worker = runner(store, clock, lambda context: None)
    assert worker.run_due() == 0
    clock.wait(301)
    assert worker.run_due() == 1


def test_effect_and_end_of_a_job_are_one_transaction(store: Store, clock: FakeClock) -> None:
    def half_way(context):
        with context.transaction() as conn:
            enqueue(conn, Job("k", clock.now(), dedup="effect"), clock.now())
            raise RuntimeError("killed between two lines")

    put(store, clock)
    runner(store, clock, half_way).run_due()
    assert state(store, "effect") is None
    assert state(store) == "open"


def test_two_workers_share_the_jobs_without_doubling_any(store: Store, clock: FakeClock) -> None:
    for number in range(40):
        put(store, clock, f"job:{number}")
    runs: list[int] = []
    worker = runner(store, clock, lambda context: runs.append(context.claim.id))

    def work() -> None:
        while worker.run_due(5):
            pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == len(set(runs)) == 40


def test_an_open_job_can_be_moved_and_cancelled_a_done_one_cannot(
    store: Store, clock: FakeClock
) -> None:
    put(store, clock)
    with store.write() as conn:
        assert move(conn, "a", clock.now() + timedelta(days=1))
    worker = runner(store, clock, lambda context: None)
    assert worker.run_due() == 0
    clock.advance(timedelta(days=1))
    assert worker.run_due() == 1
    with store.write() as conn:
        assert not move(conn, "a", clock.now())
        assert not cancel(conn, "a")
    put(store, clock, "b")
    with store.write() as conn:
        assert cancel(conn, "b")
    assert state(store, "b") is None


def test_each_slot_is_enqueued_once_and_a_long_pause_makes_up_only_the_latest(
    store: Store, clock: FakeClock
) -> None:
    work = [Periodic("nightly", "30 0 * * *")]
    assert enqueue_slots(store, work, clock.now(), SHANGHAI) == 1
    assert enqueue_slots(store, work, clock.now(), SHANGHAI) == 0
    clock.advance(timedelta(days=40))
    assert enqueue_slots(store, work, clock.now(), SHANGHAI) == 1


def november(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        (november(16, 2, 0), november(15, 16, 30)),
        (november(15, 16, 30, 5), november(15, 16, 30)),
        (november(15, 16, 29, 59), november(14, 16, 30)),
    ],
)
def test_the_latest_slot_is_the_last_one_that_has_come(now: datetime, slot: datetime) -> None:
    assert latest_slot("30 0 * * *", now, SHANGHAI) == slot


def test_pauses_double_up_to_six_hours() -> None:
    assert pause(1) <= timedelta(seconds=15)
    assert timedelta(hours=4) < pause(50) <= timedelta(hours=6)


def test_a_lost_lease_is_an_error_of_its_own() -> None:
    assert not issubclass(LeaseLost, (Hopeless, NotYet))


def test_what_is_due_is_found_without_looking_at_what_is_open(store: Store) -> None:
    """Both bound, as the worker asks: the index must lead to the due moment, not to the state."""
    if store.dialect != "sqlite":
        steps = "SET LOCAL enable_seqscan = off"
        asked = "EXPLAIN SELECT id FROM job WHERE state = :state AND ready_at <= :now"
    else:
        steps = "SELECT 1"
        asked = "EXPLAIN QUERY PLAN SELECT id FROM job WHERE state = :state AND ready_at <= :now"
    with store.write() as conn:
        conn.execute(text(steps))
        plan = str(conn.execute(text(asked), {"state": "open", "now": 1}).all())
    assert "ix_job_due" in plan
    assert "ready_at" in plan
