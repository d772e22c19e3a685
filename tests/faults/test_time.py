"""Clocks that jump, two schedulers at once, a calendar that is not there yet."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.hooks.values import Identity
from haochaping.journal.tables import journal
from haochaping.rectification.records import Case, by_origin
from haochaping.worker import Worker
from tests.faults.ground import Ground, case_no, heard, prepare, stock

JUMP = timedelta(days=40)
CALENDAR = """\
year: 2027
document: 测试用放假安排
number: 测试〔2026〕1号
published: "2026-12-30"
revision: 1
holidays:
  - {name: {zh: 元旦, en: New Year}, first: "2027-01-01", last: "2027-01-04"}
"""


@pytest.fixture
def ground(store_url: str, tmp_path: Path) -> Ground:
    prepare(tmp_path / "home", store_url)
    return Ground(tmp_path / "home")


@pytest.fixture
def deployment(ground: Ground, clock: FakeClock) -> Iterator[Deployment]:
    found = ground.open(clock)
    stock(found, 6)
    yield found
    found.close()


def rate_badly(deployment: Deployment, number: int) -> Case:
    receipt = deployment.intake.submit(
        Draft(
            occurrence=CaseRef(case_no(number)),
            grade=2,
            options=["209"],
            channel="web",
            identity=Identity.PRESUMED,
            idempotency_key=f"k{number}",
            client="api:1",
        )
    )
    return case_of(deployment, receipt.evaluation.id)


def case_of(deployment: Deployment, origin: int) -> Case:
    with deployment.store.read() as conn:
        found = by_origin(conn, "evaluation", origin)
    assert found is not None
    return found


def fired(deployment: Deployment) -> Counter[tuple[int, str, int]]:
    """How often each deadline and warning fired."""
    with deployment.store.read() as conn:
        told = select(journal.c.payload).where(journal.c.kind == "deadline.reached")
        payloads = [json.loads(each) for each in conn.execute(told).scalars()]
    return Counter((each["case_id"], each["deadline"], each["level"]) for each in payloads)


def test_a_clock_that_jumps_forth_and_back_fires_each_deadline_once(
    deployment: Deployment, clock: FakeClock
) -> None:
    worker = Worker(deployment)
    case = rate_badly(deployment, 1)
    worker.drain()
    assert not fired(deployment)
    for jump in (JUMP, -JUMP, -JUMP, JUMP, JUMP):
        clock.advance(jump)
        worker.drain()
    assert len(fired(deployment)) > 3
    assert set(fired(deployment).values()) == {1}
    assert case_of(deployment, case.origin_id).first_due_at == case.first_due_at


def test_a_clock_set_back_moves_no_due_date_and_loses_no_rating(
    deployment: Deployment, clock: FakeClock
) -> None:
    first = rate_badly(deployment, 1)
    clock.advance(-JUMP)
    second = rate_badly(deployment, 2)
    Worker(deployment).drain()
    assert case_of(deployment, first.origin_id).due_at == first.due_at
    assert second.due_at < first.due_at
    clock.advance(JUMP * 2)
    Worker(deployment).drain()
    assert {case for case, _, _ in fired(deployment)} == {first.id, second.id}


def test_two_schedulers_at_once_fire_each_deadline_once(
    ground: Ground, deployment: Deployment, clock: FakeClock
) -> None:
    cases = [rate_badly(deployment, number) for number in range(1, 7)]
    other = ground.open(clock)
    clock.advance(JUMP)
    workers = [Worker(deployment), Worker(other)]
    threads = [threading.Thread(target=worker.drain) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.advance(JUMP)
    workers[0].drain()
    other.close()
    assert set(fired(deployment).values()) == {1}
    assert {case for case, _, _ in fired(deployment)} == {case.id for case in cases}
    with deployment.store.read() as conn:
        rows = conn.execute(select(heard.c.hook, heard.c.key, heard.c.subject)).all()
    subjects = {(row.hook, row.key): row.subject for row in rows}
    assert len(set(rows)) == len(subjects)


def test_without_next_years_calendar_the_due_day_is_provisional_and_then_certain_once(
    ground: Ground, deployment: Deployment, clock: FakeClock
) -> None:
    clock.set(datetime(2026, 12, 29, 2, tzinfo=UTC))
    case = rate_badly(deployment, 1)
    assert case.provisional
    assert case.due_day == date(2027, 1, 5)

    (ground.home / "calendars" / "2027.yaml").write_text(CALENDAR, encoding="utf-8")
    clock.advance(timedelta(days=1))
    informed = ground.open(clock)
    worker = Worker(informed)
    worker.drain()
    certain = case_of(informed, case.origin_id)
    assert (certain.provisional, certain.due_day) == (False, date(2027, 1, 7))
    clock.advance(timedelta(days=1))
    worker.drain()
    assert case_of(informed, case.origin_id).due_at == certain.due_at
    clock.advance(JUMP)
    worker.drain()
    assert set(fired(informed).values()) == {1}
    informed.close()
