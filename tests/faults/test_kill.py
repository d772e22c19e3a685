"""Kill -9 between any two lines loses nothing and doubles nothing."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from haochaping.clock import FakeClock, SystemClock
from haochaping.deployment import Deployment
from haochaping.evaluation import conservation
from haochaping.evaluation.tables import evaluation
from haochaping.grading import tallies
from haochaping.grading.context import CountingRules
from haochaping.journal.sealing import verify
from haochaping.journal.tables import journal
from haochaping.rectification.tables import rectification_case
from haochaping.settings import DATABASE_VARIABLE, write_secrets
from haochaping.worker import Worker
from tests.catalogues import fill
from tests.faults.processes import TOLD_VARIABLE, opened

KILLS = 20
TOLD = "told.txt"
PROFILE = """\
extends: zhejiang
plugins:
  recorder: {}
rectification:
  release_delay: {min_minutes: 0, max_minutes: 0}
"""


@pytest.fixture
def home(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(DATABASE_VARIABLE, store_url)
    (tmp_path / "deployment.yaml").write_text("profile: killed\n", encoding="utf-8")
    monkeypatch.setenv(TOLD_VARIABLE, str(tmp_path / TOLD))
    (tmp_path / "killed.yaml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / TOLD).touch()
    write_secrets(tmp_path)
    deployment = opened(tmp_path)
    fill(deployment)
    deployment.close()
    return tmp_path


def start(what: str, home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.processes", what, str(home)]
    root = Path(__file__).parent.parent.parent
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)


def kill(process: subprocess.Popen[str], acknowledged: list[str]) -> None:
    """Kill -9, and keep the receipts that had been printed."""
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate(timeout=30)
    acknowledged += [line for line in out.split("\n")[:-1] if line]


def killed_again_and_again(home: Path) -> list[str]:
    """Kill the worker 20 times, and the rating process every fourth time."""
    chance = random.Random(20261116)
    acknowledged: list[str] = []
    rater = start("rater", home)
    for number in range(1, KILLS + 1):
        worker = start("worker", home)
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(chance.uniform(1.0, 2.2))
        kill(worker, [])
        if number % 4 == 0:
            kill(rater, acknowledged)
            rater = start("rater", home)
    kill(rater, acknowledged)
    return acknowledged


def finished(home: Path) -> Deployment:
    """Let one more worker finish, past all leases, and then past all deadlines."""
    clock = FakeClock(SystemClock().now() + timedelta(minutes=10))
    deployment = opened(home, clock)
    worker = Worker(deployment)
    worker.drain()
    for _ in range(50):
        clock.advance(timedelta(days=1))
        worker.drain()
    return deployment


def test_twenty_kills_lose_nothing_and_double_nothing(home: Path) -> None:
    acknowledged = killed_again_and_again(home)
    deployment = finished(home)
    with deployment.store.read() as conn:
        receipts = set(conn.execute(select(evaluation.c.receipt)).scalars())
        bad = conn.execute(
            select(func.count()).select_from(evaluation).where(evaluation.c.grade <= 2)
        ).scalar_one()
        cases = list(conn.execute(select(rectification_case.c.origin_id)).scalars())
        reached = deadlines_reached(conn)
        told = set((home / TOLD).read_text().split())
        should_hear = conn.execute(
            select(journal.c.seq).where(journal.c.kind.in_(["evaluation.recorded", "case.opened"]))
        )
        keys = {f"journal:{seq}" for seq in should_hear.scalars()}
        assert conservation.count(conn).holds
        assert list(verify(conn)) == []
    assert len(acknowledged) > KILLS, "the rating process got through"
    assert set(acknowledged) <= receipts
    assert len(cases) == len(set(cases)) == bad
    assert reached
    assert set(reached.values()) == {1}
    assert told == keys
    with deployment.store.write() as conn:
        assert list(tallies.compare(conn, CountingRules.of(deployment.profile.rules))) == []
    deployment.close()


def deadlines_reached(conn) -> Counter[str]:
    """Count the events of every deadline and warning of every case."""
    events = conn.execute(
        select(journal.c.payload).where(journal.c.kind == "deadline.reached")
    ).scalars()
    return Counter(events)
