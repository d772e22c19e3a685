"""Metrics are right under several processes; every alert has its pages and names real metrics."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from haochaping.access import policies
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.operating import gauges
from haochaping.operating.meters import Meters
from haochaping.telling import tell
from haochaping.web.app import create_app
from haochaping.web.metrics import HELP, PREFIX
from haochaping.worker import Worker

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
RUNBOOKS = ROOT / "docs" / "runbooks"


def scrape(deployment: Deployment, address: str = "127.0.0.1") -> dict[str, float]:
    client = create_app(deployment).test_client()
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 200
    pairs = (line.rsplit(" ", 1) for line in answer.text.splitlines() if line[:1] != "#")
    return {name: float(value) for name, value in pairs}


def _add(folder: str, number: int) -> None:
    meters = Meters(Path(folder))
    for _ in range(number):
        meters.add('requests_total{endpoint="x"}')
    os._exit(0)  # as if killed


def test_what_processes_counted_adds_up_also_after_they_were_killed(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    for number in (100, 200, 300):
        child = spawn.Process(target=_add, args=(str(tmp_path), number))
        child.start()
        child.join()
    mine = Meters(tmp_path)
    mine.add('requests_total{endpoint="x"}', 5)
    mine.add("other", 0.5)
    assert mine.read() == {'requests_total{endpoint="x"}': 605.0, "other": 0.5}
    assert {path.name for path in tmp_path.glob("*.meters")} == {
        "ended.meters",
        f"{os.getpid()}.meters",
    }


def test_without_a_folder_nothing_is_counted_and_a_full_file_stops_nobody(tmp_path: Path) -> None:
    nothing = Meters(None)
    nothing.add("x")
    assert nothing.read() == {}
    full = Meters(tmp_path)
    for number in range(6000):
        full.add(f"{number:0190}")
    full.add(f"{0:0190}")
    assert full.read()[f"{0:0190}"] == 2.0


def test_answers_are_counted_by_endpoint_with_their_time(deployment: Deployment) -> None:
    client = create_app(deployment).test_client()
    for _ in range(3):
        client.get("/healthz")
    client.get("/nothing-here")
    found = scrape(deployment)
    label = 'endpoint="health.alive",method="GET",status="200"'
    assert found[f"haochaping_requests_total{{{label}}}"] == 3
    assert found['haochaping_request_seconds_bucket{endpoint="health.alive",le="+Inf"}'] == 3
    assert found['haochaping_request_seconds_count{endpoint="health.alive"}'] == 3
    assert found['haochaping_requests_total{endpoint="none",method="GET",status="404"}'] == 1


def test_ages_come_from_the_database(rated: Deployment, clock: FakeClock) -> None:
    found = scrape(rated)
    assert found['haochaping_processes{kind="worker"}'] == 0
    clock.advance(timedelta(minutes=10))
    found = scrape(rated)
    assert found["haochaping_fold_lag_seconds"] == 600
    assert found["haochaping_seal_lag_seconds"] >= 600
    assert found["haochaping_oldest_job_seconds"] == 600
    assert found["haochaping_backup_age_seconds"] == -1
    Worker(rated).drain()
    tell(rated, "worker")
    found = scrape(rated)
    ages = ("fold_lag_seconds", "seal_lag_seconds", "oldest_job_seconds", "deadline_lag_seconds")
    assert [found[f"haochaping_{age}"] for age in ages] == [0, 0, 0, 0]
    assert found['haochaping_processes{kind="worker"}'] == 1
    assert found['haochaping_duty_seconds_total{duty="tallies"}'] > 0


def test_others_are_told_that_there_is_nothing(deployment: Deployment) -> None:
    client = create_app(deployment).test_client()
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 404
    assert "health.metrics" in policies.POLICIES


def test_no_metric_says_anything_of_persons(rated: Deployment) -> None:
    text = "\n".join(scrape(rated))
    assert not re.search(r"1[3-9]\d{9}|\d{17}[\dX]", text)


def _rules() -> list[dict[str, object]]:
    document = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def test_every_alert_has_its_page_in_both_languages_and_no_page_is_left_over() -> None:
    names = [str(rule["alert"]) for rule in _rules()]
    assert len(names) == len(set(names)) >= 15
    for name in names:
        for tail in (".md", ".zh-CN.md"):
            page = (RUNBOOKS / f"{name}{tail}").read_text(encoding="utf-8")
            assert page.count("\n## ") == 4, name
            assert len(page) > 250, name
    pages = {path.name.partition(".")[0] for path in RUNBOOKS.glob("Haochaping*.md")}
    assert pages == set(names)


@pytest.mark.parametrize("where", ["alerts", "dashboard"])
def test_every_metric_that_is_named_exists(where: str) -> None:
    if where == "alerts":
        expressions = [str(rule["expr"]) for rule in _rules()]
    else:
        document = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
        expressions = [t["expr"] for panel in document["panels"] for t in panel["targets"]]
        assert len(expressions) >= 12
    named = {name for one in expressions for name in re.findall(rf"{PREFIX}(\w+)", one)}
    assert named
    for name in named:
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        assert name in HELP or family in HELP, name


def test_every_metric_that_is_promised_is_shown(rated: Deployment) -> None:
    Worker(rated).drain()
    create_app(rated).test_client().get("/healthz")
    shown = {name.partition("{")[0].removeprefix(PREFIX) for name in scrape(rated)}
    rare = {"plugin_failures", "plugin_paused", "duty_failures_total", *gauges.LABELS}
    histogram = {"request_seconds"}
    assert set(HELP) - rare - histogram <= shown
    assert {"request_seconds_bucket", "request_seconds_sum", "request_seconds_count"} <= shown


def test_the_pages_answer_the_runbooks_commands() -> None:
    """Commands that runbooks name are commands that exist."""
    from haochaping.cli.table import COMMANDS

    said = "\n".join(path.read_text(encoding="utf-8") for path in RUNBOOKS.glob("*.md"))
    commands = {name for name in re.findall(r"`haochaping ([a-z]+)", said)}
    assert commands <= {name for name, place in COMMANDS.items() if place.exists}
