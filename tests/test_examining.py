"""The doctor says what is wrong and what to do, and runs whatever is broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from haochaping import examining
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.examining import Level, examine
from haochaping.jobs import Job, enqueue
from haochaping.journal import Event, append
from haochaping.journal.tables import journal_parked
from haochaping.settings import DATABASE_VARIABLE, write_secrets


@pytest.fixture
def deployment(
    store_url: str, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployment]:
    monkeypatch.setenv(DATABASE_VARIABLE, store_url)
    (tmp_path / "deployment.yaml").write_text("profile: base\n", encoding="utf-8")
    write_secrets(tmp_path)
    deployment = Deployment.open(tmp_path, clock=clock)
    yield deployment
    deployment.close()


def levels(deployment: Deployment) -> dict[str, Level]:
    return {found.check: found.level for found in examine(deployment)}


def test_every_check_answers_on_a_fresh_deployment(deployment: Deployment) -> None:
    found = levels(deployment)
    assert {"tables", "integrity", "conservation", "worker"} <= found.keys()
    assert found["tables"] is Level.FINE
    assert found["conservation"] is Level.FINE


def test_a_finding_says_what_to_do(deployment: Deployment) -> None:
    (found,) = [each for each in examine(deployment) if each.check == "calendar"]
    assert found.level is Level.WARNING
    assert "haochaping calendar load" in found.fix.zh


def test_work_that_lies_too_long_points_to_the_worker(deployment: Deployment) -> None:
    now = deployment.clock.now()
    with deployment.store.write() as conn:
        enqueue(conn, Job("k", now - timedelta(minutes=10), dedup="late"), now)
        append(conn, [Event("case.opened", "case:1")], now - timedelta(minutes=10))
    found = levels(deployment)
    assert found["worker"] is Level.FAULT
    assert found["seal"] is Level.WARNING


def test_events_that_were_given_up_are_shown(deployment: Deployment) -> None:
    row = {"reader": "plugin:x", "seq": 1, "subject": "case:1", "state": "parked", "attempts": 10}
    with deployment.store.write() as conn:
        conn.execute(insert(journal_parked), {**row, "ready_at": deployment.clock.now()})
    assert levels(deployment)["parked"] is Level.WARNING


def test_keys_that_others_may_read_are_a_fault(deployment: Deployment) -> None:
    (deployment.home / "secrets" / "master.key").chmod(0o644)
    assert levels(deployment)["secrets"] is Level.FAULT


def test_a_check_that_breaks_is_shown_and_stops_no_other(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(deployment, conn):
        raise RuntimeError("no")

    monkeypatch.setattr(examining, "CHECKS", (("broken", broken), *examining.CHECKS))
    found = levels(deployment)
    assert found["broken"] is Level.FAULT
    assert found["tables"] is Level.FINE
