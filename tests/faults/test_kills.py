"""Killed at any moment, twenty times: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation, stored
from haochaping.evaluation.tables import evaluation
from haochaping.grading import tallies
from haochaping.grading.context import CountingRules
from haochaping.journal.sealing import verify
from haochaping.journal.tables import journal, journal_parked, journal_seal
from haochaping.rectification.tables import case_deadline, rectification_case
from haochaping.worker import Worker
from tests.faults.conftest import Processes, rest
from tests.faults.ground import Ground, bad, case_no, heard, shift, stock
from tests.faults.process import ACKNOWLEDGED

SERVICES = 240
KILLS = 20
MOMENTS = (0.05, 0.45)
"""Seconds between two kills: least and most."""
JUMPS = {7: 40.0, 13: 0.0}
"""Before which kill the clocks of all processes jump to how many days from now."""


@pytest.fixture
def ground(home: Path) -> Ground:
    return Ground(home)


@pytest.fixture(params=[20, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(8))])
def luck(request: pytest.FixtureRequest) -> random.Random:
    """What decides the moments and the victims."""
    return random.Random(request.param)


@pytest.fixture
def settled(ground: Ground, processes: Processes, luck: random.Random) -> Deployment:
    """The deployment after ratings came in under fire and all work was done."""
    deployment = ground.open()
    stock(deployment, SERVICES)
    assert under_fire(ground.home, processes, luck) == KILLS
    deployment.close()
    return finished(ground)


def under_fire(home: Path, processes: Processes, luck: random.Random) -> int:
    """Kill worker or submitter at random moments, then let the submitter finish.

    Returns how many were killed while they were at work.
    """
    hits = 0
    submit = f"submitter 1 {SERVICES + 1}"
    running = {"worker": processes.start("worker"), submit: processes.start(submit)}
    for number in range(KILLS):
        rest(luck.uniform(*MOMENTS))
        shift(home, JUMPS.get(number, _shifted(home)))
        at_work = [name for name, pid in running.items() if processes.alive(pid)]
        victim = luck.choice(at_work)
        hits += processes.kill(running[victim])
        running[victim] = processes.start(victim)
    processes.wait(running[submit])
    processes.kill(running["worker"])
    return hits


def _shifted(home: Path) -> float:
    return float((home / "clock-offset").read_text())


def finished(ground: Ground) -> Deployment:
    """Let all deadlines pass and everything that waits be done."""
    clock = FakeClock(datetime.now(UTC) + timedelta(days=41))
    deployment = ground.open(clock)
    for _ in range(6):  # with time for leases of the dead and back-off
        Worker(deployment).drain()
        clock.advance(timedelta(days=8))
    return deployment


def test_nothing_is_lost_and_nothing_doubled(settled: Deployment) -> None:
    acknowledged = _acknowledged(settled.home)
    _every_receipt_is_stored(settled, acknowledged)
    _one_case_a_bad_rating(settled)
    _deadlines_fired_once(settled)
    _figures_agree(settled)
    _observers_heard_all(settled)
    settled.close()


def _acknowledged(home: Path) -> dict[int, str]:
    """Return the receipts by service; a service acknowledged twice has one receipt."""
    pairs = [line.split() for line in (home / ACKNOWLEDGED).read_text().splitlines()]
    found = {int(number): receipt for number, receipt in pairs}
    assert all(found[int(number)] == receipt for number, receipt in pairs)
    assert sorted(found) == list(range(1, SERVICES + 1)), (home / "log").read_text()
    return found


def _every_receipt_is_stored(deployment: Deployment, acknowledged: dict[int, str]) -> None:
    with deployment.store.read() as conn:
        for number, receipt in acknowledged.items():
            row = stored.by_receipt(conn, receipt)
            assert row is not None, case_no(number)
            assert (row.grade <= 2) == bad(number)
            assert row.status == "effective"
        assert conn.execute(select(func.count()).select_from(evaluation)).scalar() == SERVICES
        assert conservation.count(conn).holds


def _one_case_a_bad_rating(deployment: Deployment) -> None:
    with deployment.store.read() as conn:
        origins = list(conn.execute(select(rectification_case.c.origin_id)).scalars())
        wanted = select(evaluation.c.id).where(evaluation.c.grade <= 2)
        assert sorted(origins) == sorted(conn.execute(wanted).scalars())
    assert len(origins) == sum(bad(number) for number in range(1, SERVICES + 1))


def _deadlines_fired_once(deployment: Deployment) -> None:
    with deployment.store.read() as conn:
        told = select(journal.c.payload).where(journal.c.kind == "deadline.reached")
        fired = Counter(_deadline(payload) for payload in conn.execute(told).scalars())
        rows = conn.execute(select(case_deadline)).mappings().all()
    assert rows
    assert {row["state"] for row in rows} == {"reached"}
    wanted = Counter((row["case_id"], row["kind"], row["level"]) for row in rows)
    assert fired == wanted


def _deadline(payload: str) -> tuple[int, str, int]:
    told = json.loads(payload)
    return told["case_id"], told["deadline"], told["level"]


def _figures_agree(deployment: Deployment) -> None:
    with deployment.store.write() as conn:
        assert tallies.compare(conn, CountingRules.of(deployment.profile.rules)) == ()
    with deployment.store.read() as conn:
        assert list(verify(conn)) == []
        sealed = conn.execute(select(func.sum(journal_seal.c.count))).scalar()
        assert sealed == conn.execute(select(func.count()).select_from(journal)).scalar()


def _observers_heard_all(deployment: Deployment) -> None:
    """Every event was delivered, and again only under the same key."""
    kinds = {
        "evaluation_recorded": "evaluation.recorded",
        "case_opened": "case.opened",
        "deadline_reached": "deadline.reached",
    }
    with deployment.store.read() as conn:
        rows = conn.execute(select(heard.c.hook, heard.c.key, heard.c.subject)).all()
        for hook, kind in kinds.items():
            told = conn.execute(select(journal.c.seq).where(journal.c.kind == kind)).scalars()
            assert {row.key for row in rows if row.hook == hook} == {f"journal:{n}" for n in told}
        parked = select(journal_parked.c.state).where(journal_parked.c.state != "done")
        assert conn.execute(parked).first() is None
    subjects = {(row.hook, row.key): row.subject for row in rows}
    assert len({(row.hook, row.key, row.subject) for row in rows}) == len(subjects)
