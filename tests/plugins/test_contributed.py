"""A job of a plugin that fails again and again is left out for a while, shown, and not lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from haochaping import Plugin, background
from haochaping.clock import FakeClock
from haochaping.hooks.deployment import ScheduledJob
from haochaping.hooks.values import Words
from haochaping.jobs import Job, Runner, enqueue
from haochaping.jobs.tables import job as jobs
from haochaping.plugins import Hooks, LoadedPlugin
from haochaping.plugins.breaker import FAILURES, PAUSE
from haochaping.plugins.contributed import Contributed, LeftOut
from haochaping.problems import Problem
from haochaping.store import Store
from haochaping.telling import failures, paused

KIND = "plugin:sample:counting"


class Sample(Plugin):
    """A plugin whose job fails as long as the other side is away."""

    name = "sample"
    away = True
    called = 0


def count(plugin: Sample, slot: datetime) -> None:
    plugin.called += 1
    if plugin.away:
        raise RuntimeError("the words of a rater")


def test_a_job_that_fails_again_and_again_waits_and_runs_once_it_can(
    store: Store, clock: FakeClock
) -> None:
    plugin = Sample({}, None)
    loaded = LoadedPlugin("sample", plugin, Words("示例"), "test", "1", 1, (), {})
    hooks = Hooks((loaded,))
    hooks.timed_by(clock)
    job = ScheduledJob("counting", "* * * * *", f"{__name__}:count")
    deployment: Any = SimpleNamespace(hooks=hooks)
    handler = partial(background._plugin_job, deployment, "sample", job)
    told: list[str] = []
    runner = Runner(store, clock, {KIND: handler}, lambda event, **_: told.append(event))
    number = FAILURES + 2
    with store.write() as conn:
        for each in range(number):
            slot = {"slot": clock.now().isoformat()}
            enqueue(conn, Job(KIND, clock.now(), slot, dedup=str(each)), clock.now())
    runner.run_due()

    assert (plugin.called, told) == (FAILURES, ["job.failed"] * FAILURES)
    (health,) = hooks.health()
    assert (health.hook, health.failures) == ("scheduled_jobs counting", FAILURES)
    assert 0 < health.paused <= PAUSE
    assert "rater" not in health.last_error
    assert failures(deployment) == {"sample": FAILURES}
    assert paused(deployment) == {"sample": ["scheduled_jobs counting"]}
    with store.read() as conn:
        waiting = conn.execute(
            select(jobs.c.error, jobs.c.attempts).where(jobs.c.error.contains("left out"))
        ).all()
    assert waiting == [("left out for 60 s after many failures", 0)] * 2

    plugin.away = False
    clock.advance(timedelta(seconds=PAUSE + 1))
    runner.run_due()
    with store.read() as conn:
        done = select(func.count()).where(jobs.c.state == "done")
        assert conn.execute(done).scalar_one() == number
    assert (plugin.called, paused(deployment)) == (FAILURES + number, {})


def test_each_page_and_job_has_a_breaker_of_its_own_and_refusals_are_no_failures() -> None:
    calls = Contributed()

    def fail() -> None:
        raise ValueError("broken")

    def refuse() -> None:
        raise Problem()

    for _ in range(FAILURES):
        assert isinstance(calls.call("a", "web_pages /x", fail).error, ValueError)
        assert isinstance(calls.call("a", "web_pages /y", refuse).error, Problem)
    assert isinstance(calls.call("a", "web_pages /x", lambda: None).error, LeftOut)
    assert calls.call("a", "web_pages /y", lambda: 1).unwrap() == 1
    assert calls.call("b", "web_pages /x", lambda: 2).unwrap() == 2
    with pytest.raises(LeftOut, match="left out for 60 s"):
        calls.call("a", "web_pages /x", lambda: None).unwrap()
