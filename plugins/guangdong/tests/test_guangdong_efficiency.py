"""Approval efficiency comes in by unit and month and becomes facts that feed indicators."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar

import pytest

from haochaping.hooks.deployment import PageRequest
from haochaping.hooks.values import Words
from haochaping.testing import towns as testing
from haochaping.testing.profiles import load
from haochaping.testing.towns import Place
from haochaping_guangdong.efficiency import COLUMNS, facts_of, receive, take

ROW = {
    "period": "2026-10", "organization_code": "U1",
    "accepted": "80", "rejected": "5", "supplement_requested": "10", "refused": "5",
    "approved": "70", "not_approved": "5", "forwarded": "3", "terminated": "2",
    "promised_days": "400", "actual_days": "100",
}  # fmt: skip


class Town(testing.Town):
    """A county with one unit."""

    place: ClassVar[Place] = Place("440106", "天河区", {1: "市监局"})


@pytest.fixture
def town_class():
    return Town


@pytest.fixture
def profile_snippet():
    return "extends: guangdong\n"


@pytest.fixture
def plugin(town):
    return town.plugin_called("guangdong")


def given(town: Town, *rows: Mapping[str, str]) -> list[Words | None]:
    """Hand rows in; return what is said of each."""
    with town.deployment.store.write() as conn:
        return list(take(town.plugin_called("guangdong"), conn, list(rows)))


def stored(town: Town) -> dict[str, tuple[int, int]]:
    return {fact.name: (fact.over, fact.under) for fact in town.seen.facts()}


def test_counts_become_shares_of_what_came_in_and_ended():
    counts = {name: int(text) for name, text in ROW.items() if text.isdigit()}
    found = {fact.name: (fact.over, fact.under) for fact in facts_of("2026-10", 1, counts)}
    assert found["gd.accepted"] == (80, 100)
    assert found["gd.terminated"] == (2, 80)
    assert found["gd.speed_up"] == (300, 400)


def test_more_days_than_promised_save_none():
    counts = dict.fromkeys(COLUMNS[2:], 1) | {"actual_days": 9}
    assert facts_of("2026-10", 1, counts)[-1].over == 0


def test_a_row_is_stored_and_replaced(town):
    assert given(town, ROW, {**ROW, "actual_days": "200"}) == [None, None]
    assert stored(town)["gd.speed_up"] == (200, 400)
    assert len(stored(town)) == 9


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
def test_a_wrong_row_is_refused_in_words(town, change, said):
    (reason,) = given(town, {**ROW, **change})
    assert reason is not None
    assert said in reason.en
    assert stored(town) == {}


def test_a_closed_month_takes_nothing_more(town):
    town.months.close("2026-10")
    (reason,) = given(town, ROW)
    assert reason is not None
    assert "已封账" in reason.zh


def test_business_systems_send_the_same(plugin):
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
