"""Every alert rule is silent over what a healthy deployment shows, and fires when it is ill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.operating import facts
from haochaping.telling import tell
from haochaping.web.app import create_app
from haochaping.web.metrics import PREFIX
from haochaping.worker import Worker
from tests.ops.promql import Query, Series, scraped

RULES = Path(__file__).parents[2] / "deploy" / "monitoring" / "alerts.yml"
SECONDS = 300
BUCKET = 'request_seconds_bucket{{endpoint="health.alive",le="{}"}} 9000'
ILL: Mapping[str, str] = {
    "HaochapingDown": 'up{job="haochaping"} 0',
    "HaochapingDatabaseDown": "database_up 0",
    "HaochapingRefusing": 'requests_total{endpoint="health.alive",method="GET",status="500"} 900',
    "HaochapingSlow": "\n".join(map(BUCKET.format, ("2.5", "5.0", "+Inf"))),
    "HaochapingWorkerGone": 'processes{kind="worker"} 0',
    "HaochapingJobsLate": "oldest_job_seconds 301",
    "HaochapingDeadlineLate": "deadline_lag_seconds 301",
    "HaochapingHeldTooLong": "oldest_held_seconds 172801",
    "HaochapingMessagesStuck": "oldest_message_seconds 3601",
    "HaochapingUplinkLate": "uplink_oldest_seconds 21601",
    "HaochapingParked": "events_parked 1",
    "HaochapingFoldLag": "fold_lag_seconds 601",
    "HaochapingSealLag": "seal_lag_seconds 901",
    "HaochapingReaderLag": 'reader_lag_seconds{reader="effects"} 901',
    "HaochapingHubBehind": 'hub_running{city="hangzhou"} 0',
    "HaochapingBackupOld": "backup_age_seconds 93601",
    "HaochapingDiskFull": "disk_free_bytes 1000000000",
    "HaochapingDevicesAway": "devices_away 1",
    "HaochapingPluginFailing": 'plugin_paused{plugin="x",hook="evaluation_admit"} 1',
    "HaochapingCalendarEnds": "calendar_days_left 44",
}
"""What a sick deployment shows instead, a line a series; ours without the prefix."""
NOT_ALWAYS = {"up", "hub_running", "plugin_paused"}
"""Prometheus' own, and what is shown only where there is something to show."""
NONE_FAILED = '{}requests_total{{endpoint="health.alive",method="GET",status="500"}} 0\n'


def rules() -> dict[str, str]:
    document = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return {rule["alert"]: rule["expr"] for group in document["groups"] for rule in group["rules"]}


def exposition(deployment: Deployment) -> dict[object, float]:
    """Scrape the pages themselves, and add what Prometheus adds."""
    client = create_app(deployment).test_client()
    for _ in range(40):
        client.get("/healthz")
    text = client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    return dict(scraped(text + NONE_FAILED.format(PREFIX) + 'up{job="haochaping"} 1'))


@pytest.fixture
def healthy(rated: Deployment, clock: FakeClock) -> tuple[Series, Series]:
    """Two scrapes of a deployment that does its work, with a calendar and a disk."""
    Worker(rated).drain()
    tell(rated, "worker")
    with rated.store.write() as conn:
        facts.note(conn, "backup", {}, clock.now())
    well = scraped(f"{PREFIX}calendar_days_left 300\n{PREFIX}disk_free_bytes 1e12")
    before = exposition(rated)
    clock.advance(timedelta(seconds=30))
    return {**before, **well}, {**exposition(rated), **well}


def fired(before: Series, now: Series) -> set[str]:
    query = Query(before, now, SECONDS)
    return {name for name, expression in rules().items() if query.vector(expression)}


def test_alerts_are_silent_in_health_and_each_fires_when_it_should(
    healthy: tuple[Series, Series],
) -> None:
    before, now = healthy
    assert ILL.keys() == rules().keys()
    assert fired(before, now) == set()
    shown = {name.removeprefix(PREFIX) for name, _ in now} | NOT_ALWAYS
    for alert, lines in ILL.items():
        named = [line if line.startswith("up{") else PREFIX + line for line in lines.split("\n")]
        ill = scraped("\n".join(named))
        assert {name.removeprefix(PREFIX) for name, _ in ill} <= shown, "what is really shown"
        assert fired(before, {**now, **ill}) >= {alert}
