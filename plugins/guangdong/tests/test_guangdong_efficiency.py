"""Approval efficiency comes in by unit and month and becomes facts that feed indicators."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select

from haochaping.catalog.tables import organization, region
from haochaping.grading.tables import grading_fact, period_closing
from haochaping.hooks.deployment import PageRequest
from haochaping.profile import load
from haochaping_guangdong.efficiency import COLUMNS, facts_of, receive, take
from haochaping_guangdong.plugin import Guangdong

ROW = {
    "period": "2026-10", "organization_code": "U1",
    "accepted": "80", "rejected": "5", "supplement_requested": "10", "refused": "5",
    "approved": "70", "not_approved": "5", "forwarded": "3", "terminated": "2",
    "promised_days": "400", "actual_days": "100",
}  # fmt: skip


@pytest.fixture
def plugin(store, clock):
    """A plugin over a store with one unit."""
    unit = {"id": 1, "code": "U1", "uscc": "", "name": "市监局", "path": "/1/"}
    place = {"code": "440106", "name": "天河区", "level": "county", "path": "/440106/"}
    with store.write() as conn:
        conn.execute(insert(region), [{**place, "county": "440106"}])
        conn.execute(insert(organization), [{**unit, "region": "440106", "place": "440106"}])

    @contextmanager
    def transaction():
        with store.write() as conn:
            yield conn

    services = SimpleNamespace(now=clock.now, records=SimpleNamespace(transaction=transaction))
    return Guangdong({}, services)


def stored(store: Any) -> dict[str, tuple[int, int]]:
    row = grading_fact.c
    with store.read() as conn:
        found = conn.execute(select(row.name, row.over, row.under))
        return {name: (over, under) for name, over, under in found}


def test_counts_become_shares_of_what_came_in_and_ended():
    counts = {name: int(text) for name, text in ROW.items() if text.isdigit()}
    found = {fact.name: (fact.over, fact.under) for fact in facts_of("2026-10", 1, counts)}
    assert found["gd.accepted"] == (80, 100)
    assert found["gd.terminated"] == (2, 80)
    assert found["gd.speed_up"] == (300, 400)


def test_more_days_than_promised_save_none():
    counts = dict.fromkeys(COLUMNS[2:], 1) | {"actual_days": 9}
    assert facts_of("2026-10", 1, counts)[-1].over == 0


def test_a_row_is_stored_and_replaced(store, plugin):
    with store.write() as conn:
        assert take(plugin, conn, [ROW, {**ROW, "actual_days": "200"}]) == [None, None]
    assert stored(store)["gd.speed_up"] == (200, 400)
    assert len(stored(store)) == 9


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"organization_code": "U9"}, "no organization"),
        ({"period": "2026"}, "write `period`"),
        ({"period": "soon"}, "is no period"),
        ({"accepted": "-1"}, "`accepted` must be 0"),
        ({"actual_days": ""}, "`actual_days` must be 0"),
        ({"approved": "9" * 20}, "`approved` must be 0"),
    ],
)
def test_a_wrong_row_is_refused_in_words(store, plugin, change, said):
    with store.write() as conn:
        (reason,) = take(plugin, conn, [{**ROW, **change}])
    assert reason is not None
    assert said in reason.en
    assert stored(store) == {}


def test_a_closed_month_takes_nothing_more(store, plugin, clock):
    closing = {"period": "2026-10", "closed_at": clock.now(), "profile_digest": "x"}
    with store.write() as conn:
        conn.execute(insert(period_closing), [{**closing, "appraised": True, "failures": []}])
        (reason,) = take(plugin, conn, [ROW])
    assert reason is not None
    assert "已封账" in reason.zh


def test_business_systems_send_the_same(store, plugin):
    def send(rows: str):
        form = {"rows": rows}
        return receive(plugin, PageRequest("POST", {}, {}, form, "en", None, ""))

    answer = send(json.dumps([{**ROW, "accepted": 80}, {**ROW, "organization_code": "?"}]))
    results = json.loads(answer.body)["results"]
    assert [each["status"] for each in results] == ["stored", "refused"]
    assert send("nothing").status == 400
    assert send('["x"]').status == 400


def test_the_profile_lays_efficiency_over_the_answers():
    tree = load("guangdong").rules.editions[0]
    fed = {leaf.code: leaf.fed_by for top in tree.core for leaf in top.leaves()}
    assert fed["speed_up"] == "efficiency"
    assert [leaf.code for leaf in tree.questions()] == [
        *("materials", "trips", "speed", "clarity", "attitude"),
    ]
