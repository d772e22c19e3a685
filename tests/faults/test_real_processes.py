"""The real processes under fire; a checker that knows nothing of ours proves what is promised."""

from __future__ import annotations

import ast
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from haochaping.store import Store, migrating
from tests.faults import harness
from tests.faults.harness import CHECKER, Clients, Town, WarmTown

FEW, MANY = 3, 100
SEEDS = (1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 11)))
"""A hundred kills in the suite, a thousand with the long tests, on each database."""


@pytest.fixture
def town(store_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    services = getattr(request, "param", 120)
    made = harness.found(tmp_path / "home", store_url, services)
    yield made
    made.stop()


@pytest.fixture
def warm_town(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = harness.found(tmp_path / "home", store_url, 1000, WarmTown)
    yield made
    made.stop()


def told(name: str, town: Town, figures: dict[str, Any]) -> None:
    """Print the figures, for the reader of a long run."""
    slowest = max(town.recoveries, default=0.0)
    shown = {key: value for key, value in figures.items() if key != "broken"}
    line = json.dumps(
        {
            "fault": name,
            "kills": town.hits,
            "cut": town.cut,
            "slowest_recovery": round(slowest, 1),
            **shown,
        }
    )
    print(f"\n{line}")


def under_fire(
    town: Town,
    services: int,
    kills: int,
    luck: random.Random,
    pause: float = 0.02,
    moments: tuple[float, float] = (0.05, 0.6),
    worker: int = 4,
) -> dict[str, Any]:
    """Kill pages and worker in turn, at random moments, while ratings come in.

    The clients rest for `pause` seconds after each rating while there are kills to come, and
    two kills are as many seconds apart as `moments` say, least and most, and the recovery. Every
    `worker`-th kill is the worker's.
    """
    town.start("web")
    town.start("worker")
    town.wait_ready()
    with Clients(town, range(1, services + 1), pause) as clients:
        for number in range(1, kills + 1):
            time.sleep(luck.uniform(*moments))
            victim = "worker" if number % worker == 0 else "web"
            town.kill(victim)
            town.recover(victim)
        assert clients.done < services, "the ratings were over before the kills"
        clients.pause = 0.0
    assert town.hits == kills
    town.stop()
    town.finish()
    return harness.proved(town)


def test_the_checker_imports_nothing_of_ours_and_finds_what_is_broken(tmp_path: Path) -> None:
    tree = ast.parse(CHECKER.read_text(encoding="utf-8"))
    named = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    assert named <= {"json", "sqlite3", "sys", "psycopg"}
    import sqlite3

    database, history = tmp_path / "x.db", tmp_path / "history"
    conn = sqlite3.connect(database)
    conn.executescript(
        "CREATE TABLE evaluation (receipt, grade, status, occurrence_id, id, round);"
        "CREATE TABLE rectification_case (origin_id, origin_kind);"
        "CREATE TABLE journal (kind, payload);"
        "INSERT INTO evaluation VALUES ('A', 5, 'effective', 1, 1, 1);"
        "INSERT INTO evaluation VALUES ('B', 1, 'effective', 1, 2, 1);"
    )
    conn.close()
    line = {"key": "k", "case_no": "c", "grade": 4, "status": 201, "receipt": "A"}
    lost = {**line, "receipt": "Z"}
    history.write_text(f"{json.dumps(line)}\n{json.dumps(lost)}\n")
    command = [sys.executable, "-I", str(CHECKER), str(database), str(history)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    broken = " ".join(json.loads(done.stdout)["broken"])
    for promise in ("P1 lost", "grade 5 instead", "P2 service", "P2 key", "P3 no case", "P5"):
        assert promise in broken, broken


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_mid_submit_a_hundred_times(warm_town: Town, seed: int) -> None:
    luck = random.Random(seed)
    figures = under_fire(warm_town, 1000, MANY, luck, 0.05, moments=(0.0, 0.12), worker=2)
    assert warm_town.cut >= MANY / 10, "the kills met too few requests"
    assert (figures["lost"], figures["doubled"], figures["cases_missing"]) == (0, 0, 0)
    told("kill -9, warm", warm_town, figures)


@pytest.mark.long
@pytest.mark.parametrize("town", [40], indirect=True)
def test_killed_and_started_from_nothing_a_few_times(town: Town) -> None:
    figures = under_fire(town, 40, FEW, random.Random(8), pause=0.5)
    assert figures["acknowledged"] >= 40
    assert (figures["lost"], figures["doubled"], figures["cases_missing"]) == (0, 0, 0)
    told("kill -9", town, figures)


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("town", [3000], indirect=True)
def test_killed_and_started_from_nothing_a_hundred_times(town: Town) -> None:
    figures = under_fire(town, 3000, MANY, random.Random(100), pause=0.25)
    assert (figures["lost"], figures["doubled"], figures["cases_missing"]) == (0, 0, 0)
    told("kill -9", town, figures)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_database_stopped_hard_three_times_and_away_for_a_minute(tmp_path: Path) -> None:
    with harness.server() as own:
        town = harness.found(tmp_path / "home", own.url(), 400)
        town.start("web")
        town.start("worker")
        town.wait_ready()
        with Clients(town, range(1, 401), pause=0.1):
            for away in (0.5, 0.5, 60.0):
                time.sleep(1.5)
                harness.stop_hard(own)
                time.sleep(away)
                started = time.monotonic()
                harness.start_again(own)
                town.wait_ready()
                town.recoveries.append(time.monotonic() - started)
        town.stop()
        town.finish()
        figures = harness.proved(town)
    assert (figures["lost"], figures["doubled"], figures["cases_missing"]) == (0, 0, 0)
    told("database stopped hard", town, figures)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.long
@pytest.mark.timeout(280)
def test_a_full_disk_refuses_in_words_and_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    town = harness.found(tmp_path / "home", f"sqlite:///{small_disk / 'full.db'}", 300)
    town.start("web")
    town.start("worker")
    town.wait_ready()
    filler = small_disk / "filler"
    with Clients(town, range(1, 301), pause=0.03):
        time.sleep(1.5)
        with filler.open("wb") as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass
        time.sleep(4)
        filler.unlink()
    town.stop()
    town.finish()
    figures = harness.proved(town)
    statuses = {
        json.loads(line)["status"] for line in (town.home / "history").read_text().splitlines()
    }
    assert statuses <= {0, 200, 201, 503}
    assert 503 in statuses
    assert (figures["lost"], figures["doubled"], figures["cases_missing"]) == (0, 0, 0)
    told("disk full", town, figures)


@pytest.mark.long
@pytest.mark.timeout(280)
def test_a_worker_paused_for_a_minute_and_two_at_once_do_nothing_twice(town: Town) -> None:
    town.start("web")
    town.start("worker")
    town.wait_ready()
    first = town.running.pop("worker")
    town.start("worker")
    with Clients(town, range(1, 121)):
        time.sleep(1)
        os.killpg(first.pid, signal.SIGSTOP)
        time.sleep(60)
        os.killpg(first.pid, signal.SIGCONT)
        time.sleep(2)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    town.stop()
    town.finish()
    figures = harness.proved(town)
    assert (figures["lost"], figures["doubled"], figures["cases_missing"]) == (0, 0, 0)
    told("worker paused", town, figures)


def test_a_migration_that_breaks_half_way_leaves_all_or_nothing(store_url: str) -> None:
    """The process that migrates is killed between two statements."""
    store = Store.open(store_url)
    migrating.downgrade(store, migrating.CORE)
    script = (
        "import os, sys\n"
        "from alembic import op\n"
        "from haochaping.store import Store, migrating\n"
        "made, old = [], op.create_table\n"
        "def die(*a, **k):\n"
        "    old(*a, **k)\n"
        "    made.append(a)\n"
        "    len(made) < 15 or os.kill(os.getpid(), 9)\n"
        "op.create_table = die\n"
        "migrating.migrate(Store.open(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, store_url], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    (state,) = migrating.states(store)
    assert state.current is None
    with store.read() as conn:
        assert set(inspect(conn).get_table_names()) <= {migrating.CORE.version_table}
    migrating.migrate(store)
    (state,) = migrating.states(store)
    assert not state.pending
    store.close()
