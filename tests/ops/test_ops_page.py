"""The console shows how long things have waited and which processes run."""

from __future__ import annotations

from datetime import timedelta

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.operating import gauges
from haochaping.telling import tell
from haochaping.web.app import create_app
from haochaping.web.console import ops_rows


def test_ages_are_told_in_words_and_marked_by_the_alerts_bounds(
    rated: Deployment, clock: FakeClock
) -> None:
    clock.advance(timedelta(minutes=20))
    with create_app(rated).test_request_context(), rated.store.read() as conn:
        rows = {row.name: row for row in ops_rows.ages(conn, clock.now())}
    assert rows["汇总滞后"].age == "20 分钟"
    assert rows["汇总滞后"].tag.tone == "bad"
    assert rows["距最近一次备份"].age == "从未"
    assert rows["最久的待裁定评价"].tag.tone == "good"
    assert set(ops_rows.AGES) == set(gauges.SECONDS) - set(gauges.LABELS)


def test_processes_are_shown_until_they_are_not_heard_of(
    rated: Deployment, clock: FakeClock
) -> None:
    tell(rated, "worker")
    app = create_app(rated)
    with app.test_request_context(), rated.store.read() as conn:
        (row,) = ops_rows.processes(conn, clock.now())
        assert (row.kind, row.tag.tone) == ("后台", "good")
        (row,) = ops_rows.processes(conn, clock.now() + timedelta(minutes=3))
        assert row.tag.tone == "bad"
